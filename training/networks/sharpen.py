"""The last part of the decoder: outlines become steep and areas plain, by mean shift. There is nothing to train in it."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import settings

FINE = dict(reach=3, times=4, contrast=0.4, least=0.06, window=9, wide=2.0, narrow=1.2)
COARSE = dict(cell=4, reach=5, times=3, colours=0.15, most=0.15)
DETAILED = 0.1              # power of the details at which a picture counts as a real one, mostly


def gathered(x, guide, colours, place):
    """One step of mean shift (Comaniciu and Meer, 2002): the mean of the colours of `x` [n, 3, H, W] around each pixel, weighted
    by how near they are to `guide`, in units of `colours`; `place` are a weight's (dy, dx, exponent of its distance)."""
    reach, (height, width) = max(abs(y) for y, _, _ in place), x.shape[-2:]
    around, total, weights = F.pad(x, (reach,) * 4, mode="replicate"), 0, 0
    sharp = -0.5 / colours.square() if torch.is_tensor(colours) else -0.5 / colours ** 2
    for dy, dx, far in place:
        there = around[:, :, reach + dy:reach + dy + height, reach + dx:reach + dx + width]
        weight = ((there - guide).square().sum(1, keepdim=True) * sharp - far).exp()
        total, weights = total + weight * there, weights + weight
    return total / weights


def disc(reach):
    """Steps (dy, dx) to all places within `reach`."""
    return [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1) if x * x + y * y <= reach * reach + 1]


class Sharpen(nn.Module):
    """Pictures [n, 3, H, W] in −1 … 1, and the latents [n, channels, H/8, W/8] that they were decoded from, to pictures.

    Latents that a sampler leaves are decoded softly, since the decoder learned to draw the mean of all that could be meant.
    Drawings have few colours, each plain: so every pixel goes to the colour that is most frequent around it among those
    like its own. How much is alike is taken from the contrast around the pixel; so faint outlines become steep as well.
    Blotches larger than that reaches are taken out at a quarter of the size first, as far as they are faint. Colours only
    come from near by, and like frames stay alike.

    Where the latents have details, which only encoded pictures have, the picture knows better: nothing is done to
    blotches, and only the nearest colours count. There the filter costs no PSNR."""

    def forward(self, picture, latents):
        picture = picture.clamp(-1, 1)
        power = F.max_pool2d(latents[:, settings.BASE:].square().mean(1, keepdim=True), 3, 1, 1)
        free = F.interpolate((-power / DETAILED).exp(), scale_factor=float(settings.FACTOR), mode="bilinear")
        return self.fine(picture + free * self.coarse(picture), free)

    def coarse(self, picture):
        """What takes faint blotches out."""
        config = COARSE
        small = F.avg_pool2d(picture, config["cell"])
        plain, place = small, [(y, x, (x * x + y * y) / (2 * config["reach"] ** 2)) for y, x in disc(config["reach"])]
        for _ in range(config["times"]):
            plain = gathered(plain, plain, config["colours"], place)
        return F.interpolate((plain - small).clamp(-config["most"], config["most"]), scale_factor=float(config["cell"]), mode="bilinear")

    def fine(self, picture, free):
        """Steep outlines; of `free` [n, 1, H, W], 0 … 1, it depends how far colours may come."""
        config = FINE
        near = 0.5 / (config["narrow"] + free * (config["wide"] - config["narrow"])).square()
        place = [(y, x, (x * x + y * y) * near) for y, x in disc(config["reach"])]
        mean = lambda x: F.avg_pool2d(F.pad(x, (config["window"] // 2,) * 4, mode="replicate"), config["window"], 1)
        for _ in range(config["times"]):
            spread = (mean(picture.square().sum(1, keepdim=True)) - mean(picture).square().sum(1, keepdim=True)).clamp(min=0)
            picture = gathered(picture, picture, (config["contrast"] ** 2 * spread + config["least"] ** 2).sqrt(), place)
        return picture
