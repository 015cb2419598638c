"""The settings of further schedulers that are compared, twelve and more of each: one row each, in diffusers' own spelling."""

from .scheduler_cases import ALIGN_YOUR_STEPS, COSINE, SD, SPACINGS, V, case as any_case

STEPS = (1, 2, 5, 10, 25)
FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
TRAINED = {"trained_betas": [0.0001 + 0.0199 * i / 99 for i in range(100)], "num_train_timesteps": 100}
FAMILIES = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
THRESHOLDS = {"thresholding": True, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 2.0}


def case(scheduler, title, config=None, **more):
    return any_case(scheduler, title, config, **{"steps": STEPS, **more})


def common(name: str, *, families=FAMILIES, spacings=SPACINGS, sample=True, cosine=True, step=None, begin_scale=1) -> list[dict]:
    """What every scheduler on DDPM's noise schedule can be told."""
    step = step or {}
    rows = [case(name, "class defaults", step=step), case(name, "Stable Diffusion", SD, step=step)]
    rows += [case(name, f"{spacing}, offset 1", {**SD, "timestep_spacing": spacing, "steps_offset": 1}, step=step) for spacing in spacings]
    rows += [case(name, family, {**SD, family: True}, step=step) for family in families]
    rows += [case(name, f"{family}, v, cosine", {**COSINE, **V, family: True}, step=step) for family in families[:1] if cosine]
    rows += [case(name, "cosine betas", COSINE, step=step)] if cosine else []
    rows += [
        case(name, "v", {**SD, **V}, step=step),
        case(name, "trained betas", TRAINED, step=step),
        case(name, "500 train steps", {**SD, "num_train_timesteps": 500}, step=step),
        case(name, "from step 4", SD, step=step, begin=4 * begin_scale, steps=(10, 25)),
        case(name, "from the last step", SD, step=step, begin=9 * begin_scale, steps=(10,)),
    ]
    if sample:
        rows.append(case(name, "sample", {**SD, "prediction_type": "sample"}, step=step))
    return rows


def heun() -> list[dict]:
    name = "HeunDiscreteScheduler"
    return [
        *common(name, begin_scale=2),
        case(name, "exp betas", {"beta_schedule": "exp"}),
        case(name, "clipped", {**SD, "clip_sample": True}),
        case(name, "clipped to 2, v", {**SD, **V, "clip_sample": True, "clip_sample_range": 2.0}),
        case(name, "own timesteps", SD, set_timesteps={"timesteps": ALIGN_YOUR_STEPS}, steps=(10,)),
        case(name, "800 timesteps to pick from", SD, set_timesteps={"num_train_timesteps": 800}),
    ]


def kdpm2() -> list[dict]:
    rows = []
    for name, step in (("KDPM2DiscreteScheduler", {}), ("KDPM2AncestralDiscreteScheduler", {"seed": 40})):
        # With two steps the last digit of sigma decides where the ancestral kind looks in the middle.
        # Single precision loses the ancestral split of the large sigmas of cosine betas: diffusers gives values that are not finite.
        rows += common(name, sample=False, cosine=not step, step=step, begin_scale=2)
        rows.append(case(name, "800 timesteps to pick from", SD, set_timesteps={"num_train_timesteps": 800}, step=step))
        rows.append(case(name, "karras, leading", {**SD, "use_karras_sigmas": True, "timestep_spacing": "leading"}, step=step))
    return [{**row, "steps": [count for count in row["steps"] if count != 2]} if row["step"] else row for row in rows]


def lms() -> list[dict]:
    name = "LMSDiscreteScheduler"
    rows = common(name)
    rows += [case(name, f"order {order}", SD, step={"order": order}) for order in (1, 2, 3)]
    rows.append(case(name, "karras, v, order 3", {**SD, **V, "use_karras_sigmas": True}, step={"order": 3}))
    return rows


def ddpm() -> list[dict]:
    name = "DDPMScheduler"
    rows = common(name, families=(), step={"seed": 41})
    rows += [case(name, f"variance {kind}", {**SD, "clip_sample": False, "variance_type": kind}, step={"seed": 42}) for kind in ("fixed_small", "fixed_small_log", "fixed_large")]
    rows += [case(name, f"variance {kind}", {**SD, "clip_sample": False, "variance_type": kind, "learned": True}, step={"seed": 43}) for kind in ("learned_range",)]
    rows += [case(name, f"{betas} betas", {"beta_schedule": betas}, step={"seed": 44}) for betas in ("laplace", "sigmoid")]
    rows += [
        case(name, "zero terminal SNR", {**SD, **V, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}, step={"seed": 45}),
        case(name, "clipped to 2", {**SD, "clip_sample_range": 2.0}, step={"seed": 46}),
        case(name, "thresholding", {**SD, **THRESHOLDS}, step={"seed": 47}),
        case(name, "own timesteps", SD, set_timesteps={"timesteps": ALIGN_YOUR_STEPS}, step={"seed": 48}, steps=(10,)),
    ]
    return rows


def tcd() -> list[dict]:
    name = "TCDScheduler"
    few = (1, 2, 4, 8, 25)
    return [
        case(name, "class defaults", step={"seed": 50}, steps=few),
        *[case(name, f"eta {eta}", step={"seed": 51, "eta": eta}, steps=few) for eta in (0.0, 0.5, 0.8, 1.0)],
        case(name, "100 original steps", {"original_inference_steps": 100}, step={"seed": 52}, steps=few),
        case(name, "30 original steps, given late", set_timesteps={"original_inference_steps": 30}, step={"seed": 53}, steps=few),
        case(name, "strength 0.6", set_timesteps={"strength": 0.6}, step={"seed": 54}, steps=(2, 4, 8)),
        case(name, "v", V, step={"seed": 55}, steps=few),
        case(name, "sample", {"prediction_type": "sample"}, step={"seed": 56}, steps=few),
        case(name, "linear betas", {"beta_schedule": "linear"}, step={"seed": 57}, steps=few),
        case(name, "cosine betas", COSINE, step={"seed": 57}, steps=few),
        case(name, "zero terminal SNR, v", {**V, "rescale_betas_zero_snr": True}, step={"seed": 58}, steps=few),
        case(name, "set_alpha_to_one false", {"set_alpha_to_one": False}, step={"seed": 58}, steps=few),
        case(name, "own timesteps", set_timesteps={"timesteps": [999, 759, 499, 259]}, step={"seed": 59}, steps=(4,)),
        case(name, "from step 2", step={"seed": 60}, begin=2, steps=(8,)),
    ]


def solver_rows(name: str, *, flow=True, step=None) -> list[dict]:
    """What every solver in lambda can be told beside that."""
    step = step or {}
    rows = [case(name, "thresholding", {**SD, **THRESHOLDS}, step=step)]
    if flow:
        rows += [case(name, "flow", FLOW, step=step), case(name, "flow, shift 3", {**FLOW, "flow_shift": 3.0}, step=step), case(name, "flow sigmas, v", {**SD, **V, "use_flow_sigmas": True}, step=step)]
    return rows


def deis() -> list[dict]:
    name = "DEISMultistepScheduler"
    rows = [*common(name), *solver_rows(name)]
    rows += [case(name, f"order {order}", {**SD, "solver_order": order}) for order in (1, 3)]
    rows += [
        case(name, "order 3, no lower order at the end", {**SD, "solver_order": 3, "lower_order_final": False}),
        case(name, "order 3, karras, v", {**SD, **V, "solver_order": 3, "use_karras_sigmas": True}),
        case(name, "dynamic shifting", {**FLOW, "use_dynamic_shifting": True}, set_timesteps={"mu": 0.7}),
    ]
    return rows


def unipc() -> list[dict]:
    name = "UniPCMultistepScheduler"
    rows = [*common(name), *solver_rows(name)]
    rows += [case(name, f"order {order}, bh2", {**SD, "solver_order": order}) for order in (1, 3)]
    rows += [case(name, f"order {order}, bh1, ends at sigma_min", {**SD, "solver_order": order, "solver_type": "bh1", "final_sigmas_type": "sigma_min"}) for order in (1, 2, 3)]
    rows += [case(name, f"order {order}, noise", {**SD, "solver_order": order, "predict_x0": False, "final_sigmas_type": "sigma_min"}) for order in (2, 3)]
    rows += [
        case(name, "noise, v", {**SD, **V, "predict_x0": False, "final_sigmas_type": "sigma_min"}),
        case(name, "noise, sample", {**SD, "prediction_type": "sample", "predict_x0": False, "final_sigmas_type": "sigma_min"}),
        case(name, "ends at sigma_min", {**SD, "final_sigmas_type": "sigma_min"}),
        case(name, "order 3, no lower order at the end", {**SD, "solver_order": 3, "lower_order_final": False, "final_sigmas_type": "sigma_min"}),
        case(name, "corrector off at first", {**SD, "disable_corrector": [0, 1, 2]}),
        case(name, "karras between bounds", {**SD, "use_karras_sigmas": True, "sigma_min": 0.05, "sigma_max": 12.0}),
        case(name, "karras flow", {**FLOW, "use_karras_sigmas": True}),
        case(name, "zero terminal SNR", {**SD, **V, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}),
        case(name, "dynamic shifting", {**FLOW, "use_dynamic_shifting": True}, set_timesteps={"mu": 0.7}),
        case(name, "dynamic shifting, linear", {**FLOW, "use_dynamic_shifting": True, "time_shift_type": "linear"}, set_timesteps={"mu": 2.0}),
        case(name, "flow stretched to 0.1", {**FLOW, "flow_shift": 2.0, "shift_terminal": 0.1}, steps=(2, 5, 10, 25)),
        case(name, "own sigmas", FLOW, set_timesteps={"sigmas": [0.98, 0.8, 0.55, 0.3, 0.1]}, steps=(5,)),
        case(name, "karras, order 3, from step 6", {**SD, "use_karras_sigmas": True, "solver_order": 3}, begin=6, steps=(10,)),
    ]
    return rows


def singlestep() -> list[dict]:
    name = "DPMSolverSinglestepScheduler"
    rows = [*common(name, spacings=()), *solver_rows(name)]
    for algorithm in ("dpmsolver++", "dpmsolver", "sde-dpmsolver++"):
        final = {} if algorithm.endswith("++") else {"final_sigmas_type": "sigma_min"}
        noise = {"seed": 61} if algorithm.startswith("sde") else {}
        for order in (1, 2, 3):
            for solver in ("midpoint", "heun") if order > 1 else ("midpoint",):
                rows.append(case(name, f"{algorithm}, order {order}, {solver}", {**SD, **final, "algorithm_type": algorithm, "solver_order": order, "solver_type": solver},
                                 step=noise, steps=(1, 2, 5, 10, 12, 25)))
    rows += [
        case(name, "order 3, groups to the end", {**SD, "solver_order": 3, "final_sigmas_type": "sigma_min"}, steps=(3, 6, 12)),
        case(name, "order 2, lower order at the end", {**SD, "lower_order_final": True, "final_sigmas_type": "sigma_min"}),
        case(name, "v, dpmsolver", {**SD, **V, "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
        case(name, "sample, dpmsolver", {**SD, "prediction_type": "sample", "algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
        case(name, "lambda_min_clipped", {**COSINE, "lambda_min_clipped": -5.1}),
        case(name, "own timesteps", SD, set_timesteps={"timesteps": ALIGN_YOUR_STEPS}, steps=(10,)),
        case(name, "order 3, karras, from step 5", {**SD, "use_karras_sigmas": True, "solver_order": 3}, begin=5, steps=(10,)),
        case(name, "dynamic shifting", {**FLOW, "use_dynamic_shifting": True}, set_timesteps={"mu": 0.7}),
    ]
    return rows


def multistep_inverse() -> list[dict]:
    name = "DPMSolverMultistepInverseScheduler"
    rows = [case(name, "class defaults"), case(name, "Stable Diffusion", SD)]
    rows += [case(name, f"{spacing}, offset 1", {**SD, "timestep_spacing": spacing, "steps_offset": 1}) for spacing in SPACINGS]
    rows += [case(name, family, {**SD, family: True}, steps=(1, 2, 5, 10)) for family in FAMILIES]
    rows += [case(name, f"order {order}", {**SD, "solver_order": order}) for order in (1, 3)]
    rows += [
        case(name, "v, heun", {**SD, **V, "solver_type": "heun"}),
        case(name, "sample", {**SD, "prediction_type": "sample"}),
        case(name, "dpmsolver", {**SD, "algorithm_type": "dpmsolver"}),
        case(name, "dpmsolver, order 3, v", {**SD, **V, "algorithm_type": "dpmsolver", "solver_order": 3}),
        case(name, "no lower order at the end", {**SD, "lower_order_final": False}),
        case(name, "euler_at_final", {**SD, "euler_at_final": True}),
        case(name, "lambda_min_clipped", {**COSINE, "lambda_min_clipped": -5.1}),
        case(name, "flow", FLOW),
    ]
    return rows


def sa_solver() -> list[dict]:
    name = "SASolverScheduler"
    rows = [*common(name, step={"seed": 70}), *solver_rows(name, step={"seed": 71})]
    rows += [case(name, f"orders {p} and {c}", {**SD, "predictor_order": p, "corrector_order": c}, step={"seed": 72}) for p, c in ((1, 1), (1, 2), (2, 1), (3, 3), (3, 4), (4, 3))]
    rows += [case(name, f"noise, orders {p} and {c}", {**SD, "algorithm_type": "noise_prediction", "predictor_order": p, "corrector_order": c}, step={"seed": 73}) for p, c in ((1, 1), (2, 2), (3, 3))]
    rows += [
        case(name, "tau 0.4 of 100 to 900", {**SD, "tau_func": [0.4, 100, 900]}, step={"seed": 74}),
        case(name, "no noise", {**SD, "tau_func": [0, 0, 0]}, step={"seed": 74}),
        case(name, "noise, v", {**SD, **V, "algorithm_type": "noise_prediction"}, step={"seed": 75}),
        case(name, "no lower order at the end", {**SD, "lower_order_final": False}, step={"seed": 76}),
        case(name, "lambda_min_clipped", {**COSINE, "lambda_min_clipped": -5.1}, step={"seed": 77}),
    ]
    return rows


def ipndm() -> list[dict]:
    name = "IPNDMScheduler"
    rows = [case(name, "class defaults", steps=(1, 2, 3, 4, 5, 10, 25, 50)), case(name, "500 train steps", {"num_train_timesteps": 500})]
    rows += [case(name, f"from step {begin}", begin=begin, steps=(10, 25)) for begin in (1, 2, 4, 6)]
    rows += [case(name, f"own shares, {power}", {"trained_betas": [round(0.999 * (1 - i / 10) ** power, 6) for i in range(11)], "num_train_timesteps": 10}, steps=(10,)) for power in (0.5, 1, 1.5, 2, 3)]
    rows.append(case(name, "own shares, from step 3", {"trained_betas": [round(0.999 * (1 - i / 10), 6) for i in range(11)], "num_train_timesteps": 10}, begin=3, steps=(10,)))
    return rows


def dpm_sde() -> list[dict]:
    name = "DPMSolverSDEScheduler"
    seeded = {**SD, "noise_sampler_seed": 7}
    rows = [case(name, f"{spacing}, offset 1", {**seeded, "timestep_spacing": spacing, "steps_offset": 1}) for spacing in SPACINGS]
    rows += [case(name, family, {**seeded, family: True}) for family in FAMILIES]
    rows += [case(name, f"seed {seed}", {**SD, "noise_sampler_seed": seed}) for seed in (0, 1, 123456789012)]
    rows += [
        case(name, "class defaults, seed 3", {"noise_sampler_seed": 3}),
        case(name, "v", {**seeded, **V}),
        case(name, "karras, v", {**seeded, **V, "use_karras_sigmas": True}),
        case(name, "trained betas", {**TRAINED, "noise_sampler_seed": 7}),
        case(name, "less noise", seeded, step={"s_noise": 0.4}),
        case(name, "800 timesteps to pick from", seeded, set_timesteps={"num_train_timesteps": 800}),
        case(name, "from step 4", seeded, begin=8, steps=(10, 25)),
    ]
    return [{**row, "noisy": True} for row in rows]


def repaint() -> list[dict]:
    name = "RePaintScheduler"
    steps = (2, 5, 10)
    rows = [case(name, f"jumps of {length}, {times} times", set_timesteps={"jump_length": length, "jump_n_sample": times}, step={"seed": 80}, steps=steps) for length, times in ((1, 1), (1, 2), (2, 2), (2, 3), (3, 2))]
    jumps = {"jump_length": 2, "jump_n_sample": 2}
    rows += [case(name, f"eta {eta}", {"eta": eta}, set_timesteps=jumps, step={"seed": 81}, steps=steps) for eta in (0.5, 1.0)]
    rows += [case(name, f"{betas} betas", {"beta_schedule": betas}, set_timesteps=jumps, step={"seed": 82}, steps=steps) for betas in ("scaled_linear", "squaredcos_cap_v2", "sigmoid")]
    rows += [
        case(name, "not clipped", {"clip_sample": False}, set_timesteps=jumps, step={"seed": 83}, steps=steps),
        case(name, "250 train steps", {"num_train_timesteps": 250}, set_timesteps=jumps, step={"seed": 84}, steps=steps),
    ]
    return rows


def all_cases() -> list[dict]:
    return [*dpm_sde(), *repaint(), *heun(), *kdpm2(), *lms(), *ddpm(), *tcd(), *deis(), *unipc(), *singlestep(), *multistep_inverse(), *sa_solver(), *ipndm()]
