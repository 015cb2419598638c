"""Attention probabilities of the tiny models as diffusers computes them, and of every fused spelling as NumPy does."""

import torch

from . import attention_graphs, tiny_models
from .reference_file import ReferenceFile

TOKENS = 13


class Recorder:
    """Does what diffusers' plain processor does, and keeps the probabilities `[batch, heads, queries, keys]`.

    With `frames`, self-attention takes keys and values from those frames (Text2Video-Zero's cross-frame attention)."""

    def __init__(self, maps: dict, name: str, frames: list[int] | None = None):
        self.maps, self.name, self.frames = maps, name, frames

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if encoder_hidden_states is None and self.frames is not None:
            context = context[self.frames]
        query, key, value = (attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)))
        probabilities = attn.get_attention_scores(query, key, attention_mask)
        self.maps[self.name] = probabilities.reshape(-1, attn.heads, *probabilities.shape[1:])
        hidden_states = attn.batch_to_head_dim(torch.bmm(probabilities, value))
        return attn.to_out[1](attn.to_out[0](hidden_states))


def record(model, frames: list[int] | None = None) -> dict:
    """Makes every attention of the model write its probabilities into the result."""
    maps: dict = {}
    model.set_attn_processor({name: Recorder(maps, name.removesuffix(".processor"), frames) for name in model.attn_processors})
    return maps


def unet(file: ReferenceFile) -> dict:
    generator = torch.Generator("cpu").manual_seed(41)
    model = tiny_models.unet()
    before = model.attn_processors
    sample = torch.randn(2, 4, 4, 8, generator=generator)
    prompt = torch.randn(1, TOKENS, tiny_models.WIDTH, generator=generator)
    maps = record(model)
    model(sample, 500, prompt.expand(2, -1, -1))
    crossed = []
    for frames in ([0, 1], [0, 0], [1, 0]):
        record(model, frames)
        crossed.append({"frames": frames, "output": file.add(model(sample, 500, prompt.expand(2, -1, -1)).sample)})
    model.set_attn_processor(before)
    return {"sample": file.add(sample), "embeddings": file.add(prompt), "timestep": 500, "maps": stored(file, maps), "crossed": crossed}


def motion_unet(file: ReferenceFile) -> dict:
    generator = torch.Generator("cpu").manual_seed(42)
    model, frames = tiny_models.motion_unet(), tiny_models.MOTION_FRAMES
    before = model.attn_processors
    sample = torch.randn(1, 4, frames, 4, 8, generator=generator)
    prompt = torch.randn(1, TOKENS, tiny_models.WIDTH, generator=generator)
    maps = record(model)
    model(sample, torch.tensor([500]), prompt.expand(frames, -1, -1))
    model.set_attn_processor(before)
    return {"sample": file.add(sample[0].permute(1, 0, 2, 3)), "embeddings": file.add(prompt), "timestep": 500, "maps": stored(file, maps)}


def stored(file: ReferenceFile, maps: dict) -> dict:
    return {name: file.add(probabilities) for name, probabilities in maps.items()}


def make() -> None:
    file = ReferenceFile("attention")
    file.save({"unet": unet(file), "motion_unet": motion_unet(file), "forms": attention_graphs.forms(file),
               "packed": attention_graphs.packed(file), "clip": attention_graphs.clip(file)})
