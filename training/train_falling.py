"""Trains the small network of what falls, after the video stage; everything else stays as it is.

python train_falling.py [--minutes 12] [--processes 2]

Writes the whole model as the stage `falling`.
"""
import torch

import diffusion
import grammar
import loop
import settings
from muon import muon_groups
from networks.text import TextEncoder
from networks.unet import UNet
from networks.vae import VAE
from pool import Pool

ROUND = ("clip", "clip", "image", "clip", "long", "clip", "clip", "clip")      # what the steps are on, in turn
LONG = 2                    # times as many frames in a long clip, and as few clips in its batch


def work(options, rank):
    device, rng = loop.setup(rank)
    config, batch = settings.FALL, settings.FALL["batch"]
    unet = loop.averaged("video", "unet", UNet()).to(device).train()
    text = loop.averaged("video", "text", TextEncoder(len(grammar.VOCABULARY))).to(device)
    vae = loop.averaged("vae", "vae", VAE()).to(device)
    groups = muon_groups(unet.falling.requires_grad_(True), 1, ("conv_in", "conv_out"))
    run = loop.Run("falling", {"unet": unet, "text": text}, groups, config["rate"], options.minutes or config["minutes"], rank, config["ema"])
    pool = Pool(vae, rng, device, seed=rank, channels=settings.BASE, size=config["pool"])
    long = Pool(vae, rng, device, seed=rank, channels=settings.BASE, size=config["long"], frames=LONG * settings.FRAMES)
    draw = {"image": lambda: pool.images(batch * settings.FRAMES), "clip": lambda: pool.batch(batch, config["fresh"]),
            "long": lambda: long.batch(batch // LONG, config["fresh"])}
    empty = torch.tensor(grammar.encode(""), device=device)
    while run.going():
        kind = ROUND[run.step % len(ROUND)]
        x, _, ids = draw[kind]()
        x = x[:, :settings.BASE]
        dropped = torch.rand(len(ids), device=device) < config["caption_dropout"]
        with torch.no_grad():
            states = text(torch.where(dropped[:, None], empty, ids))
        t = diffusion.sample_timesteps(len(x), device)
        noisy, v = diffusion.noised(x, t)
        error = (unet.fall(noisy, t, states) - v[:, settings.PICTURE:]).square()
        loss = (error * diffusion.weights(t).view(-1, 1, 1, 1, 1)).mean()
        some = x[:, settings.PICTURE:].square().mean((1, 2, 3, 4)) > 0.01
        run.update(loss, batch * settings.FRAMES, **{kind: error.detach().mean()}, **({"snow and rain": error[some].detach().mean()} if some.any() else {}),
                   **({"nothing": error[~some].detach().mean()} if not some.all() else {}))
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
