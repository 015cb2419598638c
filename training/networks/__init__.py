"""The networks: VAE, text encoder and UNet, with the names and shapes that the exported graphs keep."""
