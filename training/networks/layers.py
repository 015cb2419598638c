"""Layers that all networks share. Convolutions and wide linear layers run in bf16 while training
(settings.BF16), all else in float32."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import settings

GROUPS = 16
half = {"on": settings.BF16}        # export and evaluation switch this off


class Conv(nn.Conv2d):
    """A 3 × 3 (or k × k) convolution that keeps the size, or halves it with stride 2."""

    def __init__(self, inputs, outputs, k=3, stride=1):
        super().__init__(inputs, outputs, k, stride, k // 2)

    def forward(self, x):
        if not half["on"]:
            return super().forward(x)
        y = F.conv2d(x.bfloat16(), self.weight.bfloat16(), self.bias.bfloat16(), self.stride, self.padding)
        return y.float()


class Linear(nn.Linear):
    """A linear layer whose product runs in bf16 while training."""

    def forward(self, x):
        if not half["on"]:
            return super().forward(x)
        return F.linear(x.bfloat16(), self.weight.bfloat16()).float() + self.bias


def norm(channels):
    return nn.GroupNorm(GROUPS, channels)


def zero(layer):
    """Starts a layer at zero, so that a new branch first changes nothing."""
    for p in layer.parameters():
        nn.init.zeros_(p)
    return layer


class Residual(nn.Module):
    """Norm, SiLU, convolution, twice, beside the identity."""

    def __init__(self, channels):
        super().__init__()
        self.n1, self.c1 = norm(channels), Conv(channels, channels)
        self.n2, self.c2 = norm(channels), zero(Conv(channels, channels))

    def forward(self, x):
        return x + self.c2(F.silu(self.n2(self.c1(F.silu(self.n1(x))))))


def attend(q, k, v, heads):
    """Plain MatMul, Softmax, MatMul. q [n, a, c], k and v [n, b, c]."""
    n, a, c = q.shape
    b, d = k.shape[1], c // heads
    q = (q * d ** -0.5).reshape(n, a, heads, d).transpose(1, 2)
    k = k.reshape(n, b, heads, d).permute(0, 2, 3, 1)
    v = v.reshape(n, b, heads, d).transpose(1, 2)
    return (torch.softmax(q @ k, -1) @ v).transpose(1, 2).reshape(n, a, c)


def sinusoid(x, width):
    """Cosines and sines of x [n] at `width`/2 frequencies from 1 to 1/10,000."""
    half_width = width // 2
    frequency = torch.exp(-math.log(10000) * torch.arange(half_width, device=x.device, dtype=torch.float32) / half_width)
    angle = x.float()[:, None] * frequency[None]
    return torch.cat([angle.cos(), angle.sin()], 1)
