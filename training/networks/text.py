"""The text encoder: a small bidirectional transformer over words. Its first output (<bos>) stands for the sentence."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import settings
from networks.layers import attend


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.qkv, self.o = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.n2, self.f1, self.f2 = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        x = x + self.o(attend(*self.qkv(self.n1(x)).chunk(3, -1), self.heads))
        return x + self.f2(F.gelu(self.f1(self.n2(x))))


class TextEncoder(nn.Module):
    """Token ids int64 [batch, TOKENS] to states [batch, TOKENS, width]."""

    def __init__(self, words):
        super().__init__()
        width = settings.TEXT["width"]
        self.te = nn.Embedding(words, width)
        self.pe = nn.Parameter(torch.randn(settings.TOKENS, width) * 0.02)
        self.L = nn.ModuleList(Layer(width, settings.TEXT["heads"]) for _ in range(settings.TEXT["layers"]))
        self.n = nn.LayerNorm(width)
        nn.init.normal_(self.te.weight, std=0.02)

    def forward(self, input_ids):
        x = self.te(input_ids) + self.pe
        for layer in self.L:
            x = layer(x)
        return self.n(x)
