"""The scheduler settings that are compared: one row each, in diffusers' own spelling."""

SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
COSINE = {"beta_schedule": "squaredcos_cap_v2"}
V = {"prediction_type": "v_prediction"}
SPACINGS = ("linspace", "leading", "trailing")

# Numbers of steps at which NumPy's arange rounds the halves of spacing `trailing` otherwise than a multiplication would.
HALVES = (48, 96, 112, 144, 176, 192)
TRAILING = {"timestep_spacing": "trailing"}
ZERO_SNR = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}

# The "align your steps" timesteps for Stable Diffusion 1.x (Sabour et al., 2024), as diffusers ships them.
ALIGN_YOUR_STEPS = [999, 850, 736, 645, 545, 455, 343, 233, 124, 24]


def case(scheduler: str, title: str, config: dict | None = None, *, set_timesteps: dict | None = None, step: dict | None = None,
         steps=(2, 10, 50), begin: int | None = None) -> dict:
    """One row. `step` may hold `seed`: the generator that `step` draws from is seeded with it once per run."""
    return {
        "scheduler": scheduler,
        "title": title,
        "config": config or {},
        "set_timesteps": set_timesteps or {},
        "step": step or {},
        "steps": list(steps),
        "begin": begin,
    }


def ddim() -> list[dict]:
    name = "DDIMScheduler"
    sd = {**SD, "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}
    rows = [case(name, "class defaults"), case(name, "Stable Diffusion", sd)]
    for spacing in SPACINGS:
        for offset in (0, 1):
            rows.append(case(name, f"{spacing}, offset {offset}", {**sd, "timestep_spacing": spacing, "steps_offset": offset}))
    rows += [
        case(name, "set_alpha_to_one", {**sd, "set_alpha_to_one": True}),
        case(name, "linear betas, not clipped", {"clip_sample": False}),
        case(name, "cosine betas", {**COSINE, "clip_sample": False}),
        case(name, "trained betas", {"trained_betas": [0.0001 + 0.0199 * i / 99 for i in range(100)], "num_train_timesteps": 100,
                                     "clip_sample": False}),
        case(name, "500 train steps", {**sd, "num_train_timesteps": 500}),
        case(name, "v", {**sd, **V}),
        case(name, "sample", {**sd, "prediction_type": "sample"}),
        case(name, "clip to 1", {**sd, "clip_sample": True}),
        case(name, "clip to 2.5", {**sd, "clip_sample": True, "clip_sample_range": 2.5}),
        case(name, "clip, use_clipped_model_output", {**sd, "clip_sample": True}, step={"use_clipped_model_output": True}),
        case(name, "thresholding", {**sd, "thresholding": True}),
        case(name, "thresholding 0.9 up to 2", {**sd, "thresholding": True, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 2.0}),
        case(name, "eta 1", sd, step={"eta": 1.0, "seed": 3}),
        case(name, "eta 0.4", {**sd, **V}, step={"eta": 0.4, "seed": 4}),
        case(name, "eta 1, clipped", {**sd, "clip_sample": True}, step={"eta": 1.0, "seed": 5, "use_clipped_model_output": True}),
        case(name, "zero terminal SNR", {**sd, **V, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}),
        case(name, "trailing, halves", {**sd, **TRAILING}, steps=HALVES),
        case(name, "zero terminal SNR, noise predicted, clipped", {**sd, **ZERO_SNR, "clip_sample": True, "clip_sample_range": 2.0}, steps=(2, 9, 50)),
        case(name, "from step 4", sd, begin=4, steps=(10,)),
    ]
    return rows


def euler() -> list[dict]:
    name = "EulerDiscreteScheduler"
    rows = [case(name, "class defaults"), case(name, "Stable Diffusion", {**SD, "timestep_spacing": "leading", "steps_offset": 1})]
    rows += [case(name, spacing, {**SD, "timestep_spacing": spacing}) for spacing in SPACINGS]
    for family in ("karras", "exponential", "beta"):
        rows.append(case(name, f"{family} sigmas", {**SD, f"use_{family}_sigmas": True}))
        rows.append(case(name, f"{family} sigmas, leading, v", {**SD, **V, f"use_{family}_sigmas": True, "timestep_spacing": "leading"}))
    rows += [
        case(name, "karras between given sigmas", {**SD, "use_karras_sigmas": True, "sigma_min": 0.02, "sigma_max": 12.0}),
        case(name, "log-linear", {**SD, "interpolation_type": "log_linear"}),
        case(name, "v", {**SD, **V}),
        case(name, "sample", {**SD, "prediction_type": "sample"}),
        case(name, "ends at sigma_min", {**SD, "final_sigmas_type": "sigma_min"}),
        case(name, "karras, ends at sigma_min", {**SD, "use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}),
        case(name, "continuous timesteps, v", {**SD, **V, "timestep_type": "continuous", "use_karras_sigmas": True}),
        case(name, "cosine betas", COSINE),
        case(name, "zero terminal SNR", {**SD, **V, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}),
        case(name, "trailing, halves", {**SD, **TRAILING}, steps=(48, 144)),
        case(name, "zero terminal SNR, linear betas, exponential sigmas", {**V, **ZERO_SNR, "use_exponential_sigmas": True}),
        case(name, "churn", SD, step={"s_churn": 0.5, "seed": 6}),
        case(name, "churn within limits, louder noise", {**SD, **V, "use_karras_sigmas": True},
             step={"s_churn": 4.0, "s_tmin": 0.5, "s_tmax": 10.0, "s_noise": 1.05, "seed": 7}),
        case(name, "own timesteps", SD, set_timesteps={"timesteps": ALIGN_YOUR_STEPS}, steps=(10,)),
        case(name, "own sigmas", SD, set_timesteps={"sigmas": [14.6, 6.4, 3.8, 2.2, 1.1, 0.5, 0.1, 0.0]}, steps=(7,)),
        case(name, "from step 4", SD, begin=4, steps=(10,)),
        case(name, "karras from step 7", {**SD, "use_karras_sigmas": True}, begin=7, steps=(10,)),
    ]
    return rows


def euler_ancestral() -> list[dict]:
    name = "EulerAncestralDiscreteScheduler"
    rows = [case(name, "class defaults", step={"seed": 8})]
    rows += [case(name, spacing, {**SD, "timestep_spacing": spacing}, step={"seed": 9}) for spacing in SPACINGS]
    rows += [
        case(name, "leading, offset 1", {**SD, "timestep_spacing": "leading", "steps_offset": 1}, step={"seed": 10}),
        case(name, "v", {**SD, **V}, step={"seed": 11}),
        case(name, "cosine betas", COSINE, step={"seed": 12}),
        case(name, "zero terminal SNR", {**SD, **V, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}, step={"seed": 13}),
        case(name, "from step 4", SD, step={"seed": 14}, begin=4, steps=(10,)),
    ]
    return rows


def dpm_solver() -> list[dict]:
    name = "DPMSolverMultistepScheduler"
    rows = [case(name, "class defaults"), case(name, "Stable Diffusion", SD)]
    for algorithm in ("dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"):
        # The noise-predicting kinds cannot end at sigma 0; the SDE kinds have no third-order formula but this one.
        final = {} if algorithm.endswith("++") else {"final_sigmas_type": "sigma_min"}
        noise = {"seed": 15} if algorithm.startswith("sde") else {}
        for order in (1, 2, 3):
            if algorithm == "sde-dpmsolver" and order == 3:
                continue
            for solver in ("midpoint", "heun") if order == 2 else ("midpoint",):
                rows.append(case(name, f"{algorithm}, order {order}, {solver}",
                                 {**SD, **final, "algorithm_type": algorithm, "solver_order": order, "solver_type": solver}, step=noise))
    for family in ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas"):
        rows.append(case(name, family, {**SD, family: True}))
        rows.append(case(name, f"{family}, v, order 3", {**SD, **V, family: True, "solver_order": 3}))
    rows += [case(name, spacing, {**SD, "timestep_spacing": spacing}) for spacing in SPACINGS]
    rows += [
        case(name, "leading, offset 1, karras", {**SD, "timestep_spacing": "leading", "steps_offset": 1, "use_karras_sigmas": True}),
        case(name, "flow", {**SD, "use_flow_sigmas": True, "prediction_type": "flow_prediction"}),
        case(name, "flow, shift 3", {**SD, "use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": 3.0}),
        case(name, "v", {**SD, **V}),
        case(name, "sample", {**SD, "prediction_type": "sample"}),
        case(name, "v, dpmsolver", {**SD, **V, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
        case(name, "sample, dpmsolver", {**SD, "prediction_type": "sample", "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
        case(name, "thresholding", {**SD, "thresholding": True}),
        case(name, "thresholding 0.9 up to 2", {**SD, "thresholding": True, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 2.0}),
        case(name, "no lower order at the end", {**SD, "lower_order_final": False}),
        case(name, "order 3, no lower order at the end, ends at sigma_min",
             {**SD, "solver_order": 3, "lower_order_final": False, "final_sigmas_type": "sigma_min"}),
        case(name, "euler_at_final", {**SD, "euler_at_final": True, "final_sigmas_type": "sigma_min"}),
        case(name, "ends at sigma_min", {**SD, "final_sigmas_type": "sigma_min"}),
        case(name, "lambda_min_clipped", {**COSINE, "lambda_min_clipped": -5.1}),
        case(name, "cosine betas, karras", {**COSINE, "use_karras_sigmas": True}),
        case(name, "SDE karras", {**SD, "algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}, step={"seed": 16}),
        case(name, "zero terminal SNR", {**SD, **V, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}),
        case(name, "trailing, halves", {**SD, **TRAILING}, steps=(48, 144)),
        case(name, "ends twice at sigma_min, SDE", {**SD, "use_lu_lambdas": True, "algorithm_type": "sde-dpmsolver++", "final_sigmas_type": "sigma_min"},
             step={"seed": 30}),
        case(name, "as many steps as were trained, one of no length", {**SD, "num_train_timesteps": 100, "solver_order": 1}, steps=(100,)),
        case(name, "own timesteps", SD, set_timesteps={"timesteps": ALIGN_YOUR_STEPS}, steps=(10,)),
        case(name, "from step 4", SD, begin=4, steps=(10,)),
        case(name, "karras, order 3, from step 6", {**SD, "use_karras_sigmas": True, "solver_order": 3}, begin=6, steps=(10,)),
    ]
    return rows


def lcm() -> list[dict]:
    name = "LCMScheduler"
    return [
        case(name, "class defaults", step={"seed": 17}, steps=(2, 4, 8, 10, 50)),
        case(name, "one step", step={"seed": 17}, steps=(1,)),
        case(name, "100 original steps", {"original_inference_steps": 100}, step={"seed": 18}, steps=(4, 8)),
        case(name, "20 original steps, given late", set_timesteps={"original_inference_steps": 20}, step={"seed": 19}, steps=(4, 8)),
        case(name, "strength 0.6", set_timesteps={"strength": 0.6}, step={"seed": 20}, steps=(4, 8)),
        case(name, "v", V, step={"seed": 21}, steps=(4, 8)),
        case(name, "sample", {"prediction_type": "sample"}, step={"seed": 22}, steps=(4,)),
        case(name, "clipped", {"clip_sample": True}, step={"seed": 23}, steps=(4,)),
        case(name, "thresholding", {"thresholding": True, "sample_max_value": 1.5}, step={"seed": 24}, steps=(4,)),
        case(name, "timestep_scaling 0.001", {"timestep_scaling": 0.001}, step={"seed": 25}, steps=(4,)),
        case(name, "own timesteps", set_timesteps={"timesteps": [999, 759, 499, 259]}, step={"seed": 26}, steps=(4,)),
        case(name, "zero terminal SNR, v", {**V, "rescale_betas_zero_snr": True}, step={"seed": 27}, steps=(4,)),
        case(name, "zero terminal SNR, noise predicted, clipped", {"rescale_betas_zero_snr": True, "clip_sample": True}, step={"seed": 31}, steps=(4,)),
        case(name, "from step 2", step={"seed": 28}, begin=2, steps=(8,)),
    ]


def ddim_inverse() -> list[dict]:
    name = "DDIMInverseScheduler"
    sd = {**SD, "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}
    return [
        case(name, "class defaults"),
        case(name, "Stable Diffusion", sd),
        case(name, "trailing, v", {**sd, **V, "timestep_spacing": "trailing"}),
        case(name, "sample", {**sd, "prediction_type": "sample"}),
        case(name, "set_alpha_to_one", {**sd, "set_alpha_to_one": True}),
    ]


def pndm() -> list[dict]:
    name = "PNDMScheduler"
    sd = {**SD, "skip_prk_steps": True, "set_alpha_to_one": False, "steps_offset": 1}
    prk = {**SD, "steps_offset": 1}
    short, long = (1, 2, 5, 10, 25), (4, 5, 10, 50)
    rows = [case(name, "class defaults", steps=long), case(name, "Stable Diffusion", sd, steps=(*short, 50))]
    for spacing in SPACINGS:
        rows.append(case(name, spacing, {**sd, "timestep_spacing": spacing}, steps=short))
        rows.append(case(name, f"{spacing}, Runge-Kutta", {**prk, "timestep_spacing": spacing}, steps=long))
    rows += [
        case(name, "no offset", {**sd, "steps_offset": 0}, steps=short),
        case(name, "set_alpha_to_one", {**sd, "set_alpha_to_one": True}, steps=short),
        case(name, "set_alpha_to_one, Runge-Kutta", {**prk, "set_alpha_to_one": True}, steps=long),
        case(name, "v", {**sd, **V}, steps=short),
        case(name, "v, Runge-Kutta", {**prk, **V}, steps=long),
        case(name, "linear betas", {"skip_prk_steps": True}, steps=short),
        case(name, "cosine betas", {**COSINE, "skip_prk_steps": True}, steps=short),
        case(name, "trained betas", {"trained_betas": [0.0001 + 0.0199 * i / 99 for i in range(100)], "num_train_timesteps": 100,
                                     "skip_prk_steps": True}, steps=short),
        case(name, "500 train steps", {**sd, "num_train_timesteps": 500}, steps=short),
        case(name, "trailing, halves", {**sd, **TRAILING}, steps=(48,)),
        case(name, "from step 1", sd, begin=1, steps=(10,)),
        case(name, "from step 4", sd, begin=4, steps=(10, 25)),
        case(name, "from the last step", sd, begin=10, steps=(10,)),
        case(name, "v, trailing, from step 6", {**sd, **V, "timestep_spacing": "trailing"}, begin=6, steps=(10,)),
        case(name, "Runge-Kutta, from step 4", prk, begin=4, steps=(10,)),
        case(name, "Runge-Kutta, from step 6", prk, begin=6, steps=(25,)),
    ]
    return rows


def all_cases() -> list[dict]:
    return [*ddim(), *euler(), *euler_ancestral(), *dpm_solver(), *lcm(), *ddim_inverse(), *pndm()]
