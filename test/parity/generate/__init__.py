"""What `make_reference.py` runs: one module per topic."""
