"""Every scheduler case run by diffusers with two small functions in the model's place."""

import warnings

import diffusers
import torch

from .precision import ROUNDING, differ, in_double, noise_of_single_precision
from .reference_file import ReferenceFile
from .scheduler_cases import all_cases

SHAPE = [2, 4, 4, 4]
ANCHOR_STEPS = 10
KEPT_AFTER = {1, 2, 3, 5, 10}


def wave(sample: torch.Tensor, t) -> torch.Tensor:
    """A smooth stand-in for a model that depends on the sample, on time and on nothing else."""
    return torch.tanh(0.8 * sample + 0.3 * torch.sin(0.01 * torch.as_tensor(t, dtype=torch.float32)))


def ratio(sample: torch.Tensor, t) -> torch.Tensor:
    """The stand-in of diffusers' own scheduler tests."""
    return sample * t / (t + 1)


def anchor_sample() -> torch.Tensor:
    """The fixed sample of diffusers' own scheduler tests, [batch 4, channels 3, 8, 8]."""
    return (torch.arange(4 * 3 * 8 * 8) / (4 * 3 * 8 * 8)).reshape(3, 8, 8, 4).permute(3, 0, 1, 2).contiguous()


def prepare(row: dict, count: int):
    """The scheduler of one case with its timesteps set."""
    scheduler = getattr(diffusers, row["scheduler"])(**row["config"])
    own = row["set_timesteps"]
    if "timesteps" in own or "sigmas" in own:
        scheduler.set_timesteps(**own)
    else:
        scheduler.set_timesteps(count, **own)
    return scheduler


def starts_twice(timesteps: torch.Tensor) -> bool:
    """Whether the first timestep occurs again: diffusers would then start at the second and run out of sigmas."""
    return len(timesteps) > 1 and bool(timesteps[0] == timesteps[1])


def run(row: dict, count: int, start: torch.Tensor, model) -> dict:
    """One loop in single precision, or, where that costs more than the tests allow, in double."""
    single, double = (loop(row, count, start, model, dtype) for dtype in (torch.float32, torch.float64))
    return double if differ([*single["after"], single["original"]], [*double["after"], double["original"]]) > ROUNDING else single


def loop(row: dict, count: int, start: torch.Tensor, model, dtype) -> dict:
    """One loop as a pipeline runs it; with `begin`, as an image-to-image pipeline runs it."""
    scheduler = prepare(row, count)
    timesteps = scheduler.timesteps
    begin = row["begin"]
    if begin is not None or starts_twice(timesteps):
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(begin or 0)
        timesteps = timesteps[begin or 0 :]
    options = dict(row["step"])
    if "seed" in options:
        options["generator"] = torch.Generator("cpu").manual_seed(options.pop("seed"))
    sample = (start * scheduler.init_noise_sigma if begin is None else start).to(dtype)
    if dtype == torch.float64:
        in_double(scheduler)
    after, scaled, original = [], None, None
    for index, t in enumerate(timesteps):
        model_input = scheduler.scale_model_input(sample, t)
        if index == 0:
            scaled = model_input.clone()
        prediction = model(model_input, t).to(torch.float32).to(dtype)
        with noise_of_single_precision():
            output = scheduler.step(prediction, t, sample, **options)
        sample = output.prev_sample
        x0 = getattr(output, "pred_original_sample", getattr(output, "denoised", None))
        if index == min(4, len(timesteps) - 1):
            original = x0
        after.append(sample)
    assert bool(torch.isfinite(sample).all()), f"{row['scheduler']} {row['title']} gave values that are not finite"
    return {"scheduler": scheduler, "scaled": scaled, "after": after, "original": original, "original_at": min(4, len(timesteps) - 1)}


def reference_of_run(file: ReferenceFile, row: dict, count: int, noise: torch.Tensor, clean: torch.Tensor) -> dict:
    scheduler = prepare(row, count)
    timesteps = scheduler.timesteps
    begin = row["begin"]
    at = begin if begin is not None else min(3, len(timesteps) - 1)
    if begin is not None and hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin)
    # DDIM's inverse has no add_noise: it finds noise, it adds none.
    noised = scheduler.add_noise(clean, noise, timesteps[at : at + 1].repeat(SHAPE[0])) if hasattr(scheduler, "add_noise") else None
    start = noise if begin is None else noised
    done = run(row, count, start, wave)
    kept = [i for i in range(len(done["after"])) if i + 1 in KEPT_AFTER or i == len(done["after"]) - 1]
    reference = {
        "steps": count,
        "begin_index": begin if begin is not None else 0 if starts_twice(timesteps) else None,
        "timesteps": file.add(timesteps.to(torch.float64)),
        "init_noise_sigma": float(scheduler.init_noise_sigma),
        "add_noise": None if noised is None else {"at": at, "value": file.add(noised)},
        "scaled": file.add(done["scaled"]),
        "after": [{"step": i + 1, "value": file.add(done["after"][i])} for i in kept],
    }
    sigmas = getattr(scheduler, "sigmas", None)
    if sigmas is not None:
        reference["sigmas"] = file.add(sigmas)
    if done["original"] is not None:
        reference["original"] = {"step": done["original_at"] + 1, "value": file.add(done["original"])}
    if count == ANCHOR_STEPS and begin is None:
        final = run(row, count, anchor_sample(), ratio)["after"][-1]
        reference["anchor"] = {
            "sum": float(final.abs().sum(dtype=torch.float64)),
            "first": file.add(final.flatten()[:16]),
            "max": float(final.abs().max()),
        }
    return reference


def make() -> None:
    warnings.filterwarnings("ignore", category=FutureWarning)
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("schedulers")
    generator = torch.Generator("cpu").manual_seed(2024)
    noise = torch.randn(SHAPE, generator=generator)
    clean = 0.5 * torch.randn(SHAPE, generator=generator)
    cases = []
    for row in all_cases():
        runs = [reference_of_run(file, row, count, noise, clean) for count in row["steps"]]
        cases.append({**{key: row[key] for key in ("scheduler", "title", "config", "set_timesteps", "step", "begin")}, "runs": runs})
    file.save({"diffusers": diffusers.__version__, "noise": file.add(noise), "clean": file.add(clean), "cases": cases})
