"""Draws what the decoder is trained on: clips, the encoder's latents of them, and the latents that the finished model leaves.

python denoised.py [--minutes 10] [--processes 2]

Of four clips three are noised part of the way and denoised again with their captions, so that the model's latents still
show the drawn clip; one is made from noise alone, and shows what its caption says but nothing that was drawn. Files of
four clips lie in `denoised/` and are added to when the program is started again.
"""
import os
import time

import torch
import torch.nn.functional as F

import diffusion
import grammar
import loop
import settings
from clips import Renderer
from sheet import models
from train_vae import flakes

FOLDER = settings.HOME / "denoised"
EACH = 4                    # clips a file
STEPS = 10                  # sampling steps: what they leave looks like what 20 leave
BEGIN = (4, 9)              # the step from which clips are denoised


@torch.no_grad()
def draw(model, renderer, rng, forbidden, device):
    """One clip as a dictionary: `shown` uint8 [FRAMES, 3, SIDE, SIDE], `mask` of the sticker and `flakes` uint8
    [FRAMES, 1, SIDE, SIDE], `encoded` and `made` half [FRAMES, channels, h, w], the step `begin`, 0 for noise alone, and
    `coarse`, what the decoder until now draws of `made`, one colour a latent, half [FRAMES, 3, h, w]."""
    unet, text, vae = model
    attributes, ids = grammar.training_clip(rng, forbidden)
    shown, clear, mask = renderer.layers(attributes, rng)
    z = vae.encode(shown.to(device) * 2 - 1)[0]
    begin = 0 if rng.randrange(EACH) == 0 else rng.randrange(*BEGIN)
    states = text(torch.tensor([ids, grammar.encode("")], device=device))
    source = z.transpose(0, 1)[None]
    made = diffusion.sample(unet, states[:1], states[1:], torch.randn_like(source), STEPS, source=source if begin else None, begin=begin)[0].transpose(0, 1)
    coarse = F.avg_pool2d(vae.decode(made).clamp(-1, 1), settings.FACTOR)
    amount = flakes(shown * 2 - 1, clear.expand_as(shown) * 2 - 1)
    pictures = {"shown": bytes_of(shown), "mask": bytes_of(mask), "flakes": bytes_of(amount)}
    return {**pictures, **{name: value.half().cpu() for name, value in (("encoded", z), ("made", made), ("coarse", coarse))}, "begin": begin}


def bytes_of(values):
    """Values 0 … 1 as uint8."""
    return (values * 255 + 0.5).to(torch.uint8)


def work(options, rank):
    device, rng = loop.setup(rank)
    model, renderer, forbidden = models("falling", device), Renderer(seed=rank), grammar.held_out()
    FOLDER.mkdir(exist_ok=True)
    end, count = time.time() + 60 * (options.minutes or 10), 0
    while time.time() < end:
        clips = [draw(model, renderer, rng, forbidden, device) for _ in range(EACH)]
        file = FOLDER / f"{os.getpid()}-{count}.pt"
        torch.save(clips, file.with_suffix(".part"))
        file.with_suffix(".part").rename(file)
        count += 1
    print(f"{count * EACH} clips more, {len(list(FOLDER.glob('*.pt'))) * EACH} together")


class Denoised:
    """The clips of the folder, in memory; new ones are read while the program runs."""

    def __init__(self, rng):
        self.rng, self.read, self.clips = rng, set(), []
        self.refresh()

    def refresh(self):
        """Reads the files that are new."""
        for file in sorted(FOLDER.glob("*.pt")):
            if file.name not in self.read:
                self.read.add(file.name)
                self.clips += torch.load(file, map_location="cpu", weights_only=True)
        if not self.clips:
            raise SystemExit(f"{FOLDER} holds no clips: run denoised.py first")

    def pair(self, made_from_noise):
        """Two neighbouring frames of a clip that was made from noise alone or of one that was not: a dictionary as above."""
        while True:
            clip = self.rng.choice(self.clips)
            if (clip["begin"] == 0) == made_from_noise:
                at = self.rng.randrange(settings.FRAMES - 1)
                return {name: value[at:at + 2] if torch.is_tensor(value) else value for name, value in clip.items()}


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
