"""Trains the filter that ends the decoder, `networks/sharpen.py`; the decoder before it stays as it is.

python denoised.py --minutes 10 --processes 2       # first: clips to train on
python train_sharpen.py [--minutes 30]

A decoder that is trained to come near the drawn clip draws, of latents that a sampler left, the mean of all that could have
been meant: soft outlines. Held to the drawn clip itself, its filter would learn the same mean, since what the model makes
lies a few pixels beside what was drawn. So the drawn clip is moved first, place by place, onto what the decoder draws:
then where an outline belongs is no question, and all that is left to learn is to draw it steep.
"""
import torch
import torch.nn.functional as F

import loop
import settings
from denoised import Denoised
from networks.sharpen import Sharpen
from sheet import finished_vae
from train_decoder import latents
from train_vae import edges, psnr

KINDS = ("made", "made", "made", "bare", "encoded", "smeared")      # what is sharpened: the decoder's picture of the model's latents of a drawn
# clip, of the encoder's without details, of the encoder's; or the drawn clip, smeared by program
REACH = 5                   # how far, in half pixels of the search at half the size, drawn clips are moved


def registered(soft, drawn, sharpness=60.0):
    """`drawn` moved onto `soft` [n, 3, SIDE, SIDE], and how far its colours are then the same, 0 … 1 [n, 1, SIDE, SIDE].

    Windows of 16 pixels are compared at half the size, up to 2 · REACH pixels around; the displacement is the mean of all,
    weighted by how alike they are, and so smooth and finer than a pixel."""
    a, b = (F.avg_pool2d(F.pad(x, (4,) * 4, mode="replicate"), 2) for x in (soft, drawn))
    wide = F.pad(b, (REACH,) * 4, mode="replicate")
    size, moves, costs = a.shape[-1], [], []
    for y in range(-REACH, REACH + 1):
        for x in range(-REACH, REACH + 1):
            there = wide[:, :, REACH + y:REACH + y + size, REACH + x:REACH + x + size]
            costs.append(F.avg_pool2d((a - there).abs().mean(1, keepdim=True), 8, 4) + 0.001 * (x * x + y * y) ** 0.5)
            moves.append((2 * x, 2 * y))
    weights = (-sharpness * torch.cat(costs, 1)).softmax(1)
    move = torch.einsum("nkhw,kc->nchw", weights, torch.tensor(moves, dtype=torch.float32, device=soft.device))
    move = F.interpolate(F.avg_pool2d(F.pad(move, (1,) * 4, mode="replicate"), 3, 1), soft.shape[-2:], mode="bilinear")
    line = (torch.arange(settings.SIDE, device=soft.device) + 0.5) * 2 / settings.SIDE - 1
    grid = torch.stack([line[None, None, :] + move[:, 0] * 2 / settings.SIDE, line[None, :, None] + move[:, 1] * 2 / settings.SIDE], -1)
    moved = F.grid_sample(drawn, grid, mode="bicubic", padding_mode="border", align_corners=False).clamp(-1, 1)
    apart = F.avg_pool2d((F.avg_pool2d(soft - moved, 8, 4, 2)).abs().mean(1, keepdim=True), 3, 1, 1)
    return moved, F.interpolate((-(apart / 0.2).square()).exp(), soft.shape[-2:], mode="bilinear")


def smeared(drawn, rng):
    """What the mean of several guesses of a drawn picture [n, 3, SIDE, SIDE] looks like: moved about a little, each time
    in another way, and blotched."""
    def field(channels, cell, amount):
        return F.interpolate(amount * torch.randn(len(drawn), channels, settings.SIDE // cell, settings.SIDE // cell), (settings.SIDE,) * 2, mode="bicubic")
    line = (torch.arange(settings.SIDE) + 0.5) * 2 / settings.SIDE - 1
    still, amount, times = torch.stack(torch.meshgrid(line, line, indexing="ij")[::-1], -1), rng.uniform(0.3, 2.5), 4
    moves = [field(2, 16, amount * 2 / settings.SIDE).permute(0, 2, 3, 1) for _ in range(times)]
    mean = sum(moves) / times
    out = sum(F.grid_sample(drawn, still + move - mean, padding_mode="border", align_corners=False) for move in moves) / times
    return (F.avg_pool2d(F.pad(out, (1,) * 4, mode="replicate"), 3, 1) + field(3, 8, rng.uniform(0, 0.06)) + field(1, 4, rng.uniform(0, 0.04))).clamp(-1, 1)


class Pairs:
    """Soft pictures and what they should become; each is drawn once and used several times, turned and recoloured."""
    FRAMES = 2              # of a clip at once

    def __init__(self, vae, rng, device, size=1200):
        self.vae, self.rng, self.device, self.size, self.pool, self.pairs = vae, rng, device, size, Denoised(rng), {kind: [] for kind in set(KINDS)}

    @torch.no_grad()
    def draw(self, kind):
        """One new pair of each of FRAMES frames: uint8 pictures and weights."""
        pair = self.pool.pair(False)
        x = pair["shown"].float() / 127.5 - 1
        sure = torch.ones(len(x), 1, settings.SIDE, settings.SIDE)
        if kind == "smeared":
            soft = smeared(x, self.rng)
        else:
            z = latents("made" if kind == "made" else "encoded", pair, self.rng)
            if kind == "bare":
                z = torch.cat([z[:, :settings.BASE], settings.DETAIL_SIGMA * torch.randn_like(z[:, settings.BASE:])], 1)
            soft = self.vae.decode(z.to(self.device)).clamp(-1, 1).cpu()
        if kind == "made":
            x, sure = registered(soft, x)
        new = [tuple((255 * part + 0.5).to(torch.uint8) for part in parts) for parts in zip((soft + 1) / 2, (x + 1) / 2, sure)]
        known = self.pairs[kind]
        if len(known) < self.size:
            known += new
        else:
            for each in new:
                known[self.rng.randrange(self.size)] = each
        return new[self.rng.randrange(len(new))]

    def batch(self, fresh):
        """Soft pictures, targets and weights, of every kind in KINDS one; that share is drawn anew."""
        chosen = [self.draw(kind) if len(self.pairs[kind]) < 24 or self.rng.random() < fresh else self.rng.choice(self.pairs[kind]) for kind in KINDS]
        rows = [self.turned(*(part.float() / 255 for part in parts)) for parts in chosen]
        soft, drawn, sure = (torch.stack(parts).to(self.device) for parts in zip(*rows))
        return soft * 2 - 1, drawn * 2 - 1, sure

    def turned(self, soft, drawn, sure):
        """The same turned, mirrored, with its colours exchanged."""
        turns, mirror, order = self.rng.randrange(4), self.rng.randrange(2), self.rng.sample(range(3), 3)
        soft, drawn = soft[order], drawn[order]
        if self.rng.randrange(4) == 0:
            soft, drawn = 1 - soft, 1 - drawn
        return tuple(torch.rot90(part.flip(-1) if mirror else part, turns, (-2, -1)) for part in (soft, drawn, sure))


def steepness(x, window=8):
    """Root of the gradient energy around each place [n, 1, h, w]."""
    across, down = edges(x)
    squares = F.pad(across.square(), (0, 1)) + F.pad(down.square(), (0, 0, 0, 1))
    return (F.avg_pool2d(squares.mean(1, keepdim=True), window, window // 2) + 1e-4).sqrt()


def losses(out, drawn, sure):
    """How far each picture is from what was drawn, where that is sure: its colours, its edges (more where there should be
    none) at full size and at a quarter, where blotches show, and how steep it is around each place, wherever exactly. [n]"""
    config, mean = settings.SHARPEN, lambda values: values.flatten(1).mean(1)
    colours = mean((out - drawn).abs() * sure)
    lines = sum(mean((a - b).abs() * (1 + config["flat"] * (b.abs() < 0.01)) * weight)
                for a, b, weight in zip(edges(out), edges(drawn), (sure[..., 1:], sure[..., 1:, :])))
    coarse = [F.avg_pool2d(x, 8, 4) for x in (out, drawn, sure)]
    blotches = sum(mean((a - b).abs() * weight) for a, b, weight in zip(*map(edges, coarse[:2]), (coarse[2][..., 1:], coarse[2][..., 1:, :])))
    steep = mean((steepness(out) - steepness(drawn)).abs() * F.avg_pool2d(sure, 8, 4))
    return colours + config["edge"] * (lines + blotches) + config["steep"] * steep


def energy(x):
    """Mean squared difference of neighbouring pixels of each picture [n]."""
    return sum(d.square().flatten(1).mean(1) for d in edges(x))


def work(options, rank):
    device, rng = loop.setup(rank)
    config = settings.SHARPEN
    vae, net = finished_vae(sharpen=False).to(device), Sharpen().to(device)
    pairs = Pairs(vae, rng, device)
    run = loop.Run("sharpen", {"sharpen": net}, [(list(net.parameters()), 1)], config["rate"], options.minutes or config["minutes"], rank, ema=0.995)
    while run.going():
        soft, drawn, sure = pairs.batch(config["fresh"])
        out = net(soft)
        sharp = (energy(out.detach()) / (energy(drawn) + 1e-5)).clamp(max=3)
        before = (energy(soft) / (energy(drawn) + 1e-5)).clamp(max=3)
        values = {f"sharp {kind}": sharp[k] for k, kind in enumerate(KINDS) if k > 1}
        run.update(losses(out, drawn, sure).mean(), len(soft), **values, before=before[2], sure=sure[:3].mean(), encoded=psnr(out[4:5].detach(), drawn[4:5]))
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
