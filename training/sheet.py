"""Looks at a stage: draws clips from held-out captions (or given ones) with its averaged weights.

python sheet.py out.png [--stage falling] [--count 12] [--prompts "a; b; c"]
"""
import sys

import torch

import clips
import diffusion
import grammar
import loop
import settings
from networks.layers import half
from networks.sharpen import Sharpen
from networks.text import TextEncoder
from networks.unet import UNet
from networks.vae import VAE


def models(stage, device="cpu"):
    """Averaged UNet, text encoder and VAE of a stage."""
    unet = loop.averaged(stage, "unet", UNet()).to(device)
    text = loop.averaged(stage, "text", TextEncoder(len(grammar.VOCABULARY))).to(device)
    return unet, text, finished_vae().to(device)


def finished_vae():
    """The VAE with the decoder of the last stage, if that was run, and the filter after it."""
    vae = loop.averaged("decoder" if (settings.HOME / "decoder.pt").exists() else "vae", "vae", VAE())
    vae.sharpen = Sharpen()
    return vae


@torch.no_grad()
def draw(unet, text, vae, prompts, seed=0, frames=settings.FRAMES, steps=settings.SAMPLE_STEPS):
    """Generated clips, uint8 [n, frames, 3, SIDE, SIDE]."""
    device, size = next(unet.parameters()).device, settings.SIDE // settings.FACTOR
    noise = torch.randn(len(prompts), settings.CHANNELS, frames, size, size, generator=torch.Generator().manual_seed(seed)).to(device)
    encode = lambda sentences: text(torch.tensor([grammar.encode(s) for s in sentences], device=device))
    z = diffusion.sample(unet, encode(prompts), encode([""] * len(prompts)), noise, steps)
    y = vae.decode(z.transpose(1, 2).flatten(0, 1)).clamp(-1, 1)
    return ((y + 1) * 127.5 + 0.5).to(torch.uint8).unflatten(0, (len(prompts), frames)).cpu()


if __name__ == "__main__":
    out = sys.argv.pop(1)
    options = loop.arguments(stage="falling", count=12, prompts=None)
    half["on"] = False
    prompts = options.prompts.split("; ") if options.prompts else [text for _, text in grammar.test_clips(options.count, 7)]
    clips.sheet(draw(*models(options.stage), prompts), out)
    print("\n".join(prompts))
