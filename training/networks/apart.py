"""Tells single frames that a model made from those that were drawn. The evaluation measures with it; nothing is trained against it."""
import torch.nn as nn
import torch.nn.functional as F

from networks.layers import Conv, Residual, norm


class Apart(nn.Module):
    """Frames [n, 3, H, W] in −1 … 1 to logits [n], above zero where a frame looks drawn: the mean of what is seen at every place."""

    def __init__(self, widths=(32, 48, 64)):
        super().__init__()
        a, b, c = widths
        self.look = nn.Sequential(Conv(12, a), Residual(a), Conv(a, b, stride=2), Residual(b), Conv(b, c, stride=2), Residual(c), norm(c), nn.SiLU())
        self.score = nn.Linear(c, 1)

    def forward(self, frames):
        return self.score(self.look(F.pixel_unshuffle(frames, 2)).mean((2, 3)))[:, 0]
