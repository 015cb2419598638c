"""Trains the interrogator on single drawn frames, softened, noised, moved and tinted, and on strange ones.

python train_interrogator.py [--minutes N]
"""
import numpy as np
import torch
import torch.nn.functional as F

import grammar
import loop
import settings
from clips import Renderer
from muon import muon_groups
from networks.interrogator import HEADS, Interrogator, split
from strange import strange
from train_judge import labels_of, score, soften


def draw(renderer, rng, forbidden):
    """A frame uint8 [3, SIDE, SIDE], the subject's mask [1, SIDE, SIDE], the labels."""
    a, _ = grammar.training_clip(rng, forbidden)
    frames, mask = renderer.clip(a, rng, 1)
    return frames[0], mask[0], labels_of(a, HEADS)


def move(frames, masks):
    """Some of the frames mirrored, scaled and shifted, each its own way, and tinted a little."""
    n = len(frames)
    scale = torch.where(torch.rand(n) < 0.5, torch.empty(n).uniform_(0.75, 1.2), torch.ones(n))
    mirror = torch.where(torch.rand(n) < 0.4, -1.0, 1.0)
    shift = torch.empty(n, 2).uniform_(-0.25, 0.25) * (torch.rand(n, 1) < 0.5)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1], theta[:, :, 2] = mirror * scale, scale, shift
    grid = F.affine_grid(theta, (n, 4, settings.SIDE, settings.SIDE), align_corners=False)
    moved = F.grid_sample(torch.cat([frames, masks], 1), grid, padding_mode="reflection", align_corners=False)
    tint = 1 + 0.08 * torch.randn(n, 3, 1, 1), 0.06 * torch.randn(n, 1, 1, 1)
    return (moved[:, :3] * tint[0] + tint[1]).clamp(-1, 1), moved[:, 3:]


def work(options, rank):
    device, rng = loop.setup(rank)
    config, renderer, forbidden = settings.INTERROGATOR, Renderer(seed=40 + rank, variants=24), grammar.held_out()
    net, own = Interrogator().to(device), np.random.default_rng(rng.getrandbits(32))
    run = loop.Run("interrogator", {"interrogator": net}, muon_groups(net, 1, ("stem", "heads", "known", "mask")),
                   config["rate"], options.minutes or config["minutes"], rank, ema=0.99)
    pool, oddities = [], [strange(own) for _ in range(40)]
    count = int(config["batch"] * config["strange"])
    while run.going():
        fresh = [draw(renderer, rng, forbidden) for _ in range(config["batch"] // 4)]
        pool = (pool + fresh)[-config["pool"]:]
        batch = fresh + [rng.choice(pool) for _ in range(config["batch"] - len(fresh))]
        oddities = (oddities + [strange(own)])[-2000:]
        frames, masks = (torch.stack([b[k] for b in batch]) for k in (0, 1))
        frames, masks = move(frames.float() / 127.5 - 1, masks.float())
        odd = torch.stack([rng.choice(oddities) for _ in range(count)]).float() / 127.5 - 1
        x = soften((torch.cat([frames, odd]) + 1) * 127.5, rng)
        row, known, mask = net(x)
        n = len(batch)
        loss, right = score(split(row[:n]), torch.tensor([b[2] for b in batch]))
        truth = (torch.arange(len(x)) < n).float()
        found = F.binary_cross_entropy_with_logits(mask[:n], masks)
        overlap = ((mask[:n] > 0) & (masks > 0.5)).sum() / ((mask[:n] > 0) | (masks > 0.5)).sum()
        loss = loss + F.binary_cross_entropy_with_logits(known, truth) + 4 * found
        run.update(loss, len(x), known=((known > 0).float() == truth).float().mean(), overlap=overlap, **right)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
