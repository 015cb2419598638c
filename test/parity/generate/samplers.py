"""Every case of the further schedulers run by diffusers, with a small function in the model's place; the samples are as small as can be."""

import contextlib
import warnings

import diffusers
import numpy as np
import torch

from .precision import ROUNDING, correctly_rounded, differ, in_double, noise_of_single_precision
from .reference_file import ReferenceFile
from .sampler_cases import all_cases
from .schedulers import wave

SHAPE = [1, 4, 2, 3]


def learned(sample: torch.Tensor, t) -> torch.Tensor:
    """A model that predicts its variance, too: how far it lies between the least and the most, -1 to 1."""
    output = wave(sample, t)
    return torch.cat([output, torch.sin(3 * output)], dim=1)


def construct(row: dict):
    """The scheduler of one case."""
    config = dict(row["config"])
    config.pop("learned", None)
    if isinstance(config.get("tau_func"), list):
        tau, low, high = config["tau_func"]
        config["tau_func"] = lambda t: tau if low <= t <= high else 0
    # A Brownian motion over sigma tells the last digit of sigma apart.
    with correctly_rounded() if row.get("noisy") else contextlib.nullcontext():
        return getattr(diffusers, row["scheduler"])(**config)


def prepare(row: dict, count: int):
    """The same with its timesteps set. Some take long to construct; the single-step solver changes its settings as it goes."""
    kept = row.get("made")
    scheduler = kept if kept is not None and row["scheduler"] != "DPMSolverSinglestepScheduler" else construct(row)
    row["made"] = scheduler
    own = dict(row["set_timesteps"])
    if "timesteps" not in own and "sigmas" not in own:
        own["num_inference_steps"] = count
    if "sigmas" in own:
        own["sigmas"] = np.array(own["sigmas"])
    if row["scheduler"] in ("FlowMatchEulerDiscreteScheduler", "FlowMatchLCMScheduler") and "timesteps" in own:
        own["num_inference_steps"] = None
    with correctly_rounded() if row.get("noisy") else contextlib.nullcontext():
        scheduler.set_timesteps(**own)
    return scheduler


def loop(scheduler, timesteps, sample: torch.Tensor, model, step: dict, dtype) -> tuple:
    """The loop of a pipeline: the clean sample predicted half-way, and the sample at the end."""
    options = dict(step)
    if "seed" in options:
        options["generator"] = torch.Generator("cpu").manual_seed(options.pop("seed"))
    sample, original = sample.to(dtype), None
    paints = type(scheduler).__name__ == "RePaintScheduler"
    brownian = type(scheduler).__name__ == "DPMSolverSDEScheduler"
    if paints:
        options["original_image"] = torch.full_like(sample, 0.25)
        options["mask"] = (torch.arange(sample.numel()) % 2).to(dtype).reshape(sample.shape)
    last = None
    for index, t in enumerate(timesteps):
        if last is not None and t > last:
            with noise_of_single_precision():
                sample = scheduler.undo_step(sample, last, options["generator"])
            last = t
            continue
        last = t if paints else None
        prediction = model(scheduler.scale_model_input(sample, t), t).to(torch.float32)
        with noise_of_single_precision(), correctly_rounded() if brownian else contextlib.nullcontext():
            output = scheduler.step(prediction.to(dtype), t, sample, **options)
        sample = output.prev_sample
        if index == len(timesteps) // 2:
            original = getattr(output, "pred_original_sample", None)
    return original, sample


def reference_of_run(file: ReferenceFile, row: dict, count: int, noise: torch.Tensor, clean: torch.Tensor) -> dict:
    scheduler = prepare(row, count)
    begin = row["begin"]
    # diffusers would begin at the second of equal timesteps and run out of sigmas.
    twice = int((scheduler.timesteps == scheduler.timesteps[0]).sum()) > 1 and hasattr(scheduler, "set_begin_index")
    if (begin is not None or twice) and hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin or 0)
    timesteps = scheduler.timesteps[begin or 0 :]
    model = learned if row["config"].get("learned") else wave
    sample = noise * scheduler.init_noise_sigma if begin is None else 0.6 * clean + 0.7 * noise
    reference = {"steps": count, "t": file.add(scheduler.timesteps.to(torch.float64))}
    if begin is None and twice:
        reference["begin"] = 0
    sigmas = getattr(scheduler, "sigmas", None)
    if sigmas is not None and row["scheduler"] != "IPNDMScheduler":
        reference["s"] = file.add(sigmas)
    adds = getattr(scheduler, "add_noise", None)
    if begin is not None and adds and row["scheduler"] != "IPNDMScheduler":
        reference["noised"] = file.add(scheduler.add_noise(clean, noise, timesteps[:1]))
    single = loop(scheduler, timesteps, sample, model, row["step"], torch.float32)
    original, end = single
    if original is not None:
        reference["x0"] = file.add(original)
    assert bool(torch.isfinite(end).all()), f"{row['scheduler']} {row['title']} {count} gave values that are not finite"
    reference["x"] = file.add(end)

    if row.get("noisy"):
        # In double precision a Brownian motion would be looked at elsewhere.
        return reference
    exact = prepare(row, count)
    if (begin is not None or twice) and hasattr(exact, "set_begin_index"):
        exact.set_begin_index(begin or 0)
    in_double(exact)
    double = loop(exact, timesteps, sample, model, row["step"], torch.float64)
    rounding = differ(single, double)
    if rounding > ROUNDING:
        reference["exact"] = {key: file.add(value) for key, value in zip(("x0", "x"), double) if value is not None}
        reference["rounding"] = float(f"{rounding:.1e}")
    return reference


def make() -> None:
    warnings.filterwarnings("ignore")
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("samplers")
    generator = torch.Generator("cpu").manual_seed(2025)
    noise = torch.randn(SHAPE, generator=generator)
    clean = 0.5 * torch.randn(SHAPE, generator=generator)
    cases = []
    for row in all_cases():
        runs = [reference_of_run(file, row, count, noise, clean) for count in row["steps"]]
        cases.append({**{key: row[key] for key in ("scheduler", "title", "config", "set_timesteps", "step", "begin", "noisy") if key in row}, "runs": runs})
    file.save({"diffusers": diffusers.__version__, "noise": file.add(noise), "clean": file.add(clean), "cases": cases})
