"""ᾱ and σ of every training timestep, with every schedule of βs, with and without zero terminal SNR."""

from contextlib import contextmanager

import diffusers
import torch

from .reference_file import ReferenceFile

# The first scheduler of diffusers that knows the schedule; σ is Euler's formula in each.
SCHEDULES = {
    "linear": "EulerDiscreteScheduler",
    "scaled_linear": "EulerDiscreteScheduler",
    "squaredcos_cap_v2": "EulerDiscreteScheduler",
    "laplace": "DDPMScheduler",
    "sigmoid": "DDPMScheduler",
}
SPANS = {"diffusers' own": {}, "Stable Diffusion's": {"beta_start": 0.00085, "beta_end": 0.012}}


@contextmanager
def rounded_square_roots():
    """Square roots rounded correctly, as IEEE 754 asks: those of PyTorch's vector library differ in the last digit on some processors."""
    own = torch.Tensor.sqrt
    torch.Tensor.sqrt = lambda self: own(self.double()).float() if self.dtype == torch.float32 else own(self)
    try:
        yield
    finally:
        torch.Tensor.sqrt = own


def make() -> None:
    file = ReferenceFile("noise_schedules")
    cases = []
    for schedule, scheduler in SCHEDULES.items():
        for span, betas in SPANS.items():
            if betas and schedule not in ("linear", "scaled_linear"):
                continue
            for count in (1000, 100):
                for zero_snr in (True, False):
                    config = {"beta_schedule": schedule, "num_train_timesteps": count, "rescale_betas_zero_snr": zero_snr, **betas}
                    if not betas:
                        config |= {"beta_start": 0.0001, "beta_end": 0.02}
                    with rounded_square_roots():
                        alphas = getattr(diffusers, scheduler)(**config).alphas_cumprod.clone()
                        if zero_snr:
                            alphas[-1] = 2**-24
                        sigmas = ((1 - alphas) / alphas).sqrt()
                    cases.append({"title": f"{schedule}, {span} βs, {count} timesteps", "config": config,
                                  "alphas": file.add(alphas), "sigmas": file.add(sigmas)})
    file.save({"diffusers": diffusers.__version__, "torch": torch.__version__, "cases": cases})
