"""The critic: tells pairs of drawn frames from pairs that the decoder made, patch by patch. It is needed for training alone."""
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

from networks.layers import Conv


class Critic(nn.Module):
    """Two neighbouring frames [n, 6, SIDE, SIDE] in −1 … 1 to a map of scores, above zero where they look drawn, and the
    features on the way there. Of pairs it sees what flickers as well as what is soft. It sees 30 × 30 pixels at once."""

    def __init__(self, widths=(48, 64, 96)):
        super().__init__()
        a, b, c = widths
        self.layers = nn.ModuleList([spectral_norm(Conv(24, a)), spectral_norm(Conv(a, b, stride=2)), spectral_norm(Conv(b, c))])
        self.score = spectral_norm(Conv(c, 1, 1))

    def forward(self, pair):
        x, features = F.pixel_unshuffle(pair, 2), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x), features
