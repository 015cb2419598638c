"""The judge: tells from a clip's pixels what it shows. It is trained on drawn clips only."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import grammar
import settings
from networks.layers import Conv, Residual, norm

HEADS = ("subject", "colour", "background", "effect", "size")
GLANCES = (1, 3, 5, 6)              # the frames that `See` looks at


def small(frames):
    """Frames [n, 3, SIDE, SIDE] at half size, four pixels to a place: [n, 12, SIDE/4, SIDE/4]."""
    return F.pixel_unshuffle(F.avg_pool2d(frames, 2), 2)


class See(nn.Module):
    """Single frames to logits of everything but motion, one row of all labels."""

    def __init__(self, widths=(48, 96, 128, 160)):
        super().__init__()
        a, b, c, d = widths
        self.stem = Conv(12, a)
        self.look = nn.Sequential(Residual(a), Conv(a, b, stride=2), Residual(b), Conv(b, c, stride=2), Residual(c),
                                  Conv(c, d, stride=2), norm(d), nn.SiLU())
        self.read = nn.Sequential(nn.Linear(16 * d, 256), nn.SiLU())
        self.heads = nn.ModuleDict({name: nn.Linear(256, len(grammar.LABELS[name])) for name in HEADS})

    def forward(self, frames):
        features = self.read(self.look(self.stem(small(frames))).flatten(1))
        return torch.cat([self.heads[name](features) for name in HEADS], 1)


class Track(nn.Module):
    """Clips to logits of their motion."""

    def __init__(self, widths=(32, 64, 96)):
        super().__init__()
        a, b, c = widths
        self.stem = Conv(12, a)
        self.look = nn.Sequential(Residual(a), Conv(a, b, stride=2), Residual(b), Conv(b, c, stride=2), Residual(c), norm(c), nn.SiLU())
        self.reduce = Conv(c, 24, 1)
        self.move = nn.Sequential(Conv(24 * settings.FRAMES, 128), nn.SiLU(), Conv(128, 96, stride=2), nn.SiLU(), nn.Flatten(),
                                  nn.Linear(96 * 16, 128), nn.SiLU(), nn.Linear(128, len(grammar.LABELS["motion"])))

    def forward(self, clip):
        x = self.reduce(self.look(self.stem(small(clip.flatten(0, 1)))))
        return self.move(x.reshape(clip.shape[0], -1, *x.shape[2:]))


class Judge(nn.Module):
    """Clips [batch, FRAMES, 3, SIDE, SIDE] in −1 … 1 to one row of logits: all labels, in the order of LABELS."""

    LABELS = (*HEADS, "motion")

    def __init__(self):
        super().__init__()
        self.see, self.track = See(), Track()

    def forward(self, clip):
        seen = torch.stack([self.see(clip[:, frame]).float() for frame in GLANCES]).mean(0)
        return torch.cat([seen, self.track(clip)], 1)


def split(logits):
    """The row of logits by label name; a row without motion will do."""
    sizes = [len(grammar.LABELS[name]) for name in Judge.LABELS]
    return dict(zip(Judge.LABELS, logits.split(sizes if logits.shape[1] == sum(sizes) else sizes[:-1], 1)))
