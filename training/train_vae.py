"""Trains the VAE on single frames.

python train_vae.py [--starter FOLDER] [--minutes 45] [--processes 2]

With `--starter` all parts start from that model's, and the picture's channels are held near what its encoder says,
so that its UNet keeps its meaning.

What falls has a channel of its own, which the encoder is taught: one flake or drop in a cell of 8 × 8 pixels is a bump
on its place and its neighbours. A picture's other channels say the same with snow as without it.
"""
import copy
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
    """Random single frames [count, 3, SIDE, SIDE] in −1 … 1, the same without what falls in them, and of each whether it
    snows (1), rains (−1) or neither (0) [count, 1, 1, 1]. Flakes and drops, the finest things to see, are frequent."""
    asked = [grammar.sample_attributes(rng, forbidden) for _ in range(count)]
    for a in asked:
        a["effect"] = rng.choice(grammar.FALLING) if rng.random() < 0.35 else a["effect"]
    shown, clear = (torch.cat(p) * 2 - 1 for p in list(zip(*[renderer.layers(a, rng, frames=1) for a in asked]))[:2])
    sign = torch.tensor([float(a["effect"] == "snow") - float(a["effect"] == "rain") for a in asked])
    return shown, clear, sign.view(-1, 1, 1, 1)


def flakes(shown, clear):
    """How well what falls can be seen at each pixel, 0 … 1 [count, 1, SIDE, SIDE]: nothing where it has the colour of what
    is behind it."""
    return (2 * (shown - clear).abs().mean(1, keepdim=True)).clamp(max=1)


def bumps(amount):
    """The channel of what falls for `amount` [count, 1, SIDE, SIDE]: each pixel shared out among the four nearest latents,
    so that they say where between them it lies. A whole flake (16 pixels) adds up to 4."""
    tent = 1 - (torch.arange(2 * settings.FACTOR, device=amount.device) - settings.FACTOR + 0.5).abs() / settings.FACTOR
    return F.conv2d(amount, (tent[:, None] * tent)[None, None] / 4, stride=settings.FACTOR, padding=settings.FACTOR // 2)


def psnr(a, b):
    """Mean over the pictures of their PSNR, for values −1 … 1."""
    mse = ((a.clamp(-1, 1) - b) / 2).square().flatten(1).mean(1)
    return (-10 * torch.log10(mse + 1e-10)).mean()


def edges(x):
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def losses(vae, x, clear, sign, config, starter=None):
    """Reconstruction of the picture and its edges, the log error that PSNR counts, and the KL term.

    Half of the pictures are drawn without their details, as the UNet leaves them, and the latents bear small errors,
    as those of a generated picture have: so the base channels learn to carry all that is to be seen. Of these half the
    picture's channels are those of the picture without what falls in it, which the channel of its own has to bring back;
    of the others they are held to be so, and all of them near what the starter's say."""
    amount = flakes(x, clear)
    mean, log_variance = vae.encode(x)
    picture = vae.encode_base(clear)[:, :settings.PICTURE]
    z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
    z = z + config["noise"] * torch.rand(len(x), 1, 1, 1, device=x.device) * torch.randn_like(z)
    keep = (torch.rand(len(x), 1, 1, 1, device=x.device) > config["without_detail"]).float()
    z = z + (1 - keep) * F.pad(picture - mean[:, :settings.PICTURE], (0, 0, 0, 0, 0, settings.CHANNELS - settings.PICTURE))
    base, detail = z[:, :settings.BASE], z[:, settings.BASE:]
    y = vae.decode(torch.cat([base, detail * keep + (1 - keep) * settings.DETAIL_SIGMA * torch.randn_like(detail)], 1))
    loss, values = reconstruction(x, y, amount, config, 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean())
    drift = (mean[:, :settings.PICTURE] - picture).square().mean()
    if starter is not None:
        with torch.no_grad():
            before = starter.encode_base(clear)[:, :settings.PICTURE]
        drift = drift + (picture - before).square().mean()
    falling = (mean[:, settings.PICTURE:settings.BASE] - sign * bumps(amount)).square().mean()
    loss = loss + config["keep"] * drift + config["falling"] * falling
    return loss, {**values, "drift": drift.detach(), "falling": falling.detach(), "without": psnr(y.detach()[keep.flatten() == 0], x[keep.flatten() == 0])}


def reconstruction(x, y, amount, config, kl):
    mse = (y - x).square().flatten(1).mean(1)
    edge = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x)))
    loss = ((y - x).abs() * (1 + config["flakes"] * amount)).mean() + config["edge"] * edge + config["log_mse"] * (mse + 1e-4).log().mean() + config["kl"] * kl
    return loss, {"psnr": psnr(y.detach(), x), "kl": kl.detach()}


@torch.no_grad()
def normalise(vae, renderer, rng, forbidden, device, starter, pictures=384):
    """Gives the latent channels zero mean and unit variance: not that of what falls, nor what a starter has set."""
    means = torch.cat([vae.encode(frames(renderer, rng, 32, forbidden)[0].to(device))[0] for _ in range(pictures // 32)])
    free = torch.ones(settings.CHANNELS, dtype=torch.bool, device=device)
    free[settings.PICTURE if starter is None else 0:settings.BASE] = False
    vae.shift += torch.where(free, means.mean((0, 2, 3)) * vae.scale, 0)
    vae.scale *= torch.where(free, means.std((0, 2, 3)), 1)


@torch.no_grad()
def report(vae, x):
    z = vae.encode(x)[0]
    base = torch.cat([z[:, :settings.BASE], 0 * z[:, settings.BASE:]], 1)
    print(f"VAE: {psnr(vae.decode(z), x):.2f} dB on new pictures, {psnr(vae.decode(base), x):.2f} dB without details")


def work(options, rank):
    device, rng = loop.setup(rank)
    vae, starter, forbidden = VAE(), None, grammar.held_out()
    if options.starter:
        load_vae(vae, Path(options.starter))
        starter = copy.deepcopy(vae).to(device)
    vae.to(device, memory_format=torch.channels_last)
    config, renderer = settings.VAE, Renderer(seed=rank)
    run = loop.Run("vae", {"vae": vae}, [(list(vae.parameters()), 1)], config["rate"], options.minutes or config["minutes"], rank, ema=0.998)
    while run.going():
        x, clear, sign = (part.to(device) for part in frames(renderer, rng, config["batch"], forbidden))
        loss, values = losses(vae, x.contiguous(memory_format=torch.channels_last), clear, sign, config, starter)
        run.update(loss, config["batch"], **values)
    if rank == 0:
        averaged = run.averages["vae"]
        normalise(averaged, renderer, rng, forbidden, device, starter)
        report(averaged, frames(Renderer(seed=99), rng, 96, frozenset())[0].to(device))
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments(starter=None))
