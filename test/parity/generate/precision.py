"""What single precision costs diffusers itself, and runs without that cost: the schedule of single precision, all else in double."""

import contextlib

import torch

# Where a run loses more than this in single precision, its values are kept, or kept as well, in double precision.
ROUNDING = 2e-6


def in_double(scheduler) -> None:
    """From here on the scheduler computes in double precision, with the sigmas and alphas that single precision gave it."""
    if isinstance(getattr(scheduler, "sigmas", None), torch.Tensor):
        scheduler.sigmas = scheduler.sigmas.double()
    elif isinstance(getattr(scheduler, "alphas_cumprod", None), torch.Tensor):
        scheduler.alphas_cumprod = scheduler.alphas_cumprod.double()
        for name in ("betas", "final_alpha_cumprod", "one"):
            if hasattr(scheduler, name):
                setattr(scheduler, name, torch.as_tensor(getattr(scheduler, name)).double())


@contextlib.contextmanager
def noise_of_single_precision():
    """torch draws other numbers for double precision; here they are those of single precision."""
    drawn = torch.randn
    torch.randn = lambda *shape, dtype=None, **more: drawn(*shape, dtype=torch.float32, **more).to(dtype or torch.float32)
    try:
        yield
    finally:
        torch.randn = drawn


@contextlib.contextmanager
def correctly_rounded():
    """
    Square roots, logarithms and exponentials rounded to the nearest number of single precision.

    torch takes them from MKL, whose last digit depends on the processor: on the one that made these values one square root in five and one
    logarithm in sixteen are rounded otherwise. A Brownian motion over sigma tells the millionth part of sigma apart, and is off by a
    thousandth of its deviation beside it.
    """
    owners = [(torch.Tensor, name) for name in ("sqrt", "log", "exp", "expm1", "__pow__")] + [(torch, name) for name in ("sqrt", "log", "exp", "expm1")]
    kept = [(owner, name, getattr(owner, name)) for owner, name in owners]
    for owner, name, function in kept:
        setattr(owner, name, lambda tensor, *rest, function=function: function(tensor.double(), *rest).to(tensor.dtype) if tensor.dtype == torch.float32 else function(tensor, *rest))
    try:
        yield
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def relative(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference in parts of the root mean square."""
    return float((a.double() - b.double()).abs().max() / b.double().pow(2).mean().sqrt())


def differ(single, double) -> float:
    """The largest of the relative differences of two lists of values, either of which may hold None."""
    return max((relative(a, b) for a, b in zip(single, double) if a is not None and b is not None), default=0.0)
