"""What `torch.randn` gives for a seed on the CPU."""

import torch

from .reference_file import ReferenceFile

LONG_SEEDS = [0, 42, 1234567891, 2**32 + 5, 2**63 - 25]
LONG_COUNT = 10_000
# PyTorch draws tensors of fewer than 16 values another way than larger ones, and redraws the last block of odd lengths.
SHAPES = [[1], [2], [5], [15], [16], [17], [23], [31], [33], [100], [2, 3], [3, 5, 1], [1, 4, 2, 2], [2, 4, 3, 3], [1, 4, 8, 8]]
# Small draws keep the second value of a pair for the next small draw, even across a large one.
SEQUENCES = [
    [[5], [3], [20], [7]],
    [[1], [1], [1], [1]],
    [[3], [16], [1], [17], [2]],
    [[100], [5], [100], [5]],
    [[1, 4, 8, 8], [1, 4, 8, 8], [2, 4, 8, 8]],
    [[15], [15], [33], [2], [2]],
]


def generator(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def make() -> None:
    file = ReferenceFile("noise")
    file.save(
        {
            "torch": torch.__version__,
            "long": [
                {"seed": str(seed), "values": file.add(torch.randn(LONG_COUNT, generator=generator(seed)))} for seed in LONG_SEEDS
            ],
            "shapes": [
                {"seed": str(seed), "values": file.add(torch.randn(shape, generator=generator(seed)))}
                for seed in (0, 7, 2**32 + 5)
                for shape in SHAPES
            ],
            "sequences": [
                {"seed": str(seed), "values": [file.add(torch.randn(shape, generator=g)) for shape in shapes]}
                for seed in (0, 42)
                for shapes in SEQUENCES
                for g in [generator(seed)]
            ],
        }
    )
