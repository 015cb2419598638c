"""Synthetic frames, and the step between pixels and what a VAE sees."""

import math

import torch


def synthetic_frames(count: int, width: int = 64, height: int = 64) -> torch.Tensor:
    """uint8 [count, height, width, 3]: a coloured gradient with a disc that moves from frame to frame."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    frames = []
    for frame in range(count):
        centre = (width * (0.3 + 0.12 * frame), height * (0.5 + 0.2 * math.sin(frame)))
        disc = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < (0.2 * height) ** 2
        red = torch.where(disc, torch.full_like(x, 230), 255 * x // max(1, width - 1))
        green = torch.where(disc, torch.full_like(x, 60), 255 * y // max(1, height - 1))
        blue = torch.where(disc, torch.full_like(x, 40), (x * 5 + y * 3 + 20 * frame) % 256)
        frames.append(torch.stack([red, green, blue], dim=-1).to(torch.uint8))
    return torch.stack(frames)


def from_unit(image: torch.Tensor) -> torch.Tensor:
    """0…1 to -1…1."""
    return 2.0 * image - 1.0


def to_pixels(decoded: torch.Tensor) -> torch.Tensor:
    """The VAE's [frames, 3, height, width] in -1…1 to uint8 [frames, height, width, 3], as diffusers makes pictures of it."""
    unit = (decoded * 0.5 + 0.5).clamp(0, 1)
    return (unit * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
