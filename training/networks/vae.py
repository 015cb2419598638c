"""The VAE: 8 × smaller, no convolution at full size (4 × 4 pixels become 48 channels first, the decoder's last ones have
2 × 2 pixels to a place).

Latents are nested: a base encoder gives the first channels (the coarse picture), a detail encoder the rest,
so that a diffusion model of the base channels can be extended to all of them.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import settings
from networks.layers import Conv, Residual, norm, zero


class Encoder(nn.Module):
    """Pictures [n, 3, H, W] to mean and log variance [n, 2 · channels, H/8, W/8]."""

    def __init__(self, channels, widths=(64, 128), depth=1):
        super().__init__()
        self.i = Conv(48, widths[0])
        self.r1 = nn.Sequential(*[Residual(widths[0]) for _ in range(depth)])
        self.d = Conv(widths[0], widths[1], stride=2)
        self.r2 = nn.Sequential(*[Residual(widths[1]) for _ in range(depth)])
        self.n, self.o = norm(widths[1]), Conv(widths[1], 2 * channels)

    def forward(self, x):
        x = self.r1(self.i(F.pixel_unshuffle(x, 4)))
        return self.o(F.silu(self.n(self.r2(self.d(x)))))


class Outlines(nn.Module):
    """What is added to a picture at half its size, from the features below and the picture itself; zero at first. At a
    quarter of the size every 4 × 4 pixels are drawn alone, and outlines come out soft and stepped."""

    def __init__(self, features, width=32, channels=24):
        super().__init__()
        self.i, self.c1 = Conv(features, 4 * channels, 1), Conv(channels + 12, width)
        self.c2, self.o = Conv(width, width), zero(Conv(width, 12))

    def forward(self, features, picture):
        x = F.silu(self.c1(torch.cat([F.pixel_shuffle(self.i(features), 2), F.pixel_unshuffle(picture, 2)], 1)))
        return F.pixel_shuffle(self.o(F.silu(self.c2(x))), 2)


class Decoder(nn.Module):
    """Latents [n, channels, h, w] to pictures [n, 3, 8h, 8w]."""

    def __init__(self, channels, widths=(80, 128), depth=(4, 3)):
        super().__init__()
        self.i = Conv(channels, widths[1])
        self.r2 = nn.Sequential(*[Residual(widths[1]) for _ in range(depth[1])])
        self.u = Conv(widths[1], 4 * widths[0], 1)
        self.r1 = nn.Sequential(*[Residual(widths[0]) for _ in range(depth[0])])
        self.n, self.o = norm(widths[0]), Conv(widths[0], 48)
        self.outlines = Outlines(widths[0])

    def forward(self, z):
        z = F.silu(self.n(self.r1(F.pixel_shuffle(self.u(self.r2(self.i(z))), 2))))
        picture = F.pixel_shuffle(self.o(z), 4)
        return picture + self.outlines(z, picture)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        base, detail = settings.BASE, settings.CHANNELS - settings.BASE
        self.base = Encoder(base, depth=2)
        self.detail = Encoder(detail, depth=2) if detail else None
        self.decoder = Decoder(settings.CHANNELS)
        self.sharpen = None         # a Sharpen in the finished model: it has no weights, and nothing is trained through it
        self.register_buffer("shift", torch.zeros(settings.CHANNELS))
        self.register_buffer("scale", torch.ones(settings.CHANNELS))

    def encode(self, x):
        """Mean and log variance [n, channels, h, w], normalised to about unit variance of each channel."""
        parts = [encoder(x).chunk(2, 1) for encoder in (self.base, self.detail) if encoder is not None]
        mean, log_variance = (torch.cat(p, 1) for p in zip(*parts))
        shift, scale = self.shift[:, None, None], self.scale[:, None, None]
        return (mean - shift) / scale, log_variance.clamp(-12, 4) - 2 * scale.log()

    def encode_base(self, x):
        """Mean of the base channels alone."""
        mean = self.base(x).chunk(2, 1)[0]
        return (mean - self.shift[:settings.BASE, None, None]) / self.scale[:settings.BASE, None, None]

    def decode(self, z):
        picture = self.decoder(z * self.scale[:, None, None] + self.shift[:, None, None])
        return picture if self.sharpen is None else self.sharpen(picture, z)
