"""Trains the network that tells made frames from drawn ones, and writes it for `npm run eval`.

python denoised.py --minutes 10 --processes 2       # first: clips of the model that is to be measured
python train_apart.py ../eval/apart [--minutes 6]

It has to be trained anew for every model that is measured, delete `apart.pt` first: what gave the one before away need not be what gives this one away.
"""
import sys
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

import export
import loop
import settings
from denoised import Denoised
from muon import muon_groups
from networks.apart import Apart
from networks.layers import half
from sheet import finished_vae


class Probability(nn.Module):
    """How likely each frame was drawn, 0 … 1 [n]."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, sample):
        return self.net(sample).sigmoid()


class Frames:
    """Frames that the model made of noise alone, decoded once and kept as the 8-bit levels that a viewer sees."""

    def __init__(self, rng, device, size=800):
        self.rng, self.device, self.size, self.clips, self.vae, self.made = rng, device, size, Denoised(rng), finished_vae().to(device), []

    @torch.no_grad()
    def pair(self):
        """A made frame and a drawn one, uint8 [3, SIDE, SIDE]."""
        if len(self.made) < self.size:
            latents = self.clips.pair(True)["made"].float().to(self.device)
            self.made += list(((self.vae.decode(latents).clamp(-1, 1) + 1) * 127.5 + 0.5).to(torch.uint8).cpu())
        return self.rng.choice(self.made), self.clips.pair(self.rng.random() < 0.25)["shown"][0]


def work(options, rank):
    device, rng = loop.setup(rank)
    config, net = settings.APART, Apart().to(device)
    frames = Frames(rng, device)
    run = loop.Run("apart", {"apart": net}, muon_groups(net, 1, ("look.0", "score")), config["rate"], options.minutes or config["minutes"], rank, ema=0.99)
    while run.going():
        pairs = [frames.pair() for _ in range(config["batch"] // 2)]
        x = torch.stack([picture for kind in zip(*pairs) for picture in kind]).to(device).float() / 127.5 - 1
        x = x.flip(-1) if rng.random() < 0.5 else x
        drawn = torch.arange(len(x), device=device) >= len(pairs)
        logits = net(x)
        run.update(F.binary_cross_entropy_with_logits(logits, drawn.float()), len(x), right=((logits > 0) == drawn).float().mean())
    run.finish()


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    loop.launch(work, loop.arguments())
    half["on"] = False
    export.write(Probability(loop.averaged("apart", "apart", Apart())), folder, {"sample": torch.rand(3, 3, settings.SIDE, settings.SIDE) * 2 - 1},
                 ["drawn"], {"sample": {0: "batch", 2: "height", 3: "width"}, "drawn": {0: "batch"}}, None)
