"""What PyTorch makes of a tiny Wan VACE's transformer, and diffusers of whole runs: masks, control clips and reference pictures."""

import diffusers
import torch
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers
from diffusers import FlowMatchEulerDiscreteScheduler, WanVACEPipeline

from . import wan_models
from .pictures import synthetic_frames
from .pipelines import picture
from .reference_file import ReferenceFile
from .wan import run


def calls(file: ReferenceFile) -> list[dict]:
    generator = torch.Generator().manual_seed(52)
    model = wan_models.vace_transformer()
    cases = []
    for batch, frames, height, width, tokens, scales in ((2, 3, 6, 4, 7, (1.0, 0.7)), (1, 1, 4, 10, 512, (0.5, 0.0))):
        sample = torch.randn(batch, model.config.in_channels, frames, height, width, generator=generator)
        control = torch.randn(batch, model.config.vace_in_channels, frames, height, width, generator=generator)
        text = torch.randn(batch, tokens, wan_models.TEXT_WIDTH, generator=generator)
        output = model(sample, torch.tensor([501.0]), text, control_hidden_states=control, control_hidden_states_scale=torch.tensor(scales), return_dict=False)[0]
        cases.append({"sample": file.add(sample), "control": file.add(control), "text": file.add(text), "timestep": [501.0], "scales": list(scales), "output": file.add(output)})
    return cases


def disc_mask(count: int, width: int, height: int) -> torch.Tensor:
    """uint8 [count, height, width, 3]: a bright disc that moves."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    frames = []
    for frame in range(count):
        distance = ((x - width * (0.3 + 0.05 * frame)) ** 2 + (y - height * 0.45) ** 2).sqrt()
        frames.append((255 * (distance < 0.3 * height)).to(torch.uint8)[..., None].repeat(1, 1, 3))
    return torch.stack(frames)


def in_time(count: int, width: int, height: int) -> torch.Tensor:
    """Dark at the first and the last frame, bright between them."""
    mask = torch.full((count, height, width, 3), 255, dtype=torch.uint8)
    mask[0], mask[-1] = 0, 0
    return mask


def unit(frames: torch.Tensor) -> torch.Tensor:
    """uint8 [frames, height, width, 3] to [1, frames, 3, height, width] in 0...1."""
    return frames.permute(0, 3, 1, 2)[None].float() / 255


def shown(source: torch.Tensor | None, mask: torch.Tensor | None, control: torch.Tensor | None) -> torch.Tensor | None:
    """The source, where the mask is bright gray or the control clip."""
    if mask is None:
        return None if control is None and source is None else unit(source if control is None else control)
    inside = unit(mask) > 0.5
    return torch.where(inside, torch.full_like(unit(source), 0.5) if control is None else unit(control), unit(source))


def whole(file: ReferenceFile, title: str, seed: int, *, source=None, mask=None, control=None, references=(), scale=1.0, count=None, steps=5, guidance=4.0, scheduler=None, **size) -> dict:
    video = shown(source, mask, control)
    inputs = {"video": video, "mask": None if mask is None else unit(mask), "reference_images": [picture(frame) for frame in references] or None,
              "conditioning_scale": scale, "num_frames": count or len(source)}
    row = run(file, WanVACEPipeline, title, seed, steps, guidance, scheduler, transformer=wan_models.vace_transformer, references=len(references), **size, **inputs)
    given = {"source": source, "mask": mask, "control": control}
    return {**row, "frames": count or len(source), "conditioning_scale": scale, "references": [file.add(frame[None]) for frame in references],
            **{name: file.add(clip) for name, clip in given.items() if clip is not None}}


def runs(file: ReferenceFile) -> list[dict]:
    source, other = synthetic_frames(9, 64, 48), synthetic_frames(9, 64, 48).flip(2)
    pictures = [synthetic_frames(3, 64, 48)[2], synthetic_frames(2, 32, 48)[1]]
    euler = FlowMatchEulerDiscreteScheduler(shift=5.0)
    return [
        whole(file, "a moving mask", 701, source=source, mask=disc_mask(9, 64, 48)),
        whole(file, "the source alone", 702, source=source, guidance=1.0),
        whole(file, "reference pictures of two shapes", 703, references=pictures, count=5),
        whole(file, "a control clip, two scales", 704, control=other, scale=[1.0, 0.4], count=9),
        whole(file, "mask, control clip and a reference picture, Euler", 705, source=source, mask=disc_mask(9, 64, 48), control=other, references=pictures[:1], scale=0.7, scheduler=euler),
        whole(file, "first and last frame", 706, source=synthetic_frames(13, 32, 32), mask=in_time(13, 32, 32), width=32, height=32),
    ]


def original_names() -> dict:
    """diffusers' names by Wan's own, as diffusers' converter has them."""
    kinds = ("weight", "bias")
    inner = [f"{place}.{part}.{kind}" for place in ("self_attn", "cross_attn") for part in "qkvo" for kind in kinds]
    inner += [f"{place}.norm_{part}.weight" for place in ("self_attn", "cross_attn") for part in "qk"]
    inner += [f"{part}.{kind}" for part in ("ffn.0", "ffn.2", "norm3") for kind in kinds] + ["modulation"]
    hinting = [f"after_proj.{kind}" for kind in kinds]
    own = [f"blocks.{i}.{name}" for i in range(3) for name in inner] + [f"vace_blocks.{i}.{name}" for i in range(2) for name in inner + hinting]
    outer = ("patch_embedding", "vace_patch_embedding", "time_embedding.0", "time_embedding.2", "text_embedding.0", "text_embedding.2", "time_projection.1", "head.head", "vace_blocks.0.before_proj")
    own += [f"{part}.{kind}" for part in outer for kind in kinds] + ["head.modulation"]
    names = {converted: name for converted, name in convert_wan_transformer_to_diffusers({name: name for name in own}).items()}
    assert set(names) == set(wan_models.vace_transformer().state_dict()), set(names) ^ set(wan_models.vace_transformer().state_dict())
    return {own: converted for converted, own in names.items()}


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("wanVace")
    file.save({"diffusers": diffusers.__version__, "original_names": original_names(), "calls": calls(file), "runs": runs(file)})
