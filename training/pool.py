"""Encoded clips to train on: a part of every batch is drawn and encoded anew, the rest is replayed."""
import torch
import torch.nn.functional as F

import grammar
import settings
from clips import Renderer


class Pool:
    def __init__(self, vae, rng, device, seed=0, channels=settings.CHANNELS, size=settings.POOL, frames=settings.FRAMES):
        self.vae, self.rng, self.device, self.channels, self.size, self.frames = vae, rng, device, channels, size, frames
        self.renderer, self.forbidden, self.clips = Renderer(seed), grammar.held_out(), []

    @torch.no_grad()
    def draw(self):
        """One new clip: latents half [channels, frames, h, w], mask half [1, frames, h, w], token ids."""
        attributes, ids = grammar.training_clip(self.rng, self.forbidden)
        frames, mask = self.renderer.clip(attributes, self.rng, self.frames)
        x = frames.to(self.device).float() / 127.5 - 1
        z = self.vae.encode_base(x) if self.channels == settings.BASE else self.vae.encode(x)[0]
        mask = F.avg_pool2d(mask, settings.FACTOR).transpose(0, 1)
        clip = (z.transpose(0, 1).half().cpu(), mask.half(), ids)
        if len(self.clips) < self.size:
            self.clips.append(clip)
        else:
            self.clips[self.rng.randrange(self.size)] = clip
        return clip

    def batch(self, count, fresh=settings.FRESH):
        """Latents [count, CHANNELS, frames, h, w] (missing channels zero), masks, ids; `fresh` is the new share."""
        chosen = [self.draw() if len(self.clips) < 64 or self.rng.random() < fresh else self.rng.choice(self.clips)
                  for _ in range(count)]
        z, mask = (torch.stack([c[k] for c in chosen]).float().to(self.device) for k in (0, 1))
        if self.channels < settings.CHANNELS:
            z = F.pad(z, (0, 0, 0, 0, 0, 0, 0, settings.CHANNELS - self.channels))
        return z, mask, torch.tensor([c[2] for c in chosen], device=self.device)

    def images(self, count):
        """The same with one random frame of each clip."""
        z, mask, ids = self.batch(count, settings.FRESH / settings.FRAMES)
        frame = torch.randint(z.shape[2], (count,), device=z.device)
        at = torch.arange(count, device=z.device), slice(None), frame
        return z[at].unsqueeze(2), mask[at].unsqueeze(2), ids


class Rounds:
    """What the steps of a stage over clips are on, in turn: clips, single frames, clips of twice as many frames. All
    batches hold about as many frames."""
    ORDER = ("image", "clip", "clip", "long", "image", "clip", "clip", "clip")
    LONG = 2

    def __init__(self, vae, rng, device, rank, channels, batch, size=settings.POOL, fresh=settings.FRESH):
        pool = Pool(vae, rng, device, seed=rank, channels=channels, size=size)
        long = Pool(vae, rng, device, seed=rank, channels=channels, size=size // 4, frames=self.LONG * settings.FRAMES)
        self.draws = {"image": lambda: pool.images(batch * settings.FRAMES), "clip": lambda: pool.batch(batch, fresh),
                      "long": lambda: long.batch(batch // self.LONG, fresh)}

    def draw(self, step):
        """The kind of that step, and its latents, masks and ids."""
        kind = self.ORDER[step % len(self.ORDER)]
        return kind, self.draws[kind]()


def unsaid(ids, share):
    """Token ids, of which that share says nothing: what guidance compares with."""
    empty = torch.tensor(grammar.encode(""), device=ids.device)
    return torch.where(torch.rand(len(ids), 1, device=ids.device) < share, empty, ids)
