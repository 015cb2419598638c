"""Draws captioned clips: a sticker with a colour and a size that moves over a scene, seen by a camera, under an effect.

`Renderer.clip(attributes, rng)` gives frames uint8 [FRAMES, 3, SIDE, SIDE] and the sticker's mask.
`python clips.py sheet.png` draws a contact sheet to look at.
"""
import json
import math
import random
import sys

import numpy as np
import torch
import torch.nn.functional as F

import grammar
import settings
from scenes import CANVAS, Scenes

HUE = {"red": 0, "orange": 28, "yellow": 50, "green": 125, "blue": 215, "purple": 275, "pink": 330}
SIZE = {"small": (0.34, 0.38), "medium": (0.48, 0.54), "big": (0.67, 0.74)}


def hsv_to_rgb(h, s, v):
    """Hue in degrees, saturation and value 0-1, arrays; float RGB."""
    def channel(n):
        k = (n + h / 60) % 6
        return v - v * s * np.clip(np.minimum(k, 4 - k), 0, 1)
    return np.stack([channel(5), channel(3), channel(1)], -1)


def recolour(rgba, colour):
    """Gives a drawing one hue. Coloured parts take the hue; if they are few, white parts are tinted as well."""
    rgb, alpha = rgba[..., :3] / 255, rgba[..., 3:] / 255
    value, low = rgb.max(-1), rgb.min(-1)
    saturation = (value - low) / np.maximum(value, 1e-6)
    visible = alpha[..., 0] > 0.5
    coloured = (saturation > 0.22) & (value > 0.25)
    pale = (coloured & visible).sum() < 0.35 * visible.sum()
    if colour == "gray":
        luma = rgb @ np.array([0.3, 0.59, 0.11])
        out = np.where((coloured | pale)[..., None], (luma * 0.75 + 0.1)[..., None].repeat(3, -1), rgb)
    else:
        hue = np.full_like(value, HUE[colour])
        strong = np.clip(saturation * 1.1 + 0.15, 0, 0.9 if colour != "pink" else 0.55)
        bright = value if colour in ("blue", "purple", "green") else np.clip(value * 1.05 + 0.05, 0, 1)
        if colour in ("green", "blue", "purple"):
            bright = bright * 0.9
        out = np.where(coloured[..., None], hsv_to_rgb(hue, strong, bright), rgb)
        if pale:
            tint = hsv_to_rgb(hue, np.full_like(value, 0.6 if colour != "pink" else 0.42), np.full_like(value, 0.97))
            light = (~coloured) & (value > 0.3)
            out = np.where(light[..., None], tint * value[..., None], out)
    return np.concatenate([out, alpha], -1)


def load_bank(folder):
    """Premultiplied float RGBA tensors [4, side, side] by (subject, colour): one for every drawing."""
    meta = json.loads((folder / "bank.json").read_text())
    side = meta["side"]
    raw = np.frombuffer((folder / "bank.rgba").read_bytes(), np.uint8).reshape(-1, side, side, 4).astype(np.float64)
    bank = {}
    for drawing, rgba in zip(meta["drawings"], raw):
        for colour in grammar.COLOURS:
            image = rgba / 255 if colour == "natural" else recolour(rgba, colour)
            image = np.concatenate([image[..., :3] * image[..., 3:], image[..., 3:]], -1)
            tensor = torch.tensor(image.transpose(2, 0, 1), dtype=torch.float32)
            bank.setdefault((drawing["subject"], colour), []).append(F.pad(tensor, (2, 2, 2, 2)))
    return bank


def path(motion, size, p, rng):
    """Centre x, y (-1..1), scale and angle of the sticker at positions p in 0..1."""
    x0, y0 = rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1)
    x, y, scale, angle = np.full_like(p, x0), np.full_like(p, y0), np.full_like(p, size), np.zeros_like(p)
    reach = rng.uniform(0.42, 0.54)
    if motion in ("left", "right"):
        x = x0 * 0.5 + (1 if motion == "right" else -1) * reach * (2 * p - 1)
    elif motion in ("up", "down"):
        y = y0 * 0.5 + (1 if motion == "down" else -1) * reach * (2 * p - 1)
    elif motion in ("grow", "shrink"):
        change = rng.uniform(0.5, 0.56)
        way = p if motion == "grow" else 1 - p
        scale = size * 1.12 * (change + (1 - change) * way)
    elif motion == "spin":
        angle = 2 * math.pi * p * rng.uniform(0.85, 1.0)
    elif motion == "bounce":
        y = y0 * 0.4 + 0.24 - rng.uniform(0.42, 0.56) * np.abs(np.sin(2 * math.pi * p + 0.25))
    return x, y, scale, angle


class Renderer:
    def __init__(self, seed=0, variants=10):
        self.bank = load_bank(settings.HOME / "bank")
        self.scenes = Scenes(seed, variants)

    def clip(self, a, rng, frames=settings.FRAMES):
        """Frames uint8 [frames, 3, SIDE, SIDE] and mask float [frames, 1, SIDE, SIDE] for attributes `a`."""
        shown, _, mask = self.layers(a, rng, frames)
        return (shown * 255 + 0.5).to(torch.uint8), mask

    def layers(self, a, rng, frames=settings.FRAMES):
        """What `clip` draws, as floats 0..1: the frames, the same frames without what falls in them, and the mask."""
        side, p = settings.SIDE, np.linspace(0, 1, frames) if frames > 1 else np.array([rng.random()])
        x, y, scale, angle = path(a["motion"], rng.uniform(*SIZE[a["size"]]), p, rng)
        background, zoom = self.background(a, p, rng, frames)
        x, y, scale = x * zoom, y * zoom, scale * zoom
        cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
        theta = np.stack([cos, sin, -(x * cos + y * sin), -sin, cos, -(-x * sin + y * cos)], -1).reshape(-1, 2, 3)
        sticker = rng.choice(self.bank[a["subject"], a["colour"]])
        grid = F.affine_grid(torch.tensor(theta, dtype=torch.float32), (frames, 4, side, side), align_corners=False)
        if scale.max() < 0.6:
            sticker = F.avg_pool2d(sticker, 2)
        layer = F.grid_sample(sticker.expand(frames, -1, -1, -1), grid, align_corners=False)
        picture = background * (1 - layer[:, 3:]) + layer[:, :3]
        clear = self.look(picture, a["effect"])
        shown = self.falling(clear, a["effect"], p, rng) if a["effect"] in grammar.FALLING else clear
        return shown.clamp(0, 1), clear.clamp(0, 1), layer[:, 3:]

    def background(self, a, p, rng, frames):
        """Background [frames or 1, 3, SIDE, SIDE] in 0..1 and the camera's zoom per frame."""
        canvas = torch.from_numpy(self.scenes.pick(a["background"], rng)).float().div(255)
        spare = CANVAS - settings.SIDE
        if a["camera"] == "none":
            left = rng.randrange(spare + 1)
            return canvas[None, :, :, left:left + settings.SIDE], np.ones_like(p)
        zoom = 1 + 0.4 * p if a["camera"] == "zoom in" else np.ones_like(p)
        travel = {"pan left": 0.5 - p, "pan right": p - 0.5, "zoom in": 0 * p}[a["camera"]] * spare
        share, shift = settings.SIDE / CANVAS, 2 * travel / CANVAS
        theta = np.zeros((frames, 2, 3))
        theta[:, 0, 0], theta[:, 0, 2], theta[:, 1, 1] = share / zoom, shift, 1 / zoom
        grid = F.affine_grid(torch.tensor(theta, dtype=torch.float32), (frames, 3, settings.SIDE, settings.SIDE), align_corners=False)
        return F.grid_sample(canvas.expand(frames, -1, -1, -1), grid, padding_mode="border", align_corners=False), zoom

    def look(self, picture, effect):
        """Whole-frame looks; rain darkens."""
        if effect == "rain":
            return picture * 0.8
        if effect not in ("gray", "sepia", "fog"):
            return picture
        luma = (picture * torch.tensor([0.3, 0.59, 0.11])[:, None, None]).sum(1, keepdim=True)
        if effect == "gray":
            return luma.expand(-1, 3, -1, -1)
        if effect == "sepia":
            return (luma * torch.tensor([1.05, 0.85, 0.62])[:, None, None] + torch.tensor([0.08, 0.05, 0.02])[:, None, None])
        return picture * 0.45 + 0.55 * torch.tensor([0.83, 0.85, 0.87])[:, None, None]

    def falling(self, picture, effect, p, rng):
        """Snow and rain over a picture: they fall two or three strides a clip."""
        seed = np.random.default_rng(rng.getrandbits(32))
        side = settings.SIDE
        fx, fy = seed.uniform(0, side, 26), seed.uniform(0, side, 26)
        speed = seed.uniform(40, 60, 26) if effect == "snow" else seed.uniform(120, 160, 26)
        drawn = np.zeros((len(p), side, side), np.float32)
        for f, t in enumerate(p):
            xs, ys = (fx + (6 * np.sin(6 * t + fy) if effect == "snow" else -20 * t)) % side, (fy + speed * t) % side
            for cx, cy in zip(xs.astype(int), ys.astype(int)):
                if effect == "snow":
                    drawn[f, max(cy - 2, 0):cy + 2, max(cx - 2, 0):cx + 2] = 1
                else:
                    drawn[f, max(cy - 9, 0):cy + 1, cx:cx + 2] = 0.75
        layer = torch.from_numpy(drawn)[:, None]
        colour = torch.tensor([1.0, 1.0, 1.0] if effect == "snow" else [0.6, 0.75, 0.95])[:, None, None]
        return picture * (1 - layer) + colour * layer


def sheet(rows, name):
    """Saves clips, one a row, as one picture."""
    from PIL import Image
    lines = [torch.cat(list(frames), -1) for frames in rows]
    Image.fromarray(torch.cat(lines, 1).permute(1, 2, 0).numpy()).save(name)


if __name__ == "__main__":
    import time
    rng = random.Random(5)
    renderer = Renderer(variants=3)
    start, rows = time.time(), []
    for _ in range(14):
        a = grammar.sample_attributes(rng)
        rows.append(renderer.clip(a, rng)[0])
        print(grammar.caption(a, rng))
    print(f"{(time.time() - start) / 14 / settings.FRAMES * 1000:.1f} ms a frame")
    sheet(rows, sys.argv[1])
