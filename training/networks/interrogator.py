"""The interrogator: tells from single frames what a caption would say of them, where the subject is, and whether they
are pictures of the kind that the model knows at all."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import grammar
from networks.layers import Conv, Residual, norm

HEADS = ("subject", "colour", "background", "effect")
SIZES = [len(grammar.LABELS[name]) for name in HEADS]


class Interrogator(nn.Module):
    """Frames [n, 3, SIDE, SIDE] in -1 … 1 to logits: a row of all labels, `known` [n], and `mask` [n, 1, SIDE, SIDE].

    Down to 4 × 4 and up again as a U-Net (Ronneberger et al. 2015); the labels are read at the bottom.
    """

    def __init__(self, widths=(32, 64, 112, 160)):
        super().__init__()
        a, b, c, d = widths
        self.stem = Conv(48, a)
        self.down = nn.ModuleList([Residual(a), nn.Sequential(Conv(a, b, stride=2), Residual(b)), nn.Sequential(Conv(b, c, stride=2), Residual(c)),
                                   nn.Sequential(Conv(c, d, stride=2), norm(d), nn.SiLU())])
        self.read = nn.Sequential(nn.Linear(16 * d, 256), nn.SiLU())
        self.heads = nn.ModuleDict({name: nn.Linear(256, size) for name, size in zip(HEADS, SIZES)})
        self.known = nn.Linear(256, 1)
        self.up = nn.ModuleList([Conv(d, c), Conv(c, b), Conv(b, a)])
        self.smooth = nn.ModuleList([nn.Identity(), Residual(b), nn.Identity()])
        self.mask = nn.Sequential(norm(a), nn.SiLU(), Conv(a, 16), nn.PixelShuffle(4))

    def forward(self, frames):
        x, seen = self.stem(F.pixel_unshuffle(frames, 4)), []
        for down in self.down:
            x = down(x)
            seen.append(x)
        features = self.read(x.flatten(1))
        for up, smooth, skip in zip(self.up, self.smooth, reversed(seen[:-1])):
            x = smooth(F.interpolate(up(x), scale_factor=2.0) + skip)
        return torch.cat([self.heads[name](features) for name in HEADS], 1), self.known(features)[:, 0], self.mask(x)


def split(row):
    """The row of label logits by name."""
    return dict(zip(HEADS, row.split(SIZES, 1)))
