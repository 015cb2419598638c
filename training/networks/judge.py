"""The judge: tells from a clip's pixels what it shows. It is trained on drawn clips only."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import grammar
import settings
from networks.layers import Conv, Residual, norm

HEADS = ("subject", "colour", "background", "effect", "size")


class Judge(nn.Module):
    """Clips [batch, FRAMES, 3, SIDE, SIDE] in −1 … 1 to one row of logits: all labels, in the order of LABELS."""

    LABELS = (*HEADS, "motion")

    def __init__(self, widths=(32, 64, 96)):
        super().__init__()
        a, b, c = widths
        self.stem = Conv(12, a)
        self.look = nn.Sequential(Residual(a), Conv(a, b, stride=2), Residual(b), Conv(b, c, stride=2), Residual(c), norm(c), nn.SiLU())
        self.read = nn.Sequential(nn.Linear(3 * c, 256), nn.SiLU(), nn.Dropout(0.1))
        self.heads = nn.ModuleDict({name: nn.Linear(256, len(grammar.LABELS[name])) for name in HEADS})
        self.reduce = Conv(c, 24, 1)
        self.move = nn.Sequential(Conv(24 * settings.FRAMES, 128), nn.SiLU(), Conv(128, 96, stride=2), nn.SiLU(), nn.Flatten(),
                                  nn.Linear(96 * 16, 128), nn.SiLU(), nn.Linear(128, len(grammar.LABELS["motion"])))

    def forward(self, clip):
        batch, frames = clip.shape[:2]
        x = F.pixel_unshuffle(F.avg_pool2d(clip.flatten(0, 1), 2), 2)
        x = self.look(self.stem(x))
        y = x.reshape(batch, frames, *x.shape[1:])
        still = torch.cat([y.mean((1, 3, 4)), y.amax((3, 4)).mean(1), y.amax((1, 3, 4))], 1)
        features = self.read(still)
        moved = self.move(self.reduce(x).reshape(batch, frames * 24, *x.shape[2:]))
        return torch.cat([*(self.heads[name](features) for name in HEADS), moved], 1)


def split(logits):
    """The row of logits by label name."""
    sizes = [len(grammar.LABELS[name]) for name in Judge.LABELS]
    return dict(zip(Judge.LABELS, logits.split(sizes, 1)))
