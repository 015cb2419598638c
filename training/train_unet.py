"""Trains the UNet and, slowly, the text encoder: first on single frames, then on clips.

python train_unet.py --stage image|video [--starter FOLDER] [--minutes N] [--processes 2]

The video stage starts from the image stage, or with `--starter` from an earlier model of the same layout.
Unless settings.LEARN_DETAIL, only the picture's latents are learned; what falls is learned afterwards (`train_falling.py`).
"""
from pathlib import Path

import torch

import diffusion
import grammar
import loop
import settings
from muon import muon_groups
from networks.starter import load_text, load_unet
from networks.text import TextEncoder
from networks.unet import UNet
from networks.vae import VAE
from pool import Pool, Rounds, unsaid


def load(options):
    """UNet, text encoder and frozen VAE, each from where this stage begins."""
    unet, text, vae = UNet(), TextEncoder(len(grammar.VOCABULARY)), VAE()
    if options.starter:
        load_unet(unet, Path(options.starter))
        load_text(text, Path(options.starter))
    elif options.stage == "video":
        loop.averaged("image", "unet", unet).requires_grad_(True)
        loop.averaged("image", "text", text).requires_grad_(True)
    else:
        loop.averaged("words", "text", text).requires_grad_(True)
    loop.averaged("vae", "vae", vae)
    unet.falling.requires_grad_(False)
    return unet.train(), text.train(), vae.eval().requires_grad_(False)


def loss_of(unet, text, batch, config, channels):
    """Weighted v-loss and the plain error; `channels` are the latent channels that count, `unet` may be compiled.
    An error that changes from frame to frame is flicker and counts once more (`steady`), one that stays does not."""
    x, mask, ids = batch
    states = text(unsaid(ids, config["caption_dropout"]))
    t = diffusion.sample_timesteps(len(x), x.device)
    noisy, v = diffusion.noised(x, t)
    weight = (1 + (config["mask_weight"] - 1) * mask) * diffusion.weights(t).view(-1, 1, 1, 1, 1)
    wrong = (unet(noisy, t, states) - v)[:, channels]
    error = wrong.square()
    loss = (error * weight).mean()
    if x.shape[2] > 1:
        flicker = (wrong[:, :, 1:] - wrong[:, :, :-1]).square()
        loss = loss + config["steady"] * (flicker * (weight if weight.shape[2] == 1 else weight[:, :, 1:])).mean()
    return loss, error.detach().mean()


def work(options, rank):
    device, rng = loop.setup(rank)
    config = settings.VIDEO if options.stage == "video" else settings.IMAGE
    unet, text, vae = (m.to(device) for m in load(options))
    groups = muon_groups(unet, 1, ("conv_in", "conv_out")) + [(list(text.parameters()), config["text_rate"])]
    run = loop.Run(options.stage, {"unet": unet, "text": text}, groups, config["rate"], options.minutes or config["minutes"], rank, config["ema"])
    drawn = settings.CHANNELS if settings.LEARN_DETAIL else settings.BASE
    channels = [k for k in range(drawn) if not settings.PICTURE <= k < settings.BASE]
    batch = int(options.batch or config["batch"])
    if options.stage == "image":
        pool, count = Pool(vae, rng, device, seed=rank, channels=drawn), batch
        draw = lambda step: ("image", pool.images(batch))
    else:
        draw, count = Rounds(vae, rng, device, rank, drawn, batch).draw, batch * settings.FRAMES
    predict = torch.compile(unet, dynamic=False) if settings.COMPILE else unet
    while run.going():
        kind, drawing = draw(run.step)
        loss, error = loss_of(unet if kind == "long" else predict, text, drawing, config, channels)
        run.update(loss, count, **{kind: error})
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments(stage="video", starter=None, batch=None))
