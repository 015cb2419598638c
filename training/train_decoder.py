"""Trains the VAE's decoder alone, to draw latents as the finished model leaves them.

python train_decoder.py [--minutes 10] [--processes 2]

Latents that a sampler ends with are not an encoder's: they are smeared, and a decoder that never saw such draws mosaics.
So drawn clips are noised part of the way and denoised again by the model with their captions, and the decoder learns
to make the drawn clip of that. Every other picture has the encoder's own latents, details and all. What latents mean
stays the same.
"""
import torch
import torch.nn.functional as F

import diffusion
import grammar
import loop
import settings
from clips import Renderer
from networks.vae import VAE
from sheet import models
from train_vae import flakes, psnr, reconstruction


def weakened(falling):
    """The channel of what falls, smeared and weak as the model makes it, with each flake still in its place: of the model's
    own, which are elsewhere after noise, the decoder would learn to draw none."""
    share, strength, noise = (low + (high - low) * torch.rand(len(falling), 1, 1, 1, device=falling.device) for low, high in ((0, 0.7), (0.6, 1.1), (0, 0.25)))
    return strength * falling.lerp(F.avg_pool2d(falling, 3, 1, 1), share) + noise * torch.randn_like(falling)


class Denoised:
    """A pool of frames: as drawn, what falls in them, the encoder's latents, and those that the model made of them."""

    def __init__(self, rng, device, seed):
        self.unet, self.text, self.vae = models("falling", device)
        self.rng, self.device, self.renderer, self.forbidden = rng, device, Renderer(seed), grammar.held_out()
        self.clips = [self.draw() for _ in range(settings.DECODER["pool"])]

    @torch.no_grad()
    def draw(self):
        attributes, ids = grammar.training_clip(self.rng, self.forbidden)
        shown, clear = (part.to(self.device) * 2 - 1 for part in self.renderer.layers(attributes, self.rng)[:2])
        z = self.vae.encode(shown)[0]
        source = z.transpose(0, 1)[None]
        states = self.text(torch.tensor([ids, grammar.encode("")], device=self.device))
        begin = self.rng.randrange(*settings.DECODER["begin"])
        made = diffusion.sample(self.unet, states[:1], states[1:], torch.randn_like(source), source=source, begin=begin)[0].transpose(0, 1)
        made = torch.cat([made[:, :settings.BASE], settings.DETAIL_SIGMA * torch.randn_like(made[:, settings.BASE:])], 1)
        return shown, flakes(shown, clear.expand_as(shown)), z, made

    def batch(self, count):
        """Pictures, what falls in them, and latents, of which the first half are the model's."""
        if self.rng.random() < 0.1:
            self.clips[self.rng.randrange(len(self.clips))] = self.draw()
        frames = [(self.rng.choice(self.clips), self.rng.randrange(settings.FRAMES)) for _ in range(count)]
        x, amount, z, made = (torch.stack([clip[k][frame] for clip, frame in frames]) for k in range(4))
        made[:, settings.PICTURE:settings.BASE] = weakened(z[:, settings.PICTURE:settings.BASE])
        return x, amount, torch.cat([made[:count // 2], z[count // 2:]])


@torch.no_grad()
def settle(new, old):
    """The decoder to ship: between the one before and the new one, which alone draws subjects too softly for the judge."""
    for before, after in zip(old.parameters(), new.parameters()):
        after.lerp_(before, 1 - settings.DECODER["share"])


def work(options, rank):
    device, rng = loop.setup(rank)
    config, pool = settings.DECODER, Denoised(rng, device, seed=rank)
    vae = pool.vae
    parameters = list(vae.decoder.requires_grad_(True).parameters())
    run = loop.Run("decoder", {"vae": vae}, [(parameters, 1)], config["rate"], options.minutes or config["minutes"], rank, ema=0.998)
    half = config["batch"] // 2
    while run.going():
        x, amount, z = pool.batch(config["batch"])
        y = vae.decode(z.contiguous(memory_format=torch.channels_last))
        loss, values = reconstruction(x, y, amount, config, torch.zeros((), device=device))
        run.update(loss, config["batch"], made=psnr(y[:half].detach(), x[:half]), own=psnr(y[half:].detach(), x[half:]))
    if rank == 0:
        settle(run.averages["vae"].decoder, loop.averaged("vae", "vae", VAE()).to(device).decoder)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
