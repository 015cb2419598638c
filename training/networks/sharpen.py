"""The last part of the decoder: outlines made steep and areas made flat by taking every pixel's colour from around it."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from networks.layers import Conv, zero

RINGS = (1, 2, 4, 8, 16)       # pixels from which a colour can be taken, in eight directions each
TAPS = [(0, 0)] + [(r * y, r * x) for r in RINGS for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


class Sharpen(nn.Module):
    """A kernel-predicting filter (Bako et al., 2017): pictures [n, 3, H, W] in −1 … 1 to pictures, H and W multiples of 8.

    A small U-Net predicts for each pixel the weights, none below zero and one together, of its own colour and of those 1
    to 16 pixels away. In a soft outline the weights go to one side or the other and the outline becomes a step, in a
    blotch they go all around and it becomes plain; no colour can come out that was not near, so frames that are alike stay
    so. What is missing altogether, an eye's black or a flake's white, is added by a second, small output. Both begin at
    the picture as it is."""

    def __init__(self, widths=(32, 64, 64)):
        super().__init__()
        a, b, c = widths
        self.i, self.d1, self.d2 = Conv(12, a), Conv(a, b, stride=2), Conv(b, c, stride=2)
        self.m = nn.ModuleList([Conv(c, c, dilation=d) for d in (1, 2, 4)])
        self.u2, self.u1 = Conv(c, b, 1), Conv(b, a, 1)
        self.c2, self.e2, self.c1 = Conv(b, b), Conv(b, b), Conv(a, a)
        self.o = zero(Conv(a, 4 * (len(TAPS) + 3), 1))
        with torch.no_grad():
            self.o.bias[:4] = 5.0           # its own colour first

    def forward(self, picture):
        picture = picture.clamp(-1, 1)
        x1 = F.silu(self.i(F.pixel_unshuffle(picture, 2)))
        x2 = F.silu(self.d1(x1))
        x3 = F.silu(self.d2(x2))
        for layer in self.m:
            x3 = x3 + F.silu(layer(x3))
        up = lambda x: F.interpolate(x, scale_factor=2.0, mode="nearest")
        x2 = F.silu(x2 + up(self.u2(x3)))
        x2 = x2 + self.e2(F.silu(self.c2(x2)))
        x1 = F.silu(x1 + up(self.u1(x2)))
        weights, added = F.pixel_shuffle(self.o(F.silu(self.c1(x1))), 2).split((len(TAPS), 3), 1)
        return gathered(picture, weights.softmax(1)) + added


def gathered(picture, weights):
    """The mean of the colours at TAPS around each pixel; beyond the picture its margin goes on. weights [n, taps, H, W]."""
    reach, (height, width) = max(RINGS), picture.shape[-2:]
    wide, out = F.pad(picture, (reach,) * 4, mode="replicate"), 0
    for k, (y, x) in enumerate(TAPS):
        out = out + weights[:, k:k + 1] * wide[:, :, reach + y:reach + y + height, reach + x:reach + x + width]
    return out
