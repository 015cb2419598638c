"""Backgrounds drawn by program: plain colours, patterns, gradients and twelve places, several of each.

`Scenes` draws all of them once, as uint8 canvases [3, SIDE, CANVAS]; the camera moves over the extra width.
"""
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import grammar
import settings

CANVAS = settings.SIDE * 3 // 2
DRAWN = 2                               # drawn at twice the size, then halved: smooth edges
RGB = {"red": (222, 48, 48), "orange": (245, 140, 40), "yellow": (250, 214, 60), "green": (60, 170, 80),
       "blue": (58, 120, 225), "purple": (140, 75, 200), "pink": (246, 130, 180), "white": (250, 250, 250),
       "black": (22, 22, 24), "gray": (140, 142, 146)}


def jitter(rgb, rng, by=12):
    return tuple(int(np.clip(c + rng.integers(-by, by + 1), 0, 255)) for c in rgb)


def vertical(top, bottom, width, height):
    """A vertical gradient image."""
    t = np.linspace(0, 1, height)[:, None, None]
    line = np.array(top) * (1 - t) + np.array(bottom) * t
    return Image.fromarray(np.broadcast_to(line, (height, width, 3)).astype(np.uint8))


def hills(draw, w, h, rng, base, height, colour, waves=3):
    """A rolling silhouette from `base` (share of the height) to the bottom."""
    phase = rng.uniform(0, 2 * math.pi, waves)
    length = rng.uniform(0.7, 2.2, waves)
    xs = np.arange(0, w + 8, 8)
    ys = base * h - height * h * sum(np.sin(xs / w * 2 * math.pi * l + p) for l, p in zip(length, phase)) / waves
    draw.polygon([(0, h), *zip(xs.tolist(), ys.tolist()), (w + 8, h)], fill=colour)


def pattern(name, w, h, rng):
    """Checks, stripes, dots and gradients."""
    kind, *colours = name.split()
    first = np.array(jitter(RGB[colours[0]], rng), float)
    white = np.array(RGB["white"], float)
    x, y = np.meshgrid(np.arange(w), np.arange(h))
    if kind == "checks":
        size = rng.integers(28, 44)
        dx, dy = rng.integers(0, 40, 2)
        on = ((x + dx) // size + (y + dy) // size) % 2
    elif kind == "stripes":
        angle = rng.choice([0, math.pi / 4, math.pi / 2, -math.pi / 4])
        on = np.sin((x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / rng.uniform(44, 64)) > 0
    elif kind == "dots":
        size = rng.integers(36, 52)
        row = y // size
        cx = (x + (row % 2) * size / 2) % size - size / 2
        on = np.hypot(cx, y % size - size / 2) > size * 0.27
    else:
        angle = rng.uniform(-0.6, 0.6) + math.pi / 2
        t = (x / w - 0.5) * math.cos(angle) + (y / h - 0.5) * math.sin(angle) + 0.5
        t = np.clip(t, 0, 1)[..., None]
        return Image.fromarray((first * (1 - t) + np.array(RGB[colours[1]]) * t).astype(np.uint8))
    return Image.fromarray(np.where(on[..., None], first, white).astype(np.uint8))


def stars(draw, w, h, rng, count):
    for _ in range(count):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(1.8, 3.6)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 250, int(rng.integers(190, 256))))


def place(name, w, h, rng):
    """One of the twelve places."""
    u = rng.uniform
    if name == "night":
        image = vertical(jitter((16, 20, 62), rng, 6), jitter((48, 52, 116), rng, 8), w, h)
        draw = ImageDraw.Draw(image)
        stars(draw, w, h, rng, 36)
        x, y, r = u(0.1, 0.9) * w, u(0.12, 0.25) * h, u(14, 20)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(246, 240, 200))
    elif name == "space":
        image = vertical((10, 6, 22), jitter((26, 8, 44), rng, 6), w, h)
        glow = Image.new("RGB", (w, h))
        for _ in range(4):
            x, y, r = u(0, w), u(0, h), u(40, 90)
            ImageDraw.Draw(glow).ellipse((x - r, y - r, x + r, y + r), fill=jitter((80, 24, 96), rng, 20))
        image = Image.fromarray(np.clip(np.asarray(image, int) + np.asarray(glow.filter(ImageFilter.GaussianBlur(36)), int), 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        stars(draw, w, h, rng, 44)
        x, y, r = u(0.1, 0.9) * w, u(0.15, 0.85) * h, u(16, 26)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=jitter((214, 150, 90), rng, 25))
    elif name == "meadow":
        image = vertical(jitter((110, 184, 245), rng), jitter((205, 232, 250), rng), w, h)
        draw = ImageDraw.Draw(image)
        for _ in range(4):
            x, y, r = u(0, w), u(0.08, 0.3) * h, u(12, 20)
            for k in range(-1, 2):
                draw.ellipse((x + k * r - r, y - r * (1.2 - abs(k) * 0.4), x + k * r + r, y + r * 0.8), fill=(255, 255, 255))
        hills(draw, w, h, rng, 0.62, 0.06, jitter((122, 196, 92), rng))
        hills(draw, w, h, rng, 0.76, 0.05, jitter((84, 168, 66), rng))
    elif name == "sea":
        image = vertical(jitter((140, 205, 245), rng), jitter((214, 238, 250), rng), w, h)
        draw = ImageDraw.Draw(image)
        for k, base in enumerate((0.52, 0.66, 0.8)):
            hills(draw, w, h, rng, base, 0.02, jitter((44 - 8 * k, 128 - 22 * k, 205 - 18 * k), rng, 5), 2)
    elif name == "sunset":
        image = vertical(jitter((110, 60, 140), rng), jitter((255, 170, 70), rng), w, h)
        draw = ImageDraw.Draw(image)
        x, y, r = u(0.3, 0.7) * w, u(0.62, 0.72) * h, u(34, 46)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 226, 120))
        hills(draw, w, h, rng, 0.84, 0.03, jitter((70, 34, 66), rng))
    elif name == "desert":
        image = vertical(jitter((250, 200, 130), rng), jitter((255, 232, 180), rng), w, h)
        draw = ImageDraw.Draw(image)
        hills(draw, w, h, rng, 0.6, 0.09, jitter((228, 172, 92), rng), 2)
        hills(draw, w, h, rng, 0.78, 0.07, jitter((206, 144, 66), rng), 2)
    elif name == "snowfield":
        image = vertical(jitter((170, 200, 230), rng), jitter((224, 236, 246), rng), w, h)
        draw = ImageDraw.Draw(image)
        for _ in range(7):
            x, s = u(0, w), u(0.7, 1.2)
            draw.polygon([(x, 0.62 * h - 70 * s), (x - 24 * s, 0.66 * h), (x + 24 * s, 0.66 * h)], fill=jitter((70, 110, 110), rng))
        hills(draw, w, h, rng, 0.66, 0.04, (240, 246, 252))
        hills(draw, w, h, rng, 0.82, 0.04, (222, 232, 244))
    elif name == "city":
        image = vertical(jitter((150, 190, 225), rng), jitter((226, 226, 220), rng), w, h)
        draw = ImageDraw.Draw(image)
        x = -u(0, 30)
        while x < w:
            wide, top = u(40, 64), u(0.18, 0.55) * h
            draw.rectangle((x, top, x + wide, 0.84 * h), fill=jitter([(150, 120, 120), (110, 126, 150), (170, 150, 120)][rng.integers(3)], rng))
            for wx in np.arange(x + 8, x + wide - 12, 16):
                for wy in np.arange(top + 10, 0.78 * h, 22):
                    draw.rectangle((wx, wy, wx + 7, wy + 10), fill=(250, 232, 160))
            x += wide + 2
        draw.rectangle((0, 0.84 * h, w, h), fill=(96, 98, 104))
    elif name == "forest":
        image = vertical(jitter((150, 200, 150), rng), jitter((90, 150, 90), rng), w, h)
        draw = ImageDraw.Draw(image)
        for depth in range(3):
            shade = (60 - 12 * depth, 120 - 24 * depth, 62 - 12 * depth)
            for x in np.arange(-20 + u(0, 30), w + 30, 46 + 8 * depth):
                base, tall = (0.68 + 0.1 * depth) * h, u(90, 130) + 20 * depth
                draw.rectangle((x - 5, base - 30, x + 5, base + 16), fill=(92, 62, 40))
                for k in range(3):
                    y, half = base - 14 - tall * k * 0.24, 32 - 7 * k
                    draw.polygon([(x, y - tall * 0.42), (x - half, y), (x + half, y)], fill=jitter(shade, rng, 5))
        draw.rectangle((0, 0.9 * h, w, h), fill=(64, 92, 44))
    elif name == "underwater":
        image = vertical(jitter((50, 160, 200), rng), jitter((12, 62, 120), rng), w, h)
        draw = ImageDraw.Draw(image)
        for _ in range(12):
            x, y, r = u(0, w), u(0, 0.85) * h, u(4, 10)
            draw.ellipse((x - r, y - r, x + r, y + r), outline=(190, 232, 245), width=3)
        hills(draw, w, h, rng, 0.88, 0.02, jitter((196, 174, 120), rng))
        for _ in range(6):
            x = u(0, w)
            points = [(x + 7 * math.sin(k * 1.2), 0.93 * h - k * 11) for k in range(int(u(4, 8)))]
            draw.line(points, fill=jitter((40, 140, 80), rng), width=8)
    elif name == "road":
        image = vertical(jitter((140, 200, 245), rng), jitter((220, 236, 246), rng), w, h)
        draw = ImageDraw.Draw(image)
        hills(draw, w, h, rng, 0.55, 0.04, jitter((112, 178, 92), rng))
        draw.rectangle((0, 0.64 * h, w, 0.94 * h), fill=jitter((84, 86, 92), rng, 6))
        offset = u(0, 60)
        for x in np.arange(-offset, w, 64):
            draw.rectangle((x, 0.775 * h, x + 34, 0.8 * h), fill=(246, 240, 220))
        draw.rectangle((0, 0.94 * h, w, h), fill=jitter((100, 164, 80), rng))
    else:  # beach
        image = vertical(jitter((130, 205, 248), rng), jitter((210, 238, 250), rng), w, h)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0.44 * h, w, 0.66 * h), fill=jitter((44, 150, 200), rng, 8))
        hills(draw, w, h, rng, 0.64, 0.02, (235, 246, 250), 2)
        hills(draw, w, h, rng, 0.67, 0.02, jitter((240, 214, 150), rng, 8), 2)
    return image


def draw_background(name, rng):
    """A canvas uint8 [3, SIDE, CANVAS] for a background label of the grammar."""
    w, h = CANVAS * DRAWN, settings.SIDE * DRAWN
    if name.startswith("plain"):
        image = Image.new("RGB", (w, h), jitter(RGB[name.split()[1]], rng, 8))
    elif name in grammar.PLACES:
        image = place(name, w, h, rng)
    else:
        image = pattern(name, w, h, rng)
    image = image.resize((CANVAS, settings.SIDE), Image.BOX)
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


class Scenes:
    """All backgrounds, `variants` of each."""

    def __init__(self, seed=0, variants=24):
        rng = np.random.default_rng(seed)
        self.canvases = {name: [draw_background(name, rng) for _ in range(variants)] for name in grammar.BACKGROUNDS}

    def pick(self, name, rng):
        return rng.choice(self.canvases[name])
