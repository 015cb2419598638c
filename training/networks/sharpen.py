"""The last part of the decoder: outlines become steep and areas plain, by mean shift. There is nothing to train in it."""
import torch
import torch.nn as nn
import torch.nn.functional as F

import settings

FINE = dict(reach=3, times=4, contrast=0.4, least=0.06, window=9, wide=2.0, narrow=1.2)
COARSE = dict(cell=4, reach=5, times=3, colours=0.15, most=0.15)
DETAILED = 0.1              # power of the details at which a picture counts as a real one, mostly
FALLING = 0.1               # deviation of what falls (without weather below .2, and where flakes are above 2.5)


class Gathered(nn.Module):
    """The mean of the colours around each pixel, weighted by how near they are to its own: one step of mean shift (Comaniciu
    and Meer, 2002), over a disc. All neighbours are fetched by one convolution, since a graph that fetches each with nodes of
    its own takes a runtime seconds to load."""

    def __init__(self, reach):
        super().__init__()
        place = [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1) if x * x + y * y <= reach * reach + 1]
        step = torch.zeros(len(place), 1, 2 * reach + 1, 2 * reach + 1)
        for at, (y, x) in zip(step, place):
            at[0, reach + y, reach + x] += 1
            at[0, reach, reach] -= 1
        self.reach = reach
        self.register_buffer("step", step.repeat(3, 1, 1, 1), persistent=False)
        self.register_buffer("far", torch.tensor([0.5 * (x * x + y * y) for y, x in place]).view(1, -1, 1, 1), persistent=False)

    def forward(self, x, sharp, near):
        """Pictures [n, 3, H, W]; by `sharp`, 1 / (2 σ²) of colours, and `near`, 1 / σ² of places, distances are weighed."""
        around = F.conv2d(F.pad(x, (self.reach,) * 4, mode="replicate"), self.step, groups=3).unflatten(1, (3, -1))
        weight = (around.square().sum(1) * -sharp - self.far * near).exp()
        return x + (around * weight[:, None]).sum(2) / weight.sum(1, keepdim=True)


class Sharpen(nn.Module):
    """Pictures [n, 3, H, W] in −1 … 1, and the latents [n, channels, H/8, W/8] that they were decoded from, to pictures.

    Latents that a sampler leaves are decoded softly, since the decoder learned to draw the mean of all that could be meant.
    Drawings have few colours, each plain: so every pixel goes to the colour that is most frequent around it among those
    like its own. How much is alike is taken from the contrast around the pixel; so faint outlines become steep as well.
    Blotches larger than that reaches are taken out at a quarter of the size first, as far as they are faint. Colours only
    come from near by, and like frames stay alike.

    Where the latents have details, which only encoded pictures have, the picture knows better: nothing is done to
    blotches, and only the nearest colours count. There the filter costs no PSNR. Where the latents have something that
    falls, faint drops would be taken for blotches: nothing is done to those either."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = Gathered(FINE["reach"]), Gathered(COARSE["reach"])

    def forward(self, picture, latents):
        picture = picture.clamp(-1, 1)
        around = lambda x: F.max_pool2d(x, 3, 1, 1)
        falls = around(latents[:, settings.PICTURE:settings.BASE].abs().amax(1, keepdim=True))
        free = (-around(latents[:, settings.BASE:].square().mean(1, keepdim=True)) / DETAILED).exp()
        free, calm = F.interpolate(torch.cat([free, free * (-(falls / FALLING).square()).exp()], 1),
                                   scale_factor=float(settings.FACTOR), mode="bilinear").split(1, 1)
        return self.steep(picture + calm * self.plain(picture), free)

    def plain(self, picture):
        """What takes faint blotches out."""
        small = F.avg_pool2d(picture, COARSE["cell"])
        plain = small
        for _ in range(COARSE["times"]):
            plain = self.coarse(plain, 0.5 / COARSE["colours"] ** 2, 1 / COARSE["reach"] ** 2)
        return F.interpolate((plain - small).clamp(-COARSE["most"], COARSE["most"]), scale_factor=float(COARSE["cell"]), mode="bilinear")

    def steep(self, picture, free):
        """Steep outlines; on `free` [n, 1, H, W], 0 … 1, it depends how far colours may come."""
        near = (FINE["narrow"] + free * (FINE["wide"] - FINE["narrow"])).pow(-2)
        half = FINE["window"] // 2
        mean = lambda x: F.avg_pool2d(F.pad(x, (half,) * 4, mode="replicate"), FINE["window"], 1)
        for _ in range(FINE["times"]):
            spread = (mean(picture.square().sum(1, keepdim=True)) - mean(picture).square().sum(1, keepdim=True)).clamp(min=0)
            picture = self.fine(picture, 0.5 / (FINE["contrast"] ** 2 * spread + FINE["least"] ** 2), near)
        return picture
