"""PSNR, SSIM and distances by scikit-image, of whole clips and inside and outside of masks; warp error by its definition in NumPy."""

import numpy as np
import skimage
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

from .reference_file import ReferenceFile

FRAMES, HEIGHT, WIDTH = 4, 29, 37


def texture(rng: np.random.Generator) -> np.ndarray:
    """A picture with shapes of several sizes, larger than the frames that are cut out of it."""
    coarse = np.kron(rng.integers(0, 256, (8, 10, 3)), np.ones((8, 8, 1)))
    fine = rng.integers(-40, 41, (64, 80, 3))
    return np.clip(coarse + fine, 0, 255)


def clip(rng: np.random.Generator) -> np.ndarray:
    """The texture moves by (2, 1) pixels a frame, and a block before it stays."""
    picture = texture(rng)
    frames = np.stack([picture[8 + i : 8 + i + HEIGHT, 12 + 2 * i : 12 + 2 * i + WIDTH] for i in range(FRAMES)])
    frames[:, 10:18, 14:25] = picture[40:48, 60:71]
    return frames.astype(np.uint8)


def similarity(a: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray]:
    return structural_similarity(
        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=-1, full=True
    )


def masked_similarity(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Mean of the map where the mask is, of the windows that lie wholly in the picture."""
    pad = 5
    maps = [similarity(x, y)[1][pad:-pad, pad:-pad] for x, y in zip(a, b)]
    return float(np.mean(np.concatenate([m[where[pad:-pad, pad:-pad]] for m, where in zip(maps, mask)])))


def flow(a: np.ndarray, b: np.ndarray, block: int, reach: int) -> np.ndarray:
    """Full search by the sum of absolute differences of the luma; of equal places the nearest one."""
    weights = np.array([299, 587, 114])
    x, y = (picture.astype(np.int64) @ weights for picture in (a, b))
    out = np.zeros((HEIGHT, WIDTH, 2), int)
    span = range(-reach, reach + 1)
    moves = sorted(((dx, dy) for dy in span for dx in span), key=lambda move: move[0] ** 2 + move[1] ** 2)
    for top in range(0, HEIGHT, block):
        for left in range(0, WIDTH, block):
            bottom, right = min(top + block, HEIGHT), min(left + block, WIDTH)
            best = None
            for dx, dy in moves:
                if left + dx < 0 or top + dy < 0 or right + dx > WIDTH or bottom + dy > HEIGHT:
                    continue
                cost = np.abs(x[top:bottom, left:right] - y[top + dy : bottom + dy, left + dx : right + dx]).sum()
                if best is None or cost < best[0]:
                    best = (cost, dx, dy)
            out[top:bottom, left:right] = best[1:]
    return out


def warp_error(frames: np.ndarray, motion_of: np.ndarray, block: int = 8, reach: int = 7) -> float:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    errors = []
    for i in range(len(frames) - 1):
        forth = flow(motion_of[i], motion_of[i + 1], block, reach)
        to_row, to_column = rows + forth[..., 1], columns + forth[..., 0]
        back = flow(motion_of[i + 1], motion_of[i], block, reach)[to_row, to_column]
        length = lambda v: (v**2).sum(-1)
        seen = length(forth + back) <= 0.01 * (length(forth) + length(back)) + 0.5
        difference = (frames[i] / 255.0 - frames[i + 1][to_row, to_column] / 255.0)[seen]
        errors.append(np.mean(difference**2))
    return float(np.mean(errors))


def make() -> None:
    file = ReferenceFile("metrics")
    rng = np.random.default_rng(16)
    source = clip(rng)
    edited = np.clip(source.astype(int) + rng.normal(0, 12, source.shape) + 8, 0, 255).astype(np.uint8)
    mask = np.zeros((FRAMES, HEIGHT, WIDTH), bool)
    for i in range(FRAMES):
        mask[i, 6 + i : 20 + i, 9:26] = True
    masked = {
        side: {
            "psnr": float(peak_signal_noise_ratio(source[where], edited[where], data_range=255)),
            "ssim": masked_similarity(source, edited, where),
        }
        for side, where in (("inside", mask), ("outside", ~mask))
    }
    file.save(
        {
            "scikit-image": skimage.__version__,
            "source": file.add(source),
            "edited": file.add(edited),
            "mask": file.add(mask[:, None].astype(np.float32)),
            "psnr": float(peak_signal_noise_ratio(source, edited, data_range=255)),
            "mse": float(mean_squared_error(source, edited)),
            "ssim": float(np.mean([similarity(x, y)[0] for x, y in zip(source, edited)])),
            "masked": masked,
            "flicker": float(np.mean(np.abs(np.diff(edited.astype(float), axis=0))) / 255),
            "warpError": warp_error(edited, edited),
            "warpErrorAlongSource": warp_error(edited, source),
        }
    )
