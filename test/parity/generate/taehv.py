"""TAEHV, Ollin Boer Bohan's tiny autoencoder of clips, in PyTorch: layer by layer as its `taehv.py` numbers them, with few channels and random weights."""

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from .reference_file import ReferenceFile
from .wan_models import HERE, LATENT_CHANNELS, randomise

WIDTH = 6
WIDTHS = (12, 8, 6)


def conv(inputs: int, outputs: int, **options) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, **options)


class Memory(nn.Module):
    """A frame is seen beside the one before it."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Sequential(conv(2 * width, width), nn.ReLU(), conv(width, width), nn.ReLU(), conv(width, width))

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        past = torch.cat([torch.zeros_like(frames[:1]), frames[:-1]])
        return functional.relu(self.conv(torch.cat([frames, past], dim=1)) + frames)


class Frames(nn.Module):
    """So many frames become one, or one so many."""

    def __init__(self, width: int, pooled: int = 1, grown: int = 1):
        super().__init__()
        self.conv, self.width, self.pooled = nn.Conv2d(width * pooled, width * grown, 1, bias=False), width, pooled

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        sides = frames.shape[2:]
        return self.conv(frames.reshape(-1, self.width * self.pooled, *sides)).reshape(-1, self.width, *sides)


class Bounded(nn.Module):
    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return 3 * torch.tanh(latents / 3)


class Taehv(nn.Module):
    """Of Wan 2.1's layout: four frames to a latent frame, an eighth of the sides."""

    def __init__(self):
        super().__init__()
        down = [[Frames(WIDTH, pooled=pooled), conv(WIDTH, WIDTH, stride=2, bias=False), *(Memory(WIDTH) for _ in range(3))] for pooled in (2, 2, 1)]
        self.encoder = nn.Sequential(conv(3, WIDTH), nn.ReLU(), *(layer for level in down for layer in level), conv(WIDTH, LATENT_CHANNELS))
        up = [[*(Memory(width) for _ in range(3)), nn.Upsample(scale_factor=2), Frames(width, grown=grown), conv(width, out, bias=False)]
              for width, out, grown in zip(WIDTHS, (*WIDTHS[1:], WIDTHS[-1]), (1, 2, 2))]
        self.decoder = nn.Sequential(Bounded(), conv(LATENT_CHANNELS, WIDTHS[0]), nn.ReLU(), *(layer for level in up for layer in level), nn.ReLU(), conv(WIDTHS[-1], 3))

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """Of pixels in -1...1, `[1, 3, frames, height, width]`; the last frame fills the last group of four."""
        frames = (pixels[0].transpose(0, 1) + 1) / 2
        return self.encoder(torch.cat([frames, frames[-1:].repeat(-len(frames) % 4, 1, 1, 1)])).transpose(0, 1)[None]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """To pixels about -1...1; the first latent frame stands for its last frame alone."""
        return self.decoder(latents[0].transpose(0, 1))[3:].transpose(0, 1)[None] * 2 - 1


def make() -> None:
    model = randomise(Taehv(), 81)
    halves = {name: weights.half() for name, weights in model.state_dict().items()}
    model.load_state_dict({name: weights.float() for name, weights in halves.items()})
    save_file(halves, HERE / "taew2_1-tiny.safetensors")
    file, cases = ReferenceFile("taehv"), []
    for frames, height, width in ((1, 2, 3), (2, 3, 2), (5, 2, 2)):
        generator = torch.Generator().manual_seed(90 + frames)
        latents = 2 * torch.randn(1, LATENT_CHANNELS, frames, height, width, generator=generator)
        pixels = torch.rand(1, 3, 4 * (frames - 1) + 1, 8 * height, 8 * width, generator=generator) * 2 - 1
        encoded, decoded = model.encode(pixels), model.decode(latents)
        cases.append({"pixels": file.add(pixels), "encoded": file.add(encoded), "latents": file.add(latents), "decoded": file.add(decoded)})
    print("encoded", encoded.std().item(), "decoded", decoded.std().item())
    file.save({"torch": torch.__version__, "cases": cases})
