"""Attention probabilities of tiny video transformers as PyTorch computes them where diffusers does: of tokens to words, and of every frame to every other."""

import diffusers.models.transformers.transformer_ltx as ltx_module
import diffusers.models.transformers.transformer_wan as wan_module
import torch
from diffusers import LTXPipeline

from . import ltx_models, wan_models
from .reference_file import ReferenceFile

FRAMES = 3


def recorded(module, call) -> list[torch.Tensor]:
    """Probabilities `[heads, queries, keys]` in the order of computation, of self-attention and attention to the text in turn."""
    maps, plain = [], module.dispatch_attention_fn

    def attend(query, key, value, attn_mask=None, **_):
        query, key, value = (part.transpose(1, 2) for part in (query, key, value))
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        if attn_mask is not None:
            scores = scores + (torch.zeros(attn_mask.shape).masked_fill(~attn_mask, -torch.inf) if attn_mask.dtype == torch.bool else attn_mask)
        probabilities = scores.softmax(-1)
        maps.append(probabilities[0])
        return (probabilities @ value).transpose(1, 2)

    module.dispatch_attention_fn = attend
    call()
    module.dispatch_attention_fn = plain
    return maps


def between_frames(map: torch.Tensor) -> torch.Tensor:
    """`[heads, queries, keys]` to `[heads, frames, frames]`: the mean over places that look, the sum over places looked at."""
    heads, places, _ = map.shape
    return map.reshape(heads, FRAMES, places // FRAMES, FRAMES, places // FRAMES).sum(-1).mean(2)


def case(file: ReferenceFile, sample: torch.Tensor, text: torch.Tensor, maps: list, names: list[str]) -> dict:
    pairs = list(zip(names, zip(maps[0::2], maps[1::2], strict=True), strict=True))
    return {"sample": file.add(sample[0].transpose(0, 1)), "embeddings": file.add(text), "timestep": 501,
            "words": {f"{name}.attn2": file.add(words) for name, (_, words) in pairs},
            "frames": {f"{name}.attn1": file.add(between_frames(frames)) for name, (frames, _) in pairs}}


def wan(file: ReferenceFile) -> dict:
    generator = torch.Generator().manual_seed(61)
    model = wan_models.transformer()
    sample = torch.randn(1, model.config.in_channels, FRAMES, 6, 4, generator=generator)
    text = torch.randn(1, 7, wan_models.TEXT_WIDTH, generator=generator)
    maps = recorded(wan_module, lambda: model(sample, torch.tensor([501.0]), text))
    return case(file, sample, text, maps, [f"blocks.{i}" for i in range(len(model.blocks))])


def ltx(file: ReferenceFile) -> dict:
    generator = torch.Generator().manual_seed(62)
    model, fps = ltx_models.transformer(), 24
    sample = torch.randn(1, ltx_models.LATENT_CHANNELS, FRAMES, 3, 2, generator=generator)
    text = torch.randn(1, 9, ltx_models.TEXT_WIDTH, generator=generator)
    places = {"num_frames": FRAMES, "height": 3, "width": 2, "rope_interpolation_scale": (8 / fps, 32, 32)}
    maps = recorded(ltx_module, lambda: model(LTXPipeline._pack_latents(sample), text, torch.tensor([501.0]), torch.ones(1, 9), **places))
    return {**case(file, sample, text, maps, [f"transformer_blocks.{i}" for i in range(len(model.transformer_blocks))]), "fps": fps}


def make() -> None:
    file = ReferenceFile("videoAttention")
    file.save({"wan": wan(file), "ltx": ltx(file)})
