"""Edits by which the frames of a picture model hang together, Pix2Video and RAVE: few lines of PyTorch after the papers and their authors' code."""

import copy

import diffusers
import torch

from . import models, tiny_models
from .editing import SOURCE_PROMPT, StableDiffusion, row
from .pictures import synthetic_frames
from .pipelines import NEGATIVE, PROMPT
from .reference_file import ReferenceFile
from .steering import SOURCES, OtherFrames


class Schedule:
    """DDIM both ways over `steps` levels."""

    def __init__(self, steps: int):
        scheduler = models.scheduler()
        scheduler.set_timesteps(steps)
        self.timesteps, self.alphas = scheduler.timesteps.tolist(), scheduler.alphas_cumprod.double()
        self.apart = scheduler.config.num_train_timesteps // steps

    def alpha(self, timestep: int) -> torch.Tensor:
        return self.alphas[max(timestep, 0)]

    def invert(self, net: StableDiffusion, source: torch.Tensor, kept: int) -> torch.Tensor:
        latents = source
        for t in reversed(self.timesteps[-kept:]):
            latents = self.moved(latents, net.predict(latents, t, SOURCE_PROMPT, 1), self.alpha(t - self.apart), self.alpha(t))[0]
        return latents

    def moved(self, latents, noise, at, to):
        clean = (latents - (1 - at).sqrt() * noise) / at.sqrt()
        return (to.sqrt() * clean + (1 - to).sqrt() * noise).float(), clean.float()


def guided(unet, net: StableDiffusion, latents, t, scale, frames):
    told, plain = (unet(latents, t, net.embed(text)[:1].expand(frames, -1, -1)).sample for text in (PROMPT, NEGATIVE))
    return plain + scale * (told - plain)


def pix2video(net, source, steps, kept, scale, weight, until):
    schedule, unet = Schedule(steps), copy.deepcopy(tiny_models.unet())
    unet.set_attn_processor(OtherFrames(SOURCES["first,previous"]))
    latents, frames = schedule.invert(net, source, kept), len(source)
    for i, t in list(enumerate(schedule.timesteps))[-kept:]:
        latents, clean = schedule.moved(latents, guided(unet, net, latents, t, scale, frames), schedule.alpha(t), schedule.alpha(t - schedule.apart))
        if i < until * steps:
            for frame in range(1, frames):
                with torch.enable_grad():
                    predicted = clean[frame].clone().requires_grad_(True)
                    (weight * torch.nn.functional.mse_loss(clean[frame - 1], predicted)).backward()
                latents[frame] -= predicted.grad
    return latents


def grids(cells: torch.Tensor, side: int) -> torch.Tensor:
    rows = [torch.cat(list(cells[i:i + side]), dim=2) for i in range(0, len(cells), side)]
    return torch.stack([torch.cat(rows[i:i + side], dim=1) for i in range(0, len(rows), side)])


def cells(pictures: torch.Tensor, side: int) -> torch.Tensor:
    return torch.cat([part for picture in pictures for band in picture.chunk(side, dim=1) for part in [torch.stack(band.chunk(side, dim=2))]])


def rave(net, source, steps, kept, scale, side, generator):
    schedule, unet = Schedule(steps), tiny_models.unet()
    latents, frames = schedule.invert(net, source, kept), len(source)
    count = -(-frames // side**2) * side**2
    for t in schedule.timesteps[-kept:]:
        order = torch.randperm(frames, generator=generator).tolist()
        shown = [order[i % frames] for i in range(count)]
        predicted = cells(guided(unet, net, grids(latents[shown], side), t, scale, count // side**2), side)
        noise = torch.stack([predicted[shown.index(frame)] for frame in range(frames)])
        latents, _ = schedule.moved(latents, noise, schedule.alpha(t), schedule.alpha(t - schedule.apart))
    return latents


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file, rows = ReferenceFile("clipEdits"), []
    for seed, frames, steps, kept, scale, weight, until in ((761, 3, 6, 6, 3.0, 10.0, 0.5), (762, 4, 5, 3, 2.0, 40.0, 1.0)):
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        latents = pix2video(net, source, steps, kept, scale, weight, until)
        own = {"updateScale": 2 * weight / source[0].numel(), "updateSteps": until}
        rows.append(row(f"{frames} frames, {kept} of {steps} steps", "pix2video", seed, file.add(pictures), file.add(latents),
                        num_inference_steps=steps, strength=kept / steps + 1e-3 * (kept < steps), guidance_scale=scale, **own))
    for seed, frames, steps, kept, scale, side in ((771, 4, 4, 4, 3.0, 2), (772, 5, 5, 3, 2.0, 2), (773, 2, 4, 4, 2.0, 1)):
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        latents = rave(net, source, steps, kept, scale, side, generator)
        rows.append(row(f"{frames} frames in grids of {side} × {side}, {kept} of {steps} steps", "rave", seed, file.add(pictures), file.add(latents),
                        num_inference_steps=steps, strength=kept / steps + 1e-3 * (kept < steps), guidance_scale=scale, gridSize=side))
    file.save({"diffusers": diffusers.__version__, "stable_diffusion": rows})
