"""What falls: a small network of its own for the channel of snow and rain.

Flakes are a few bright places in an empty channel. The UNet, whose layers are full of the picture, passed that channel's
noise on as it was even after an hour; this one starts from what is right where nothing falls, and learns the rest in
minutes.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import settings
from networks.layers import Conv, sinusoid, zero


class Fall(nn.Module):
    """A convolution over a frame, scaled and shifted by time and sentence, and one over the frames, both beside the
    identity. With one frame (`several` = 0) the second does nothing."""

    def __init__(self, width, time):
        super().__init__()
        self.time_emb_proj, self.conv = nn.Linear(time, 2 * width), Conv(width, width)
        self.conv_temp = zero(nn.Conv1d(width, width, 3, padding=1))

    def forward(self, x, time, batch, frames, several):
        scale, shift = self.time_emb_proj(time)[:, :, None, None].chunk(2, 1)
        x = x + F.silu(self.conv(x * (scale + 1) + shift))
        n, c, h, w = x.shape
        y = x.reshape(batch, frames, c, h * w).permute(0, 3, 2, 1).reshape(batch * h * w, c, frames)
        y = F.silu(self.conv_temp(y)).reshape(batch, h * w, c, frames).permute(0, 3, 2, 1).reshape(n, c, h, w)
        return x + several * y


class Falling(nn.Module):
    """v of the channels that fall, from the noisy base channels [batch, BASE, frames, h, w], the timestep and the sentence
    [batch, text]. It is that of Gaussian noise, whose deviation the sentence says, and what the convolutions add."""

    def __init__(self):
        super().__init__()
        width, depth, time = settings.FALLING["width"], settings.FALLING["depth"], settings.UNET["time"]
        count = settings.BASE - settings.PICTURE
        self.time_embedding = nn.ModuleList([nn.Linear(64 + settings.UNET["text"] + 1, time), nn.Linear(time, time)])
        self.deviation = zero(nn.Linear(time, count))
        self.conv_in, self.conv_out = Conv(settings.BASE, width), zero(Conv(width, count))
        self.blocks = nn.ModuleList([Fall(width, time) for _ in range(depth)])

    def forward(self, sample, timestep, sentence, spacing):
        """`spacing` is how far apart two frames lie, 1 for settings.FRAMES of them and 0 for one alone."""
        batch, channels, frames, h, w = sample.shape
        time = torch.cat([sinusoid(timestep.expand(batch), 64), sentence, spacing.expand(batch, 1)], 1)
        time = F.silu(self.time_embedding[1](F.silu(self.time_embedding[0](time))))
        deviation = settings.FALLING["sigma"] * self.deviation(time).clamp(-4, 2).exp()[..., None, None, None]
        each = time[:, None].expand(batch, frames, time.shape[1]).reshape(batch * frames, time.shape[1])
        x = F.silu(self.conv_in(sample.transpose(1, 2).reshape(batch * frames, channels, h, w)))
        several = spacing.ceil().clamp(0, 1)
        for block in self.blocks:
            x = block(x, each, batch, frames, several)
        bumps = self.conv_out(x).reshape(batch, frames, -1, h, w).transpose(1, 2)
        return sample[:, settings.PICTURE:] * prior(timestep, deviation) + bumps


def prior(timestep, deviation):
    """v over x for latents [n, channels, frames, h, w] that are nothing but Gaussian noise of that deviation: the best
    guess for channels nobody has learned. Made clips come out smooth; kept parts of a clip keep their details."""
    n, first, rise = timestep + 1, settings.BETA_START, (settings.BETA_END - settings.BETA_START) / (settings.STEPS - 1)
    betas = n * first + rise * n * (n - 1) / 2
    squares = n * first ** 2 + first * rise * n * (n - 1) + rise ** 2 * (n - 1) * n * (2 * n - 1) / 6
    alpha, variance = torch.exp(-betas - squares / 2).view(-1, 1, 1, 1, 1), deviation ** 2
    return alpha.sqrt() * (1 - variance / (alpha * variance + 1 - alpha)) / (1 - alpha).sqrt()
