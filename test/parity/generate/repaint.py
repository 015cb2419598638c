"""Edits by RePaint: diffusers' own class and its order of steps, and algorithm 1 of the paper with the steps of diffusers' schedulers."""

import diffusers
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, HeunDiscreteScheduler, RePaintScheduler

from . import models
from .editing import StableDiffusion, row
from .pictures import synthetic_frames
from .pipelines import PROMPT
from .reference_file import ReferenceFile

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
# Pixels and latents of the region: the autoencoder makes one place of eight by eight pixels.
BOX, PLACES = {"x": 16, "y": 24, "width": 32, "height": 24}, (slice(3, 6), slice(2, 6))


class PaperRePaint(RePaintScheduler):
    """diffusers' RePaint that goes up by the noise between two levels, in one draw; its own takes the betas of the stretch above. Nothing is drawn for the clean level."""

    def undo_step(self, sample, timestep, generator=None):
        apart = self.config.num_train_timesteps // self.num_inference_steps
        below = self.alphas_cumprod[timestep - apart] if timestep >= apart else self.one
        kept = self.alphas_cumprod[timestep] / below
        return kept.sqrt() * sample + (1 - kept).sqrt() * torch.randn(sample.shape, generator=generator)

    def step(self, output, timestep, sample, original, mask, generator=None):
        before = generator.get_state()
        stepped = super().step(output, timestep, sample, original, mask, generator)
        if timestep == 0:
            generator.set_state(before)
        return stepped


def by_class(net: StableDiffusion, source, mask, steps: int, jump: int, times: int, scale: float, generator):
    """The loop of diffusers' RePaintPipeline, by a network of latents; jumps of one level, which it draws noise for one by one, are the same as ours."""
    scheduler = PaperRePaint(**BETAS, eta=0.0, clip_sample=False)
    scheduler.set_timesteps(steps, jump, times)
    sample, last = torch.randn(source.shape, generator=generator), scheduler.timesteps[0] + 1
    for t in scheduler.timesteps:
        if t < last:
            sample = scheduler.step(net.predict(sample, t, PROMPT, scale), t, sample, source, 1 - mask, generator).prev_sample
        else:
            sample = scheduler.undo_step(sample, last, generator)
        last = t
    return sample


def order_of(steps: int, jump: int, times: int) -> list[int]:
    """The steps that diffusers' class takes down, 0 the noisiest."""
    scheduler = RePaintScheduler()
    scheduler.set_timesteps(steps, jump, times)
    levels = (scheduler.timesteps // (1000 // steps)).tolist()
    return [steps - 1 - level for level, before in zip(levels, [steps] + levels) if level < before]


def by_paper(net: StableDiffusion, source, mask, make_scheduler, steps: int, kept: int, jump: int, times: int, scale: float, generator, eta=None):
    """Algorithm 1 with any scheduler; a jump goes over several levels in one draw."""

    def begin_at(step):
        scheduler = make_scheduler()
        scheduler.set_timesteps(steps)
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index((steps - kept + step) * scheduler.order)
        return scheduler

    scheduler = begin_at(0)
    timesteps, order, first = scheduler.timesteps, scheduler.order, (steps - kept) * scheduler.order

    def level(entry):
        """Shares of clean sample and noise, as the scheduler keeps its latents."""
        if entry == len(timesteps):
            return torch.tensor(1.0), torch.tensor(0.0)
        if isinstance(scheduler, (EulerDiscreteScheduler, HeunDiscreteScheduler)):
            return torch.tensor(1.0), scheduler.sigmas[entry]
        alpha = scheduler.alphas_cumprod[timesteps[entry]]
        return alpha.sqrt(), (1 - alpha).sqrt()

    noise = torch.randn(source.shape, generator=generator)
    signal, deviation = level(first)
    latents = noise * scheduler.init_noise_sigma if kept == steps else signal * source + deviation * noise
    before, place = -1, first
    for step in order_of(kept, jump, times):
        if step != before + 1:
            (had, noisy), (has, noisier) = level(place), level(first + step * order)
            share = has / had
            scheduler, place = begin_at(step), first + step * order
            latents = share * latents + (noisier**2 - (share * noisy) ** 2).sqrt() * torch.randn(source.shape, generator=generator)
        before = step
        for place in range(place, min(place + order, len(timesteps))):
            t = timesteps[place]
            predicted = net.predict(scheduler.scale_model_input(latents, t), t, PROMPT, scale)
            options = {"eta": eta, "generator": generator} if eta is not None else {}
            unknown = scheduler.step(predicted, t, latents, **options).prev_sample
            has, noisier = level(place + 1)
            known = source if noisier == 0 else has * source + noisier * torch.randn(source.shape, generator=generator)
            latents = mask * unknown + (1 - mask) * known
        place += 1
    return latents


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file, rows = ReferenceFile("repaint"), []
    for title, seed, frames, steps, kept, jump, times, scale, scheduler, config, eta in (
        ("diffusers' class, one level at a time", 781, 1, 6, 6, 1, 3, 3.0, DDIMScheduler, {"set_alpha_to_one": True, "steps_offset": 0}, None),
        ("eta 1, two frames, several levels at a time", 782, 2, 8, 8, 3, 3, 4.0, DDIMScheduler, {}, 1.0),
        ("from the noised source", 783, 2, 8, 5, 2, 2, 2.0, DDIMScheduler, {}, 0.5),
        ("Euler", 784, 1, 6, 6, 2, 3, 3.0, EulerDiscreteScheduler, {}, None),
        ("a scheduler of second order", 785, 1, 5, 5, 2, 2, 3.0, HeunDiscreteScheduler, {}, None),
        ("a scheduler that remembers", 786, 2, 6, 5, 2, 2, 2.0, DPMSolverMultistepScheduler, {}, None),
        ("no resampling", 787, 1, 5, 5, 2, 1, 3.0, DDIMScheduler, {}, None),
    ):
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        mask = torch.zeros(1, 1, *source.shape[2:])
        mask[0, 0, PLACES[0], PLACES[1]] = 1
        if title.startswith("diffusers'"):
            latents = by_class(net, source, mask, steps, jump, times, scale, generator)
        else:
            make_scheduler = lambda kind=scheduler, config=config: kind.from_config({**models.scheduler().config, **config})
            latents = by_paper(net, source, mask, make_scheduler, steps, kept, jump, times, scale, generator, eta)
        settings = {"num_inference_steps": steps, "strength": kept / steps + 1e-3 * (kept < steps), "guidance_scale": scale, "jumpLength": jump, "jumpNSample": times}
        rows.append(row(title, "repaint", seed, file.add(pictures), file.add(latents), **settings, **({"eta": eta} if eta is not None else {}), region=BOX,
                        scheduler=scheduler.__name__, scheduler_config=config))
    orders = [{"steps": steps, "jump": jump, "times": times, "order": order_of(steps, jump, times)}
              for steps, jump, times in ((20, 2, 4), (20, 10, 10), (7, 3, 2), (25, 5, 3), (5, 4, 2), (3, 1, 10), (9, 2, 1))]
    file.save({"diffusers": diffusers.__version__, "stable_diffusion": rows, "orders": orders})
