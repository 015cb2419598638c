"""Trains the VAE on single frames.

python train_vae.py [--starter FOLDER] [--minutes 45] [--processes 2]

With `--starter` all parts start from that model's, and the base channels are held near what its encoder says,
so that its UNet keeps its meaning.
"""
import copy
from pathlib import Path

import torch

import grammar
import loop
import settings
from clips import Renderer
from networks.starter import load_vae
from networks.vae import VAE


def frames(renderer, rng, count, forbidden):
    """Random single frames [count, 3, SIDE, SIDE] in −1 … 1, and for each whether there are flakes or drops, the finest
    things to see, in it: they are frequent."""
    asked = [grammar.sample_attributes(rng, forbidden) for _ in range(count)]
    for a in asked:
        a["effect"] = rng.choice(("snow", "rain")) if rng.random() < 0.25 else a["effect"]
    drawn = [renderer.clip(a, rng, frames=1)[0] for a in asked]
    return torch.cat(drawn).float() / 127.5 - 1, torch.tensor([a["effect"] in ("snow", "rain") for a in asked])


def psnr(a, b):
    """Mean over the pictures of their PSNR, for values −1 … 1."""
    mse = ((a.clamp(-1, 1) - b) / 2).square().flatten(1).mean(1)
    return (-10 * torch.log10(mse + 1e-10)).mean()


def edges(x):
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def losses(vae, x, fine, config, starter=None, known=0):
    """Reconstruction of the picture and its edges, the log error that PSNR counts, and the KL term.

    Half of the pictures are drawn without their details, as the UNet leaves them, and the latents bear small errors,
    as those of a generated picture have: so the base channels learn to carry all that is to be seen. Where there are no
    flakes or drops, they are held to say what the starter's said."""
    mean, log_variance = vae.encode(x)
    z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
    z = z + config["noise"] * torch.rand(len(x), 1, 1, 1, device=x.device) * torch.randn_like(z)
    keep = (torch.rand(len(x), 1, 1, 1, device=x.device) > config["without_detail"]).float()
    base, detail = z[:, :settings.BASE], z[:, settings.BASE:]
    y = vae.decode(torch.cat([base, detail * keep + (1 - keep) * settings.DETAIL_SIGMA * torch.randn_like(detail)], 1))
    loss, values = reconstruction(x, y, config, 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean())
    if starter is not None:
        with torch.no_grad():
            before = starter.encode_base(x)
        drift = (mean[:, :known] - before[:, :known]).square()[~fine].mean()
        loss, values["drift"] = loss + config["keep"] * drift, drift.detach()
    return loss, {**values, "without": psnr(y.detach()[keep.flatten() == 0], x[keep.flatten() == 0])}


def reconstruction(x, y, config, kl):
    mse = (y - x).square().flatten(1).mean(1)
    edge = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x)))
    loss = (y - x).abs().mean() + config["edge"] * edge + config["log_mse"] * (mse + 1e-4).log().mean() + config["kl"] * kl
    return loss, {"psnr": psnr(y.detach(), x), "kl": kl.detach()}


@torch.no_grad()
def normalise(vae, renderer, rng, forbidden, device, pictures=384):
    """Gives every latent channel zero mean and unit variance."""
    means = torch.cat([vae.encode(frames(renderer, rng, 32, forbidden)[0].to(device))[0] for _ in range(pictures // 32)])
    vae.shift += means.mean((0, 2, 3)) * vae.scale
    vae.scale *= means.std((0, 2, 3))


@torch.no_grad()
def report(vae, x):
    z = vae.encode(x)[0]
    base = torch.cat([z[:, :settings.BASE], 0 * z[:, settings.BASE:]], 1)
    print(f"VAE: {psnr(vae.decode(z), x):.2f} dB on new pictures, {psnr(vae.decode(base), x):.2f} dB without details")


def work(options, rank):
    device, rng = loop.setup(rank)
    vae, starter, known, forbidden = VAE(), None, 0, grammar.held_out()
    if options.starter:
        known = load_vae(vae, Path(options.starter))
        starter = copy.deepcopy(vae).to(device)
    vae.to(device, memory_format=torch.channels_last)
    config, renderer = settings.VAE, Renderer(seed=rank)
    run = loop.Run("vae", {"vae": vae}, [(list(vae.parameters()), 1)], config["rate"], options.minutes or config["minutes"], rank, ema=0.998)
    while run.going():
        x, fine = frames(renderer, rng, config["batch"], forbidden)
        loss, values = losses(vae, x.to(device, memory_format=torch.channels_last), fine.to(device), config, starter, known)
        run.update(loss, config["batch"], **values)
    if rank == 0:
        averaged = run.averages["vae"]
        normalise(averaged, renderer, rng, forbidden, device)
        report(averaged, frames(Renderer(seed=99), rng, 96, frozenset())[0].to(device))
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments(starter=None))
