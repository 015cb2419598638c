"""Settings of the schedulers of flow matching, EDM and consistency models that are compared: one row each, in diffusers' own spelling."""

from .scheduler_cases import V, case

SHORT = (1, 2, 5, 10, 25)
TWO = (2, 10)
EXPONENTIAL = {"sigma_schedule": "exponential"}


def shifted(name: str, step: dict | None = None) -> list[dict]:
    """What FlowMatchEuler and FlowMatchLCM have in common."""
    dynamic = {"use_dynamic_shifting": True}
    seed = {"step": step or {}}
    rows = [
        case(name, "class defaults", steps=SHORT, **seed),
        case(name, "shift 3", {"shift": 3.0}, steps=SHORT, **seed),
        case(name, "shift 0.6, 500 train steps", {"shift": 0.6, "num_train_timesteps": 500}, steps=TWO, **seed),
        case(name, "shifted by mu", dynamic, set_timesteps={"mu": 0.9}, steps=SHORT, **seed),
        case(name, "shifted by mu, linear", {**dynamic, "time_shift_type": "linear"}, set_timesteps={"mu": 1.15}, steps=TWO, **seed),
        case(name, "mu without dynamic shifting", {"shift": 5.0}, set_timesteps={"mu": 0.9}, steps=TWO, **seed),
        case(name, "shift_terminal, mu", {**dynamic, "shift_terminal": 0.1}, set_timesteps={"mu": 1.3}, steps=(2, 5, 10, 25), **seed),
        case(name, "shift_terminal", {"shift": 2.0, "shift_terminal": 0.02}, steps=TWO, **seed),
        case(name, "inverted sigmas", {"invert_sigmas": True}, steps=SHORT, **seed),
        case(name, "inverted sigmas, shift 2", {"invert_sigmas": True, "shift": 2.0}, steps=TWO, **seed),
        case(name, "own sigmas", {"shift": 3.0}, set_timesteps={"sigmas": [1.0, 0.75, 0.5, 0.25]}, steps=(4,), **seed),
        case(name, "own sigmas, mu", dynamic, set_timesteps={"sigmas": [1.0, 0.9, 0.7, 0.3, 0.1], "mu": 0.7}, steps=(5,), **seed),
        case(name, "own timesteps", {"shift": 1.5}, set_timesteps={"timesteps": [1000.0, 750.5, 400.0]}, steps=(3,), **seed),
        case(name, "own timesteps and sigmas", set_timesteps={"timesteps": [999.0, 600.0, 200.0], "sigmas": [1.0, 0.5, 0.25]}, steps=(3,), **seed),
        case(name, "from step 4", {"shift": 3.0}, begin=4, steps=(10,), **seed),
        case(name, "mu, from the last step", dynamic, set_timesteps={"mu": 0.5}, begin=4, steps=(5,), **seed),
    ]
    for family in ("karras", "exponential", "beta"):
        rows.append(case(name, f"{family} sigmas", {"shift": 3.0, f"use_{family}_sigmas": True}, steps=SHORT, **seed))
    rows.append(case(name, "karras sigmas, mu, shift_terminal", {**dynamic, "use_karras_sigmas": True, "shift_terminal": 0.05}, set_timesteps={"mu": 0.8}, steps=TWO, **seed))
    return rows


def flow_match_euler() -> list[dict]:
    name = "FlowMatchEulerDiscreteScheduler"
    stochastic = {"stochastic_sampling": True}
    return [
        *shifted(name),
        case(name, "stochastic", stochastic, step={"seed": 40}, steps=SHORT),
        case(name, "stochastic, shift 3, from step 2", {**stochastic, "shift": 3.0}, step={"seed": 41}, begin=2, steps=(5,)),
        case(name, "stochastic, inverted", {**stochastic, "invert_sigmas": True}, step={"seed": 42}, steps=(5,)),
    ]


def flow_match_heun() -> list[dict]:
    name = "FlowMatchHeunDiscreteScheduler"
    churn = {"s_churn": 2.0, "seed": 43}
    return [
        case(name, "class defaults", steps=SHORT),
        *[case(name, f"shift {shift}", {"shift": shift}, steps=SHORT) for shift in (0.7, 3.0, 5.0)],
        case(name, "500 train steps", {"num_train_timesteps": 500, "shift": 2.0}, steps=TWO),
        case(name, "churn", step=churn, steps=SHORT),
        case(name, "much churn", {"shift": 3.0}, step={"s_churn": 40.0, "seed": 44}, steps=TWO),
        case(name, "churn within limits", {"shift": 3.0}, step={**churn, "s_tmin": 0.2, "s_tmax": 0.9}, steps=TWO),
        case(name, "louder churn", step={**churn, "s_noise": 1.1}, steps=TWO),
        case(name, "from step 4", {"shift": 3.0}, begin=4, steps=(5, 10)),
        case(name, "from the last step", begin=8, steps=(5,)),
        case(name, "churn, from step 2", step=churn, begin=2, steps=(5,)),
    ]


def flow_match_lcm() -> list[dict]:
    name = "FlowMatchLCMScheduler"
    rows = shifted(name, {"seed": 45})
    for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area"):
        rows.append(case(name, f"grows, {mode}", {"scale_factors": [1.25, 1.75, 2.0], "upscale_mode": mode}, step={"seed": 46}, steps=(4,)))
    rows.append(case(name, "shrinks and grows", {"scale_factors": [0.5, 1.6], "shift": 3.0}, step={"seed": 47}, steps=(3,)))
    return rows


def edm_euler() -> list[dict]:
    name = "EDMEulerScheduler"
    churn = {"s_churn": 2.0, "seed": 48}
    return [
        case(name, "class defaults", steps=SHORT),
        case(name, "v", V, steps=SHORT),
        case(name, "exponential", EXPONENTIAL, steps=SHORT),
        case(name, "ends at sigma_min", {"final_sigmas_type": "sigma_min"}, steps=SHORT),
        case(name, "exponential, v, ends at sigma_min", {**EXPONENTIAL, **V, "final_sigmas_type": "sigma_min"}, steps=TWO),
        case(name, "other range", {"sigma_min": 0.02, "sigma_max": 14.0, "sigma_data": 1.0}, steps=TWO),
        case(name, "rho 3", {"rho": 3.0}, steps=TWO),
        case(name, "churn", step=churn, steps=SHORT),
        case(name, "churn within limits, louder", V, step={"s_churn": 40.0, "s_tmin": 0.05, "s_tmax": 50.0, "s_noise": 1.003, "seed": 49}, steps=TWO),
        case(name, "own positions", set_timesteps={"sigmas": [0.0, 0.2, 0.5, 0.8, 1.0]}, steps=(5,)),
        case(name, "own positions, ends at sigma_min", {"final_sigmas_type": "sigma_min"}, set_timesteps={"sigmas": [0.1, 0.4, 0.6]}, steps=(3,)),
        case(name, "from step 4", begin=4, steps=(10,)),
        case(name, "v, churn, from step 7", V, step=churn, begin=7, steps=(10,)),
    ]


def edm_dpm_solver() -> list[dict]:
    name = "EDMDPMSolverMultistepScheduler"
    sde, heun = {"algorithm_type": "sde-dpmsolver++"}, {"solver_type": "heun"}
    noise = {"seed": 50}
    rows = [case(name, "class defaults", steps=SHORT), case(name, "v", V, steps=SHORT), case(name, "exponential", EXPONENTIAL, steps=SHORT)]
    for order in (1, 2, 3):
        rows.append(case(name, f"order {order}, heun", {**heun, "solver_order": order}, steps=SHORT))
        if order < 3:
            rows.append(case(name, f"SDE, order {order}", {**sde, "solver_order": order}, step=noise, steps=SHORT))
    return rows + [
        case(name, "SDE, heun, v", {**sde, **heun, **V}, step=noise, steps=TWO),
        case(name, "order 3, exponential, v", {**EXPONENTIAL, **V, "solver_order": 3}, steps=(10, 25)),
        case(name, "order 3, no lower order at the end", {"solver_order": 3, "lower_order_final": False}, steps=(5, 10)),
        case(name, "euler_at_final", {"euler_at_final": True, "final_sigmas_type": "sigma_min"}, steps=(5, 25)),
        case(name, "ends at sigma_min", {"final_sigmas_type": "sigma_min"}, steps=SHORT),
        case(name, "thresholding", {"thresholding": True}, steps=TWO),
        case(name, "thresholding 0.9 up to 2", {"thresholding": True, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 2.0}, steps=TWO),
        case(name, "other range", {"sigma_min": 0.02, "sigma_max": 14.0, "sigma_data": 1.0, "rho": 5.0}, steps=TWO),
        case(name, "from step 4", begin=4, steps=(10,)),
        case(name, "SDE, from step 6", sde, step=noise, begin=6, steps=(10,)),
    ]


def cosine() -> list[dict]:
    name = "CosineDPMSolverMultistepScheduler"
    noise = {"seed": 54}
    karras = {"sigma_schedule": "karras"}
    return [
        case(name, "class defaults", step=noise, steps=SHORT),
        case(name, "another seed, of more than 32 bits", step={"seed": 12345678901234}, steps=(5,)),
        case(name, "noise predicted", {"prediction_type": "epsilon"}, step=noise, steps=TWO),
        case(name, "karras", karras, step=noise, steps=SHORT),
        case(name, "karras, rho 6", {**karras, "rho": 6.0}, step=noise, steps=TWO),
        case(name, "heun", {"solver_type": "heun"}, step=noise, steps=SHORT),
        case(name, "order 1", {"solver_order": 1}, step=noise, steps=SHORT),
        case(name, "other range", {"sigma_min": 0.05, "sigma_max": 30.0, "sigma_data": 0.5}, step=noise, steps=TWO),
        case(name, "range of binary fractions", {"sigma_min": 0.25, "sigma_max": 16.0}, step=noise, steps=TWO),
        case(name, "no lower order at the end", {"lower_order_final": False}, step=noise, steps=TWO),
        case(name, "from step 4", step=noise, begin=4, steps=(10,)),
        case(name, "karras, heun, from step 6", {**karras, "solver_type": "heun"}, step=noise, begin=6, steps=(10,)),
    ]


def consistency() -> list[dict]:
    name = "CMStochasticIterativeScheduler"
    noise = {"seed": 51}
    return [
        case(name, "class defaults", step=noise, steps=SHORT),
        case(name, "not clipped", {"clip_denoised": False}, step=noise, steps=SHORT),
        case(name, "quieter noise", {"s_noise": 0.8}, step=noise, steps=TWO),
        case(name, "no noise", {"s_noise": 0.0, "clip_denoised": False}, step=noise, steps=TWO),
        case(name, "other range", {"sigma_min": 0.01, "sigma_max": 40.0, "clip_denoised": False}, step=noise, steps=TWO),
        case(name, "sigma_data 1", {"sigma_data": 1.0, "clip_denoised": False}, step=noise, steps=TWO),
        case(name, "rho 5", {"rho": 5.0}, step=noise, steps=TWO),
        case(name, "201 train steps", {"num_train_timesteps": 201, "clip_denoised": False}, step=noise, steps=SHORT),
        case(name, "as many steps as were trained", {"num_train_timesteps": 25}, step=noise, steps=(25,)),
        case(name, "own timesteps", set_timesteps={"timesteps": [22, 0]}, step=noise, steps=(2,)),
        case(name, "one own timestep", {"clip_denoised": False}, set_timesteps={"timesteps": [5]}, step=noise, steps=(1,)),
        case(name, "own timesteps, 201 train steps", {"num_train_timesteps": 201, "clip_denoised": False}, set_timesteps={"timesteps": [106, 40, 0]}, step=noise, steps=(3,)),
        case(name, "from step 2", {"clip_denoised": False}, step=noise, begin=2, steps=(5,)),
    ]


def scm() -> list[dict]:
    name = "SCMScheduler"
    noise = {"seed": 52}
    return [
        case(name, "class defaults", step=noise, steps=SHORT),
        case(name, "another maximum", set_timesteps={"max_timesteps": 1.56454}, step=noise, steps=SHORT),
        case(name, "a low maximum", set_timesteps={"max_timesteps": 0.9, "intermediate_timesteps": None}, step=noise, steps=TWO),
        case(name, "no intermediate timestep", set_timesteps={"intermediate_timesteps": None}, step=noise, steps=(2, 5)),
        case(name, "another intermediate timestep", set_timesteps={"intermediate_timesteps": 0.8}, step=noise, steps=(2,)),
        case(name, "both", set_timesteps={"max_timesteps": 1.5, "intermediate_timesteps": 1.0}, step=noise, steps=(2,)),
        case(name, "sigma_data 1", {"sigma_data": 1.0}, step=noise, steps=TWO),
        case(name, "sigma_data 0.1", {"sigma_data": 0.1}, step=noise, steps=TWO),
        case(name, "100 train steps", {"num_train_timesteps": 100}, step=noise, steps=(25,)),
        case(name, "own timesteps", set_timesteps={"timesteps": [1.57, 1.3, 0.7, 0.0], "max_timesteps": None, "intermediate_timesteps": None}, step=noise, steps=(3,)),
        case(name, "own timesteps that end above 0", set_timesteps={"timesteps": [1.5, 0.9, 0.2], "max_timesteps": None, "intermediate_timesteps": None}, step=noise, steps=(2,)),
        case(name, "from step 2", step=noise, begin=2, steps=(5,)),
    ]


def all_cases() -> list[dict]:
    return [*flow_match_euler(), *flow_match_heun(), *flow_match_lcm(), *edm_euler(), *edm_dpm_solver(), *cosine(), *consistency(), *scm()]
