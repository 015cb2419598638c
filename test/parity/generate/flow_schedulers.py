"""Schedulers of flow matching, EDM and consistency models run by diffusers, with two small functions in the model's place."""

import diffusers
import torch

from .flow_cases import all_cases
from .precision import ROUNDING, differ, in_double, noise_of_single_precision
from .reference_file import ReferenceFile
from .schedulers import ANCHOR_STEPS, anchor_sample, ratio, wave

SHAPE = [2, 1, 4, 4]
KEPT_AFTER = {1, 2}


def prepare(row: dict, count: int):
    """The scheduler of one case, its timesteps set, and those of its timesteps at which the model is called."""
    scheduler = getattr(diffusers, row["scheduler"])(**row["config"])
    own = dict(row["set_timesteps"])
    if row["scheduler"] == "EDMEulerScheduler" and "sigmas" in own:
        own["sigmas"] = torch.tensor(own["sigmas"], dtype=torch.float64)
    if row["scheduler"] == "SCMScheduler" and count != 2:
        # Without this diffusers refuses its own defaults for any run but one of two steps.
        own.setdefault("intermediate_timesteps", None)
    if row["scheduler"] == "CMStochasticIterativeScheduler" and "timesteps" in own:
        scheduler.set_timesteps(**own)
    else:
        scheduler.set_timesteps(count, **own)
    # The last entry of SCM's is where the run ends.
    timesteps = scheduler.timesteps[:-1] if row["scheduler"] == "SCMScheduler" else scheduler.timesteps
    if row["begin"] is not None:
        scheduler.set_begin_index(row["begin"])
    return scheduler, timesteps


def noised(scheduler, clean: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor | None:
    """The forward process, by whichever name the class has it; SCM's has none."""
    if hasattr(scheduler, "add_noise"):
        return scheduler.add_noise(clean, noise, t.repeat(len(clean)))
    if hasattr(scheduler, "scale_noise"):
        return scheduler.scale_noise(clean, t if "Heun" in type(scheduler).__name__ else t.repeat(len(clean)), noise)
    return None


def run(row: dict, count: int, start: torch.Tensor, model) -> dict:
    """One loop in single precision, or, where that costs more than the tests allow, in double."""
    single = loop(row, count, start, model, torch.float32)
    if row["scheduler"] == "CosineDPMSolverMultistepScheduler":
        # In double precision its Brownian motion would be looked at elsewhere.
        return single
    double = loop(row, count, start, model, torch.float64)
    return double if differ([*single["after"], single["original"]], [*double["after"], double["original"]]) > ROUNDING else single


def loop(row: dict, count: int, start: torch.Tensor, model, dtype) -> dict:
    """One loop as a pipeline runs it; with `begin`, as an image-to-image pipeline runs it."""
    scheduler, timesteps = prepare(row, count)
    begin = row["begin"]
    options = dict(row["step"])
    if "seed" in options:
        options["generator"] = torch.Generator("cpu").manual_seed(options.pop("seed"))
    sample = start * getattr(scheduler, "init_noise_sigma", 1.0) if begin is None else start
    sample = sample.to(dtype)
    if dtype == torch.float64:
        in_double(scheduler)
    after, scaled, original = [], None, None
    for index, t in enumerate(timesteps[begin or 0 :]):
        model_input = scheduler.scale_model_input(sample, t) if hasattr(scheduler, "scale_model_input") else sample
        if index == 0:
            scaled = model_input.clone()
        with noise_of_single_precision():
            output = scheduler.step(model(model_input, t).to(torch.float32).to(dtype), t, sample, **options)
        sample = output.prev_sample
        original = getattr(output, "pred_original_sample", None)
        after.append(sample)
    assert bool(torch.isfinite(sample).all()), f"{row['scheduler']} {row['title']} gave values that are not finite"
    return {"scaled": scaled, "after": after, "original": original}


def reference_of_run(file: ReferenceFile, row: dict, count: int, noise: torch.Tensor, clean: torch.Tensor) -> dict:
    scheduler, timesteps = prepare(row, count)
    begin = row["begin"]
    at = begin if begin is not None else min(3, len(timesteps) - 1)
    noisy = noised(scheduler, clean, noise, timesteps[at : at + 1])
    done = run(row, count, noise if begin is None or noisy is None else noisy, wave)
    last = len(done["after"])
    kept = [step for step in range(1, last + 1) if step in KEPT_AFTER or step == last]
    reference = {
        "steps": count,
        "begin_index": begin,
        "timesteps": file.add(timesteps.to(torch.float64)),
        "init_noise_sigma": float(getattr(scheduler, "init_noise_sigma", 1.0)),
        "add_noise": None if noisy is None else {"at": at, "value": file.add(noisy)},
        "scaled": file.add(done["scaled"]),
        "after": [{"step": step, "value": file.add(done["after"][step - 1])} for step in kept],
    }
    if hasattr(scheduler, "sigmas"):
        reference["sigmas"] = file.add(scheduler.sigmas)
    if done["original"] is not None:
        reference["original"] = {"step": last, "value": file.add(done["original"])}
    if count == ANCHOR_STEPS and begin is None:
        final = run(row, count, anchor_sample(), ratio)["after"][-1]
        reference["anchor"] = {"sum": float(final.abs().sum(dtype=torch.float64)), "first": file.add(final.flatten()[:16]), "max": float(final.abs().max())}
    return reference


def per_token(file: ReferenceFile, generator: torch.Generator) -> list[dict]:
    """FlowMatchEuler with tokens at noise levels of their own, as LTX-Video conditions on frames."""
    shape = [2, 6, 5]
    timesteps = torch.tensor([[1000.0, 812.5, 500.0, 250.0, 40.0, 0.0], [999.0, 700.0, 700.0, 333.0, 100.0, 1.0]])
    sample, output = torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)
    rows = []
    for config, seed in (({"shift": 1.5}, None), ({"stochastic_sampling": True}, 53)):
        scheduler = diffusers.FlowMatchEulerDiscreteScheduler(**config)
        scheduler.set_timesteps(5)
        drawn = {} if seed is None else {"generator": torch.Generator("cpu").manual_seed(seed)}
        after = scheduler.step(output, scheduler.timesteps[0], sample, per_token_timesteps=timesteps, **drawn).prev_sample
        rows.append({"config": config, "seed": seed, "steps": 5, "timesteps": file.add(timesteps), "sample": file.add(sample),
                     "output": file.add(output), "after": file.add(after)})
    return rows


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("flowSchedulers")
    generator = torch.Generator("cpu").manual_seed(2025)
    noise = torch.randn(SHAPE, generator=generator)
    clean = 0.5 * torch.randn(SHAPE, generator=generator)
    cases = []
    for row in all_cases():
        runs = [reference_of_run(file, row, count, noise, clean) for count in row["steps"]]
        cases.append({**{key: row[key] for key in ("scheduler", "title", "config", "set_timesteps", "step", "begin")}, "runs": runs})
    file.save({"diffusers": diffusers.__version__, "noise": file.add(noise), "clean": file.add(clean), "tokens": per_token(file, generator), "cases": cases})
