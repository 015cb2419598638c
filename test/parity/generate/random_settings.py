"""Random settings of every scheduler class run by diffusers; settings that it refuses are kept as such."""

import argparse
import collections
import warnings

import diffusers
import torch

from . import samplers
from .random_cases import random_cases
from .reference_file import ReferenceFile
from .precision import ROUNDING, correctly_rounded, differ, in_double
from .samplers import SHAPE, learned
from .schedulers import wave

PER_CLASS = 12


def prepare(row: dict):
    """The scheduler with its timesteps set, and those of them that run."""
    scheduler = samplers.construct(row)
    own = dict(row["set_timesteps"])
    if row["scheduler"] == "EDMEulerScheduler" and "sigmas" in own:
        own["sigmas"] = torch.tensor(own["sigmas"], dtype=torch.float64)
    if row["scheduler"] == "SCMScheduler":
        own["num_inference_steps"] = len(own["timesteps"]) - 1 if "timesteps" in own else row["steps"]
    elif "timesteps" not in own and "sigmas" not in own:
        own["num_inference_steps"] = row["steps"]
    elif row["scheduler"] == "UniPCMultistepScheduler" or ("FlowMatch" in row["scheduler"] and "sigmas" in own):
        own["num_inference_steps"] = row["steps"]
    scheduler.set_timesteps(**own)
    timesteps = scheduler.timesteps[:-1] if row["scheduler"] == "SCMScheduler" else scheduler.timesteps
    return scheduler, timesteps


@correctly_rounded()
def run(row: dict, noise: torch.Tensor, clean: torch.Tensor, dtype) -> dict:
    scheduler, timesteps = prepare(row)
    begin = row["begin"]
    done = {"t": timesteps.to(torch.float64), "s": getattr(scheduler, "sigmas", None)}
    if begin is not None and begin >= len(timesteps):
        begin = len(timesteps) - 1
        row["begin"] = begin
    twice = int((timesteps == timesteps[0]).sum()) > 1
    if hasattr(scheduler, "set_begin_index"):
        if begin is not None or twice:
            scheduler.set_begin_index(begin or 0)
            done["begin_index"] = begin or 0
    if dtype == torch.float64:
        in_double(scheduler)
    sample = noise * getattr(scheduler, "init_noise_sigma", 1.0) if begin is None else 0.6 * clean + 0.7 * noise
    if not hasattr(scheduler, "scale_model_input"):
        scheduler.scale_model_input = lambda sample, t: sample
    model = learned if row["config"].get("learned") else wave
    done["x0"], done["x"] = samplers.loop(scheduler, timesteps[begin or 0 :], sample, model, row["step"], dtype)
    return done


def reference_of(file: ReferenceFile, row: dict, noise: torch.Tensor, clean: torch.Tensor) -> dict | None:
    """What diffusers does; None where it gives values that are not finite."""
    try:
        single = run(row, noise, clean, torch.float32)
    except (ValueError, NotImplementedError) as error:
        return {"refused": f"{type(error).__name__}: {str(error)[:120]}"}
    except Exception as error:  # noqa: BLE001: it does not refuse, it breaks
        print(f"{row['scheduler']} breaks: {type(error).__name__}: {str(error)[:120]}")
        return None
    if not bool(torch.isfinite(single["x"]).all()) or not bool(torch.isfinite(single["t"]).all()):
        return None
    reference = {"t": file.add(single["t"]), "x": file.add(single["x"])}
    if single["s"] is not None and row["scheduler"] != "IPNDMScheduler":
        reference["s"] = file.add(single["s"])
    if row["begin"] is None and "begin_index" in single:
        reference["begin_index"] = single["begin_index"]
    if row["scheduler"] in ("DPMSolverSDEScheduler", "CosineDPMSolverMultistepScheduler"):
        return reference
    try:
        double = run(row, noise, clean, torch.float64)
    except Exception as error:  # noqa: BLE001
        print("double precision fails:", row["scheduler"], row["config"], type(error).__name__, str(error)[:200])
        return reference
    rounding = differ([single["x"]], [double["x"]])
    if rounding > ROUNDING:
        reference["exact"] = {"x": file.add(double["x"])}
        reference["rounding"] = float(f"{rounding:.1e}")
    return reference


def make(per_class: int = PER_CLASS, first: int = 0, name: str = "randomSettings") -> None:
    warnings.filterwarnings("ignore")
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile(name)
    generator = torch.Generator("cpu").manual_seed(2026)
    noise = torch.randn(SHAPE, generator=generator)
    clean = 0.5 * torch.randn(SHAPE, generator=generator)
    cases, left_out = [], collections.Counter()
    for row in random_cases(per_class, first):
        reference = reference_of(file, row, noise, clean)
        if reference is None:
            left_out[row["scheduler"]] += 1
        else:
            cases.append({**row, **reference})
    print("left out, since diffusers' values are not finite:", dict(left_out))
    file.save({"diffusers": diffusers.__version__, "noise": file.add(noise), "clean": file.add(clean), "cases": cases})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-class", type=int, default=PER_CLASS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--name", default="randomSettings")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with torch.no_grad():
        make(options.per_class, options.first, options.name)
