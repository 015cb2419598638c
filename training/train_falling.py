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
from pool import Rounds, unsaid


def work(options, rank):
    device, rng = loop.setup(rank)
    config, batch = settings.FALL, settings.FALL["batch"]
    unet = loop.averaged("video", "unet", UNet()).to(device).train()
    text = loop.averaged("video", "text", TextEncoder(len(grammar.VOCABULARY))).to(device)
    vae = loop.averaged("vae", "vae", VAE()).to(device)
    groups = muon_groups(unet.falling.requires_grad_(True), 1, ("conv_in", "conv_out"))
    run = loop.Run("falling", {"unet": unet, "text": text}, groups, config["rate"], options.minutes or config["minutes"], rank, config["ema"])
    rounds = Rounds(vae, rng, device, rank, settings.BASE, batch, config["pool"], config["fresh"])
    while run.going():
        kind, (x, _, ids) = rounds.draw(run.step)
        x = x[:, :settings.BASE]
        with torch.no_grad():
            states = text(unsaid(ids, config["caption_dropout"]))
        t = diffusion.sample_timesteps(len(x), device)
        noisy, v = diffusion.noised(x, t)
        error = (unet.fall(noisy, t, states) - v[:, settings.PICTURE:]).square()
        loss = (error * diffusion.weights(t).view(-1, 1, 1, 1, 1)).mean()
        falls = x[:, settings.PICTURE:].square().mean((1, 2, 3, 4)) > 0.01
        means = {name: error[some].detach().mean() for name, some in (("snow and rain", falls), ("nothing", ~falls)) if some.any()}
        run.update(loss, batch * settings.FRAMES, **{kind: error.detach().mean()}, **means)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
