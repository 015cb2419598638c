"""Trains the VAE on single frames.

python train_vae.py [--starter FOLDER] [--minutes 45] [--processes 2]
python train_vae.py --stage decoder [--minutes 10]

With `--starter` the base encoder is that model's, frozen, so that its UNet keeps its meaning; the decoder
starts from it too. Without, all parts learn together. The second stage trains the decoder alone, with the
latents fixed: it learns to draw without details, as the UNet leaves them.
"""
from pathlib import Path

import torch
import torch.nn.functional as F

import grammar
import loop
import settings
from clips import Renderer
from networks.starter import load_vae
from networks.vae import VAE


def frames(renderer, rng, count, forbidden):
    """Random single frames [count, 3, SIDE, SIDE] in −1 … 1."""
    drawn = [renderer.clip(grammar.sample_attributes(rng, forbidden), rng, frames=1)[0] for _ in range(count)]
    return torch.cat(drawn).float() / 127.5 - 1


def psnr(a, b):
    """Mean over the pictures of their PSNR, for values −1 … 1."""
    mse = ((a.clamp(-1, 1) - b) / 2).square().flatten(1).mean(1)
    return (-10 * torch.log10(mse + 1e-10)).mean()


def edges(x):
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def losses(vae, x, config):
    """Reconstruction of the picture and its edges, the log error that PSNR counts, and the KL term."""
    mean, log_variance = vae.encode(x)
    z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
    y = vae.decode(z)
    return reconstruction(x, y, config, 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)[:, -vae.free:].mean())


def decoder_losses(vae, x, config):
    """The decoder alone learns to do without details, and to bear the small errors of a generated picture."""
    with torch.no_grad():
        z = vae.encode(x)[0]
        z = z + config["noise"] * torch.rand(len(x), 1, 1, 1, device=x.device) * torch.randn_like(z)
        keep = (torch.rand(len(x), 1, 1, 1, device=x.device) > config["without_detail"]).float()
        z = torch.cat([z[:, :settings.BASE], z[:, settings.BASE:] * keep + (1 - keep) * settings.DETAIL_SIGMA * torch.randn_like(z[:, settings.BASE:])], 1)
    return reconstruction(x, vae.decode(z), {**settings.VAE, **config}, torch.zeros(()))


def reconstruction(x, y, config, kl):
    mse = (y - x).square().flatten(1).mean(1)
    edge = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x)))
    loss = (y - x).abs().mean() + config["edge"] * edge + config["log_mse"] * (mse + 1e-4).log().mean() + config["kl"] * kl
    return loss, {"psnr": psnr(y.detach(), x), "kl": kl.detach()}


@torch.no_grad()
def normalise(vae, renderer, rng, forbidden, device, pictures=384):
    """Gives every free latent channel zero mean and unit variance."""
    means = torch.cat([vae.encode(frames(renderer, rng, 32, forbidden).to(device))[0] for _ in range(pictures // 32)])
    first = settings.CHANNELS - vae.free
    shift, scale = means.mean((0, 2, 3))[first:], means.std((0, 2, 3))[first:]
    vae.shift[first:] += shift * vae.scale[first:]
    vae.scale[first:] *= scale


@torch.no_grad()
def report(vae, x):
    z = vae.encode(x)[0]
    base = torch.cat([z[:, :settings.BASE], 0 * z[:, settings.BASE:]], 1)
    print(f"VAE: {psnr(vae.decode(z), x):.2f} dB on new pictures, {psnr(vae.decode(base), x):.2f} dB without details")


def work(options, rank):
    device, rng = loop.setup(rank)
    vae, forbidden = VAE(), grammar.held_out()
    vae.free = settings.CHANNELS
    decoder = options.stage == "decoder"
    if decoder:
        loop.averaged("vae", "vae", vae).decoder.requires_grad_(True)
    elif options.starter:
        load_vae(vae, Path(options.starter))
        vae.base.requires_grad_(False)
        vae.free = settings.CHANNELS - settings.BASE
    vae.to(device, memory_format=torch.channels_last)
    config = {**settings.VAE, **settings.DECODER} if decoder else settings.VAE
    run = loop.Run(options.stage, {"vae": vae}, [(list(vae.parameters()), 1)], config["rate"], options.minutes or config["minutes"], rank, ema=0.998)
    renderer = Renderer(seed=rank)
    while run.going():
        loss, values = (decoder_losses if decoder else losses)(vae, frames(renderer, rng, config["batch"], forbidden).to(device, memory_format=torch.channels_last), config)
        run.update(loss, config["batch"], **values)
    if rank == 0:
        averaged = run.averages["vae"]
        averaged.free = vae.free
        if not decoder:
            normalise(averaged, renderer, rng, forbidden, device)
        report(averaged, frames(Renderer(seed=99), rng, 96, frozenset()).to(device))
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments(stage="vae", starter=None))
