"""Pictures of a kind that the model has never seen, drawn by program: rough textures, overlapping leaves, soft light,
writing. The interrogator learns from them when to say that it does not know.

`python strange.py sheet.png` draws some to look at.
"""
import math
import sys

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

import settings

SIDE = settings.SIDE


def fractal(rng, falloff):
    """Three correlated channels of 1/f^falloff noise, 0..1: what photographs are like by their spectrum alone."""
    fy, fx = np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None]
    spectrum = 1 / np.maximum(np.hypot(fx, fy), 1 / SIDE) ** falloff
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=(3, SIDE, SIDE))) * spectrum).real
    noise = (noise - noise.mean((1, 2), keepdims=True)) / noise.std((1, 2), keepdims=True)
    mix = np.full((3, 3), rng.uniform(0.2, 0.9)) + np.diag(rng.uniform(0.2, 0.8, 3))
    return np.clip(rng.uniform(0.2, 0.7, (3, 1, 1)) + rng.uniform(0.1, 0.25) * np.einsum("ij,jhw->ihw", mix, noise), 0, 1)


def leaves(rng):
    """Dead leaves (Lee, Mumford & Huang 2001): shapes of all sizes over one another, in few related colours, textured."""
    image = Image.new("RGB", (2 * SIDE, 2 * SIDE))
    draw, palette = ImageDraw.Draw(image), rng.uniform(0, 255, (rng.integers(2, 7), 3))
    for _ in range(int(rng.integers(60, 500))):
        r = min(6 / rng.uniform(0.02, 1) ** 0.7, 160)
        x, y = rng.uniform(-r, 2 * SIDE + r, 2)
        colour = tuple(int(c) for c in np.clip(palette[rng.integers(len(palette))] + rng.normal(0, 22, 3), 0, 255))
        if rng.random() < 0.6:
            draw.ellipse((x - r, y - r * rng.uniform(0.4, 1), x + r, y + r * rng.uniform(0.4, 1)), fill=colour)
        else:
            points = [(x + r * math.cos(t), y + r * math.sin(t)) for t in np.sort(rng.uniform(0, 2 * math.pi, int(rng.integers(3, 7))))]
            draw.polygon(points, fill=colour)
    picture = np.asarray(image.resize((SIDE, SIDE), Image.BOX)).transpose(2, 0, 1) / 255
    return np.clip(picture + rng.uniform(0, 0.5) * (fractal(rng, rng.uniform(0.6, 1.6)) - 0.5), 0, 1)


def light(rng):
    """A dim room, a face in the dark, a sky with haze: few soft blobs with grain."""
    image = Image.new("RGB", (SIDE, SIDE), tuple(int(c) for c in rng.uniform(0, 200, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 14))):
        x, y, w, h = rng.uniform(-20, SIDE, 2).tolist() + rng.uniform(10, 90, 2).tolist()
        draw.ellipse((x, y, x + w, y + h), fill=tuple(int(c) for c in rng.uniform(0, 255, 3)))
    picture = np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(2, 14)))).transpose(2, 0, 1) / 255
    return np.clip(picture * rng.uniform(0.4, 1.1) + rng.normal(0, rng.uniform(0.005, 0.05), picture.shape), 0, 1)


def writing(rng):
    """A page or a window: bars, boxes and lines of marks."""
    paper, ink = sorted(rng.uniform(0, 255, 2), reverse=bool(rng.random() < 0.7))
    image = Image.new("RGB", (2 * SIDE, 2 * SIDE), (int(paper),) * 3)
    draw, y = ImageDraw.Draw(image), 0.0
    for _ in range(int(rng.integers(0, 4))):
        x, top = rng.uniform(0, 2 * SIDE, 2)
        draw.rectangle((x, top, x + rng.uniform(20, 200), top + rng.uniform(10, 120)), fill=tuple(int(c) for c in rng.uniform(0, 255, 3)))
    height = rng.uniform(5, 16)
    while y < 2 * SIDE:
        x = rng.uniform(0, 30)
        while x < rng.uniform(0.4, 1) * 2 * SIDE:
            width = rng.uniform(0.3, 0.9) * height
            draw.rectangle((x, y, x + width, y + rng.uniform(0.5, 1) * height), outline=(int(ink),) * 3)
            x += width + (height if rng.random() < 0.15 else 2)
        y += height * rng.uniform(1.4, 2.2)
    return np.asarray(image.resize((SIDE, SIDE), Image.BOX)).transpose(2, 0, 1) / 255


def strange(rng):
    """One frame, uint8 [3, SIDE, SIDE]; `rng` is numpy's."""
    draw = (lambda r: fractal(r, r.uniform(0.7, 2.2)), leaves, leaves, light, writing)[rng.integers(5)]
    picture = draw(rng)
    return torch.from_numpy((picture * 255).astype(np.uint8))


if __name__ == "__main__":
    rng = np.random.default_rng(3)
    rows = [torch.cat([strange(rng) for _ in range(8)], 2) for _ in range(6)]
    Image.fromarray(torch.cat(rows, 1).permute(1, 2, 0).numpy()).save(sys.argv[1])
