"""Random settings of every scheduler class, from a seed: one row each, in diffusers' own spelling."""

import inspect
import random

import diffusers

from .scheduler_cases import ALIGN_YOUR_STEPS, COSINE, SD, V

CLASSES = [
    "DDIMScheduler", "DDIMInverseScheduler", "DDPMScheduler", "PNDMScheduler", "LMSDiscreteScheduler", "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler", "DPMSolverMultistepInverseScheduler", "DPMSolverSinglestepScheduler", "DPMSolverSDEScheduler",
    "DEISMultistepScheduler", "UniPCMultistepScheduler", "SASolverScheduler", "LCMScheduler", "TCDScheduler", "IPNDMScheduler",
    "EDMEulerScheduler", "EDMDPMSolverMultistepScheduler", "CMStochasticIterativeScheduler", "RePaintScheduler",
    "FlowMatchEulerDiscreteScheduler", "FlowMatchHeunDiscreteScheduler", "FlowMatchLCMScheduler", "CosineDPMSolverMultistepScheduler",
    "SCMScheduler",
]

STEPS = (1, 2, 3, 7, 25, 50, 100)
ANCESTRAL = {
    "DDPMScheduler", "EulerAncestralDiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "SASolverScheduler", "LCMScheduler", "TCDScheduler",
    "CMStochasticIterativeScheduler", "RePaintScheduler", "FlowMatchLCMScheduler", "CosineDPMSolverMultistepScheduler", "SCMScheduler",
    "DPMSolverSDEScheduler",
}
TWO_CALLS = {"HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DPMSolverSDEScheduler", "FlowMatchHeunDiscreteScheduler"}
SOLVERS = {"DPMSolverMultistepScheduler", "DPMSolverMultistepInverseScheduler", "DPMSolverSinglestepScheduler", "DEISMultistepScheduler", "UniPCMultistepScheduler", "SASolverScheduler"}


class Draw:
    """One row of a class, drawn knob by knob; a class is asked only for what it has."""

    def __init__(self, name: str, seed: int):
        self.random = random.Random(f"{name} {seed}")
        self.name = name
        self.has = set(inspect.signature(getattr(diffusers, name).__init__).parameters) - {"self"}
        self.knobs = set(inspect.signature(getattr(diffusers, name).set_timesteps).parameters)
        self.config: dict = {}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def put(self, share: float, **values) -> None:
        """Each of the settings that the class has, in a share of the rows."""
        for key, choices in values.items():
            if key in self.has and self.chance(share):
                self.config[key] = self.random.choice(choices)

    def row(self) -> dict:
        self.noise_schedule()
        self.shape_of_sigmas()
        self.model()
        self.solver()
        steps = self.random.choice(STEPS)
        set_timesteps = self.run(steps)
        for key in ("timesteps", "sigmas"):
            if key in set_timesteps:
                # Of SCM's timesteps and Euler's sigmas the last is where the run ends.
                steps = len(set_timesteps[key]) - ((self.name, key) in (("SCMScheduler", "timesteps"), ("EulerDiscreteScheduler", "sigmas")))
        return {"scheduler": self.name, "config": self.config, "set_timesteps": set_timesteps, "step": self.step(), "steps": steps, "begin": self.begin(steps)}

    def noise_schedule(self) -> None:
        train = self.config.get("num_train_timesteps", 1000)
        if self.chance(0.3) and "num_train_timesteps" in self.has:
            train = self.config["num_train_timesteps"] = self.random.choice((100, 250, 500, 750, 1200, 2000))
        if "beta_schedule" in self.has:
            choices = [SD, SD, {}, COSINE, {"beta_start": 0.0004, "beta_end": 0.015}, {"beta_schedule": "scaled_linear", "beta_start": 0.0015, "beta_end": 0.0195}]
            choices += [{"beta_schedule": "sigmoid"}, {"beta_schedule": "laplace"}] if self.name == "DDPMScheduler" else []
            choices += [{"beta_schedule": "sigmoid"}] if self.name == "RePaintScheduler" else []
            choices += [{"beta_schedule": "exp"}] if self.name == "HeunDiscreteScheduler" else []
            self.config.update(self.random.choice(choices))
            if self.chance(0.08) and self.name != "RePaintScheduler":
                low, high = 0.0002, 0.018 * min(1, 1000 / train)
                self.config["trained_betas"] = [round(low + (high - low) * i / (train - 1), 7) for i in range(train)] if train <= 100 else None
        self.put(0.15, rescale_betas_zero_snr=(True,))
        self.put(0.7, timestep_spacing=("linspace", "leading", "trailing"))
        self.put(0.4, steps_offset=(1, 1, 2, 3))
        self.put(0.3, set_alpha_to_one=(True, False))

    def shape_of_sigmas(self) -> None:
        families = [key for key in ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas", "use_flow_sigmas") if key in self.has]
        if families and self.chance(0.5):
            self.config[self.random.choice(families)] = True
            if self.chance(0.06):
                self.config[self.random.choice(families)] = True
        self.put(0.3, final_sigmas_type=("zero", "sigma_min"), interpolation_type=("linear", "log_linear"), timestep_type=("discrete", "continuous"))
        self.put(0.5, sigma_schedule=("karras", "exponential"))
        if self.config.get("use_flow_sigmas"):
            self.put(0.6, flow_shift=(0.7, 3.0, 5.0, 12.0))
            self.put(0.2, use_dynamic_shifting=(True,), shift_terminal=(0.1, 0.02))
        if "FlowMatch" in self.name:
            self.put(0.6, shift=(0.5, 1.15, 3.0, 5.0, 13.0))
            self.put(0.25, use_dynamic_shifting=(True,), invert_sigmas=(True,), shift_terminal=(0.1, 0.02), time_shift_type=("linear",), stochastic_sampling=(True,))
        if self.name == "EulerDiscreteScheduler":
            self.put(0.2, sigma_min=(0.02, 0.1), sigma_max=(9.0, 12.5))
        if self.name == "UniPCMultistepScheduler" and not self.config.get("use_flow_sigmas"):
            self.put(0.2, sigma_min=(0.02, 0.1), sigma_max=(9.0, 12.5))
        if "sigma_data" in self.has:
            self.put(0.3, sigma_min=(0.01, 0.3, 0.002), sigma_max=(20.0, 80.0, 500.0), sigma_data=(0.5, 1.0, 0.3), rho=(3.0, 7.0, 9.0), s_noise=(0.9, 1.0))
        self.put(0.2, lambda_min_clipped=(-5.1, -3.0))

    def model(self) -> None:
        if "prediction_type" in self.has and self.chance(0.5):
            kinds = ["epsilon", "sample", "v_prediction"]
            if self.name in SOLVERS:
                kinds += ["flow_prediction"] * (4 if self.config.get("use_flow_sigmas") else 0)
            if self.name.startswith("EDM"):
                kinds = ["epsilon", "v_prediction"]
            if self.name in ("CosineDPMSolverMultistepScheduler",):
                kinds = ["epsilon", "v_prediction"]
            if self.name == "SCMScheduler":
                kinds = ["trigflow"]
            self.config["prediction_type"] = self.random.choice(kinds)
        self.put(0.4, clip_sample=(True, False), clip_denoised=(True, False))
        self.put(0.25, clip_sample_range=(0.8, 2.0, 4.5), thresholding=(True,))
        if self.config.get("thresholding"):
            self.put(0.6, dynamic_thresholding_ratio=(0.8, 0.95), sample_max_value=(1.5, 3.0))
        if self.name == "DDPMScheduler":
            self.put(0.5, variance_type=("fixed_small", "fixed_small_log", "fixed_large", "learned_range", "learned"))
        if str(self.config.get("variance_type", "")).startswith("learned"):
            self.config["learned"] = True

    def solver(self) -> None:
        self.put(0.5, solver_order=(1, 2, 3), predictor_order=(1, 2, 3), corrector_order=(1, 2, 3, 4))
        self.put(0.3, lower_order_final=(True, False), euler_at_final=(True, False), predict_x0=(True, False), skip_prk_steps=(True, False))
        if self.name == "SASolverScheduler":
            self.put(0.3, algorithm_type=("data_prediction", "noise_prediction"), tau_func=([0.4, 100, 900], [0, 0, 0], [0.8, 0, 1000]))
        elif self.name == "UniPCMultistepScheduler":
            self.put(0.4, solver_type=("bh1", "bh2"), disable_corrector=([0], [0, 1], [1, 3]))
        elif "DPMSolver" in self.name and "SDE" not in self.name and "Cosine" not in self.name:
            kinds = ["dpmsolver", "dpmsolver++", "sde-dpmsolver++", "sde-dpmsolver"]
            self.put(0.5, solver_type=("midpoint", "heun"), algorithm_type=kinds[: 3 if "Singlestep" in self.name else 2 if "EDM" in self.name else 4])
            if self.name.startswith("EDM") and "algorithm_type" in self.config:
                self.config["algorithm_type"] = self.random.choice(("dpmsolver++", "sde-dpmsolver++"))
            if not self.config.get("algorithm_type", "dpmsolver++").endswith("++") and self.chance(0.9) and "final_sigmas_type" in self.has:
                self.config["final_sigmas_type"] = "sigma_min"
        if self.name == "CosineDPMSolverMultistepScheduler":
            self.put(0.4, solver_type=("midpoint", "heun"))
            self.config.pop("solver_order", None)
            self.put(0.4, solver_order=(1, 2))
        if self.config.get("algorithm_type") == "sde-dpmsolver" and self.config.get("solver_order") == 3:
            # Has no third order, in diffusers neither.
            self.config["solver_order"] = 2
        if self.name == "DPMSolverSDEScheduler":
            self.config["noise_sampler_seed"] = self.random.choice((0, 1, 7, 99, 2**40 + 5))
        self.put(0.3, original_inference_steps=(20, 50, 100), timestep_scaling=(1.0, 0.1, 10.0))
        if self.name == "RePaintScheduler":
            self.put(0.5, eta=(0.0, 0.3, 1.0))

    def run(self, steps: int) -> dict:
        own: dict = {}
        name, train = self.name, self.config.get("num_train_timesteps", 1000)
        if name == "RePaintScheduler":
            own = {"jump_length": self.random.choice((1, 2, 3)), "jump_n_sample": self.random.choice((1, 2, 3))}
        if self.config.get("use_dynamic_shifting") or (("mu" in self.knobs) and "FlowMatch" in name and self.chance(0.1)):
            own["mu"] = self.random.choice((0.3, 0.9, 1.6))
        if "strength" in self.knobs and self.chance(0.25):
            own["strength"] = self.random.choice((0.4, 0.6, 0.8))
        if "original_inference_steps" in self.knobs and self.chance(0.2):
            own["original_inference_steps"] = self.random.choice((20, 50, 80))
        if "num_train_timesteps" in self.knobs and self.chance(0.15):
            own["num_train_timesteps"] = max(steps, self.random.choice((train // 2, train * 4 // 5)))
        if "timesteps" in self.knobs and self.chance(0.2):
            scale = train / 1000
            chosen = sorted(self.random.sample(range(1, 1000), self.random.choice((1, 2, 3, 5, 8))), reverse=True)
            if name == "CMStochasticIterativeScheduler":
                train = self.config.get("num_train_timesteps", 40)
                chosen = sorted(self.random.sample(range(train), min(5, train)), reverse=True)
                scale = 1
            if name == "SCMScheduler":
                own["timesteps"] = [1.57, *sorted((round(self.random.uniform(0.05, 1.5), 4) for _ in range(2)), reverse=True), 0]
                own["max_timesteps"] = None
                own["intermediate_timesteps"] = None
            elif scale >= 1 and name not in ("LCMScheduler", "TCDScheduler") or name == "CMStochasticIterativeScheduler":
                own["timesteps"] = ALIGN_YOUR_STEPS if scale == 1 and name in SOLVERS and self.chance(0.4) else [int(t * scale) for t in chosen]
            elif name in ("LCMScheduler", "TCDScheduler"):
                own = {"timesteps": [int(t * scale) for t in chosen]}
        elif "sigmas" in self.knobs and self.config.get("sigma_schedule") != "exponential" and self.chance(0.15):
            flow = "FlowMatch" in name or self.config.get("use_flow_sigmas")
            count = self.random.choice((2, 4, 9))
            top = 0.99 if flow else 1.0 if name.startswith("EDM") else 13.0
            own["sigmas"] = sorted({round(self.random.uniform(0.03, top), 3) for _ in range(count)}, reverse=True)
            if name == "EulerDiscreteScheduler":
                own["sigmas"].append(0.0)
            if name == "EDMEulerScheduler":
                # Places on its schedule.
                own["sigmas"].reverse()
        if name == "SCMScheduler" and "timesteps" not in own:
            if steps != 2:
                own["intermediate_timesteps"] = None
            elif self.chance(0.5):
                own["intermediate_timesteps"] = 0.9
        return own

    def step(self) -> dict:
        options: dict = {}
        seed = {"seed": self.random.randrange(1, 10_000)}
        if self.name == "DPMSolverSDEScheduler":
            return {"s_noise": 0.6} if self.chance(0.2) else {}
        if self.name == "DDIMScheduler":
            if self.chance(0.3):
                options = {"eta": self.random.choice((0.2, 0.7, 1.0)), **seed}
            if self.chance(0.3):
                options["use_clipped_model_output"] = True
        if self.name == "TCDScheduler" and self.chance(0.6):
            options["eta"] = self.random.choice((0.0, 0.3, 0.7, 1.0))
        if self.name == "LMSDiscreteScheduler" and self.chance(0.5):
            options["order"] = self.random.choice((1, 2, 3, 4))
        if self.name in ("EulerDiscreteScheduler", "EDMEulerScheduler", "FlowMatchHeunDiscreteScheduler") and self.chance(0.35):
            options = {"s_churn": self.random.choice((0.5, 4.0, 30.0)), **seed}
            if self.chance(0.5):
                options |= {"s_tmin": 0.1, "s_tmax": 6.0, "s_noise": 1.02}
        sde = self.config.get("algorithm_type", "").startswith("sde") or self.config.get("stochastic_sampling")
        return options | seed if self.name in ANCESTRAL or sde else options

    def begin(self, steps: int) -> int | None:
        if self.name in ("DDIMInverseScheduler", "DPMSolverMultistepInverseScheduler", "RePaintScheduler", "SCMScheduler", "CMStochasticIterativeScheduler"):
            return None
        if steps < 3 or not self.chance(0.3):
            return None
        return self.random.randrange(1, steps) * (2 if self.name in TWO_CALLS else 1)


def random_cases(per_class: int, first: int = 0) -> list[dict]:
    """`per_class` rows of every class, those of the seeds from `first` on."""
    return [Draw(name, seed).row() for name in CLASSES for seed in range(first, first + per_class)]
