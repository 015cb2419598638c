"""The network that tells generated frames from drawn ones. It is needed for the evaluation alone."""
import torch.nn as nn
import torch.nn.functional as F

from networks.layers import Conv, Residual, norm


class ToldApart(nn.Module):
    """Frames [n, 3, SIDE, SIDE] in −1 … 1 to logits [n, 1], above zero where a frame looks generated. It sees every pixel
    and, at its smallest, squares of 16 × 16 of them; what they say is averaged over the frame."""

    def __init__(self, widths=(32, 48, 64, 96)):
        super().__init__()
        a, b, c, d = widths
        self.look = nn.Sequential(Conv(12, a), Residual(a), Conv(a, b, stride=2), Residual(b), Conv(b, c, stride=2), Residual(c),
                                  Conv(c, d, stride=2), norm(d), nn.SiLU())
        self.read = nn.Linear(d, 1)

    def forward(self, frames):
        return self.read(self.look(F.pixel_unshuffle(frames, 2)).mean((2, 3)))
