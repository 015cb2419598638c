"""
The full loops of diffusers' own scheduler tests (tests/schedulers), whose sums and means those tests assert: the fixed sample, the model
`sample * t / (t + 1)`, ten steps, seed 0. The values are made anew by running diffusers.
"""

import inspect
import json
import warnings

import diffusers
import torch

from .precision import ROUNDING, correctly_rounded, differ, in_double, noise_of_single_precision
from .reference_file import FOLDER
from .schedulers import anchor_sample, ratio

V = {"prediction_type": "v_prediction"}
UNSCALED = ("CMStochasticIterativeScheduler", "EDMEulerScheduler")
SIGMAS = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
SPACINGS = ("linspace", "leading", "trailing")
LINEAR = {"num_train_timesteps": 1000, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"}
DIFFUSION = {"num_train_timesteps": 1100, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"}
LATENT = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.0120, "beta_schedule": "scaled_linear"}
SOLVER = {**LINEAR, "solver_order": 2}
ZERO = {"rescale_betas_zero_snr": True}


def row(scheduler: str, title: str, config: dict, **more) -> dict:
    """`start`: the step from which the noised sample runs, counted in steps; `seed`: None draws nothing; `every`: all trained timesteps."""
    return {"scheduler": scheduler, "title": title, "config": config, "steps": 10, "set_timesteps": {}, "step": {}, "start": None, "seed": 0, **more}


def sigma_rows(name: str, config: dict, *, flags=SIGMAS, spacings=SPACINGS, v=True, sample=True, noise=True, order=1, **more) -> list[dict]:
    rows = [row(name, "no noise", config, **more)]
    rows += [row(name, "v", {**config, **V}, **more)] if v else []
    rows += [row(name, "sample", {**config, "prediction_type": "sample"}, **more)] if sample else []
    rows += [row(name, flag, {**config, flag: True}, **more) for flag in flags]
    rows += [row(name, f"{flag}, v", {**config, **V, flag: True}, **more) for flag in flags if v]
    rows += [row(name, spacing, {**config, "timestep_spacing": spacing}, **more) for spacing in spacings]
    rows += [row(name, "with noise", config, start=8, **more)] if noise else []
    return rows


def all_rows() -> list[dict]:
    ddim = {**LINEAR, "clip_sample": True}
    rows = []
    for name in ("DDIMScheduler",):
        rows += sigma_rows(name, ddim, flags=(), seed=None)
        rows += [row(name, f"set_alpha_to_one {one}", {**ddim, "set_alpha_to_one": one, "beta_start": 0.01}, seed=None) for one in (True, False)]
        rows += [row(name, f"zero terminal SNR, {spacing}", {**ddim, **V, **ZERO, "timestep_spacing": spacing}, seed=None) for spacing in SPACINGS[1:]]
        rows += [row(name, f"eta {eta}", ddim, step={"eta": eta}) for eta in (0.5, 1.0)]
        rows += [row(name, "thresholding", {**ddim, "thresholding": True, "sample_max_value": 2.0}, seed=None)]
    rows += [row("DDIMInverseScheduler", title, {**ddim, **config}, seed=None) for title, config in (
        ("no noise", {}), ("v", V), ("set_alpha_to_one", {"set_alpha_to_one": True, "beta_start": 0.01}), ("not", {"set_alpha_to_one": False, "beta_start": 0.01}), ("trailing", {"timestep_spacing": "trailing"}))]
    ddpm = {**LINEAR, "variance_type": "fixed_small", "clip_sample": True}
    rows += [row("DDPMScheduler", title, {**ddpm, **config}, every=True, **more) for title, config, more in (
        ("no noise", {}, {}), ("v", V, {}), ("sample", {"prediction_type": "sample"}, {}), ("fixed_large", {"variance_type": "fixed_large"}, {}), ("with noise", {}, {"start": 998}))]
    rows += [row("DDPMScheduler", "own timesteps", ddpm, set_timesteps={"timesteps": [100, 87, 50, 1, 0]}), row("DDPMScheduler", "zero terminal SNR", {**ddpm, **V, **ZERO, "timestep_spacing": "trailing"})]
    rows += [row("PNDMScheduler", title, {**LINEAR, **config}, seed=None, **more) for title, config, more in (
        ("no noise", {}, {}), ("v", V, {}), ("set_alpha_to_one", {"set_alpha_to_one": True, "beta_start": 0.01}, {}), ("not", {"set_alpha_to_one": False, "beta_start": 0.01}, {}),
        ("PLMS", {"skip_prk_steps": True}, {}), ("PLMS, v", {**V, "skip_prk_steps": True}, {}), ("trailing", {"timestep_spacing": "trailing"}, {}), ("linspace", {"timestep_spacing": "linspace"}, {}))]
    rows += sigma_rows("LMSDiscreteScheduler", DIFFUSION, seed=None)
    rows += [row("LMSDiscreteScheduler", f"order {order}", DIFFUSION, step={"order": order}, seed=None) for order in (1, 2, 3)]
    rows += sigma_rows("EulerDiscreteScheduler", DIFFUSION)
    rows += [row("EulerDiscreteScheduler", title, {**DIFFUSION, **config}, **more) for title, config, more in (
        ("zero terminal SNR", {**V, **ZERO}, {}), ("own timesteps", {}, {"set_timesteps": {"timesteps": [1000, 800, 600, 400, 200, 1]}}), ("own sigmas", {}, {"set_timesteps": {"sigmas": [20.0, 10.0, 4.0, 1.0, 0.2, 0.0]}}),
        ("churn", {}, {"step": {"s_churn": 2.0}}), ("log-linear", {"interpolation_type": "log_linear"}, {}), ("sigma_min", {"final_sigmas_type": "sigma_min"}, {}), ("continuous", {**V, "timestep_type": "continuous"}, {}))]
    rows += sigma_rows("EulerAncestralDiscreteScheduler", DIFFUSION, flags=(), sample=False)
    rows += [row("EulerAncestralDiscreteScheduler", "zero terminal SNR", {**DIFFUSION, **V, **ZERO})]
    rows += sigma_rows("HeunDiscreteScheduler", DIFFUSION, order=2)
    rows += [row("HeunDiscreteScheduler", "clipped", {**DIFFUSION, "clip_sample": True}), row("HeunDiscreteScheduler", "own timesteps", DIFFUSION, set_timesteps={"timesteps": [1000, 800, 600, 400, 200, 1]})]
    for name in ("KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler"):
        rows += sigma_rows(name, DIFFUSION, sample=False)
    rows += sigma_rows("DPMSolverSDEScheduler", {**DIFFUSION, "noise_sampler_seed": 0}, sample=False, seed=None)
    for name, extra in (("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_type": "midpoint", "lower_order_final": False, "euler_at_final": False, "final_sigmas_type": "sigma_min"}), ("DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver++", "solver_type": "midpoint", "final_sigmas_type": "sigma_min"})):
        config = {**SOLVER, **extra}
        rows += sigma_rows(name, config, spacings=SPACINGS if "Multi" in name else (), noise=False, seed=None)
        rows += [row(name, "with noise", config, start=5, seed=None)]
        rows += [row(name, "thresholding", {**config, "thresholding": True, "dynamic_thresholding_ratio": 0.87, "sample_max_value": 0.5}, seed=None)]
        rows += [row(name, f"order {order}, {solver}, {kind}", {**config, "solver_order": order, "solver_type": solver, "prediction_type": kind}, seed=None) for order in (1, 2, 3) for solver in ("midpoint", "heun") for kind in ("epsilon", "v_prediction")]
        rows += [row(name, "sde-dpmsolver++", {**config, "algorithm_type": "sde-dpmsolver++"})]
        rows += [row(name, "dpmsolver", {**config, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}, seed=None)]
    rows += [row("DPMSolverMultistepScheduler", title, {**SOLVER, **config}, seed=None) for title, config in (
        ("lu, v", {**V, "use_lu_lambdas": True}), ("lu", {"use_lu_lambdas": True}), ("zero terminal SNR", {**V, **ZERO}), ("flow", {"use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": 3.0}), ("euler_at_final", {"euler_at_final": True}))]
    rows += sigma_rows("DPMSolverMultistepInverseScheduler", {**SOLVER, "algorithm_type": "dpmsolver++", "solver_type": "midpoint", "lower_order_final": False}, noise=False, seed=None)
    rows += [row("DPMSolverMultistepInverseScheduler", "thresholding", {**SOLVER, "thresholding": True, "dynamic_thresholding_ratio": 0.87, "sample_max_value": 0.5}, seed=None)]
    for name, config in (("DEISMultistepScheduler", SOLVER), ("UniPCMultistepScheduler", {**SOLVER, "solver_type": "bh2", "final_sigmas_type": "sigma_min"})):
        rows += sigma_rows(name, config, noise=False, seed=None)
        rows += [row(name, "with noise", config, start=8, seed=None)]
        rows += [row(name, f"order {order}", {**config, "solver_order": order}, seed=None) for order in (1, 3)]
        rows += [row(name, "thresholding", {**config, "thresholding": True, "sample_max_value": 0.5}, seed=None)]
    rows += [row("UniPCMultistepScheduler", title, {**SOLVER, **config}, seed=None) for title, config in (("bh1", {"solver_type": "bh1", "final_sigmas_type": "sigma_min"}), ("final zero", {}), ("noise", {"predict_x0": False, "final_sigmas_type": "sigma_min"}), ("zero terminal SNR", {**V, **ZERO}))]
    sa = {**LINEAR, "predictor_order": 2, "corrector_order": 2}
    rows += sigma_rows("SASolverScheduler", sa, spacings=(), v=False)
    rows += [row("SASolverScheduler", "v", {**sa, **V}), row("SASolverScheduler", "thresholding", {**sa, "thresholding": True, "sample_max_value": 0.5})]
    lcm = {**LATENT, "prediction_type": "epsilon"}
    rows += [row("LCMScheduler", f"{steps} steps", lcm, steps=steps) for steps in (1, 2, 4, 10)]
    rows += [row("LCMScheduler", "own timesteps", lcm, set_timesteps={"timesteps": [899, 699, 499, 299]}), row("LCMScheduler", "v", {**lcm, **V}), row("LCMScheduler", "clipped", {**lcm, "clip_sample": True})]
    rows += [row("TCDScheduler", title, {**LATENT, **config}, **more) for title, config, more in (
        ("no noise", {}, {"step": {"eta": 0.0}}), ("four steps", {}, {"steps": 4, "step": {"eta": 0.0}}), ("one step", {}, {"steps": 1, "step": {"eta": 0.0}}), ("eta 0.3", {}, {}), ("own timesteps", {}, {"set_timesteps": {"timesteps": [899, 699, 499, 299]}, "step": {"eta": 0.0}}), ("v", V, {"step": {"eta": 0.0}}))]
    rows += [row("IPNDMScheduler", f"{steps} steps", {"num_train_timesteps": 1000}, steps=steps, seed=None) for steps in (1, 4, 10)]
    rows += [row("EDMEulerScheduler", title, {"num_train_timesteps": 256, "sigma_min": 0.002, "sigma_max": 80.0, **config}, **more) for title, config, more in (
        ("no noise", {}, {"seed": None}), ("v", V, {"seed": None}), ("exponential", {"sigma_schedule": "exponential"}, {"seed": None}), ("churn", {}, {"step": {"s_churn": 3.0}}))]
    edm = {"sigma_min": 0.002, "sigma_max": 80.0, "sigma_data": 0.5, "num_train_timesteps": 1000, "solver_order": 2}
    rows += [row("EDMDPMSolverMultistepScheduler", title, {**edm, **config}, seed=0 if "sde" in title else None) for title, config in (
        ("no noise", {}), ("v", V), ("order 1", {"solver_order": 1}), ("order 3", {"solver_order": 3}), ("heun", {"solver_type": "heun"}), ("sde", {"algorithm_type": "sde-dpmsolver++"}), ("thresholding", {"thresholding": True, "dynamic_thresholding_ratio": 0.87, "sample_max_value": 0.5}), ("exponential", {"sigma_schedule": "exponential"}))]
    cm = {"num_train_timesteps": 201, "sigma_min": 0.002, "sigma_max": 80.0}
    rows += [row("CMStochasticIterativeScheduler", title, cm, steps=1 if "one" in title else 10, **more) for title, more in (("one step", {}), ("ten steps", {}), ("own timesteps", {"set_timesteps": {"timesteps": [106, 0]}}))]
    rows += [row("FlowMatchEulerDiscreteScheduler", title, config, seed=None, **more) for title, config, more in (
        ("no noise", {}, {}), ("shift 3", {"shift": 3.0}, {}), ("karras", {"use_karras_sigmas": True}, {}), ("shift_terminal", {"shift": 2.0, "shift_terminal": 0.1}, {}), ("mu", {"use_dynamic_shifting": True}, {"set_timesteps": {"mu": 0.8}}))]
    rows += [row("FlowMatchHeunDiscreteScheduler", f"shift {shift}", {"shift": shift}, seed=None) for shift in (1.0, 3.0)]
    rows += [row("FlowMatchLCMScheduler", f"shift {shift}", {"shift": shift}) for shift in (1.0, 3.0)]
    rows += [row("SCMScheduler", title, {}, steps=steps, set_timesteps={} if steps == 2 else {"intermediate_timesteps": None}) for title, steps in (("one step", 1), ("two steps", 2), ("ten steps", 10))]
    return rows


def noise_sample() -> torch.Tensor:
    """The fixed noise of diffusers' own tests: the fixed sample counted backwards."""
    return (torch.arange(4 * 3 * 8 * 8).flip(-1) / (4 * 3 * 8 * 8)).reshape(3, 8, 8, 4).permute(3, 0, 1, 2).contiguous()


@correctly_rounded()
def loop(case: dict, dtype) -> torch.Tensor:
    scheduler = getattr(diffusers, case["scheduler"])(**case["config"])
    own = dict(case["set_timesteps"])
    if "timesteps" not in own and "sigmas" not in own or case["scheduler"] == "SCMScheduler":
        own["num_inference_steps"] = case["config"]["num_train_timesteps"] if case.get("every") else case["steps"]
    scheduler.set_timesteps(**own)
    options = dict(case["step"])
    if case["seed"] is not None:
        options["generator"] = torch.Generator("cpu").manual_seed(case["seed"])
    if "generator" not in inspect.signature(scheduler.step).parameters:
        options.pop("generator", None)
    timesteps = scheduler.timesteps[:-1] if case["scheduler"] == "SCMScheduler" else scheduler.timesteps
    order = getattr(scheduler, "order", 1)
    first = (case["start"] or 0) * order
    sample = anchor_sample() * getattr(scheduler, "init_noise_sigma", 1.0)
    if case["start"] is not None:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        sample = scheduler.add_noise(sample, noise_sample(), timesteps[first : first + 1])
    sample = sample.to(dtype)
    if dtype == torch.float64:
        in_double(scheduler)
    for t in timesteps[first:]:
        scaled = scheduler.scale_model_input(sample, t) if hasattr(scheduler, "scale_model_input") else sample
        if case["scheduler"] not in UNSCALED:
            # Those tests make the step from the scaled sample, too.
            sample = scaled
        with noise_of_single_precision():
            sample = scheduler.step(ratio(scaled, t).to(torch.float32).to(dtype), t, sample, **options).prev_sample
    return sample


def make() -> None:
    warnings.filterwarnings("ignore")
    diffusers.logging.set_verbosity_error()
    lines = []
    for case in all_rows():
        end = loop(case, torch.float32)
        if case["scheduler"] != "DPMSolverSDEScheduler":
            double = loop(case, torch.float64)
            end = double if differ([end], [double]) > ROUNDING else end
        size = end.double().abs()
        if not bool(torch.isfinite(size).all()):
            print("not finite:", case)
            continue
        lines.append(json.dumps({**case, "sum": float(f"{size.sum():.9g}"), "mean": float(f"{size.mean():.9g}")}))
    (FOLDER / "fullLoops.json").write_text("[\n  " + ",\n  ".join(lines) + "\n]\n", encoding="utf-8")
    print(f"fullLoops: {len(lines)} loops, {2 * len(lines)} values")
