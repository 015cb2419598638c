"""LoRAs of Wan as trainers write them, tiny, over the tiny Wan, and what they make of it; where diffusers reads all of a file, what it makes of it, too."""

import copy
import json
from pathlib import Path

import diffusers
import peft
import torch
from diffusers import WanPipeline
from safetensors.torch import save_file

from . import wan_models
from .loras import agree
from .reference_file import ReferenceFile

HERE = Path(__file__).resolve().parent.parent / "loras"
STRENGTH = 0.8
IN_BLOCKS = {"self_attn.q": "attn1.to_q", "self_attn.k": "attn1.to_k", "self_attn.v": "attn1.to_v", "self_attn.o": "attn1.to_out.0", "cross_attn.q": "attn2.to_q",
             "cross_attn.k": "attn2.to_k", "cross_attn.v": "attn2.to_v", "cross_attn.o": "attn2.to_out.0", "ffn.0": "ffn.net.0.proj", "ffn.2": "ffn.net.2"}
NORMS = {"norm3": "norm2", "self_attn.norm_q": "attn1.norm_q", "self_attn.norm_k": "attn1.norm_k", "cross_attn.norm_q": "attn2.norm_q"}
OUTSIDE = {"time_embedding.0": "condition_embedder.time_embedder.linear_1", "time_embedding.2": "condition_embedder.time_embedder.linear_2",
           "text_embedding.0": "condition_embedder.text_embedder.linear_1", "text_embedding.2": "condition_embedder.text_embedder.linear_2",
           "time_projection.1": "condition_embedder.time_proj", "head.head": "proj_out"}


def modules(inner: dict, outer: dict) -> dict:
    """diffusers' paths by Wan's own."""
    return {**{f"blocks.{i}.{own}": f"blocks.{i}.{theirs}" for i in range(2) for own, theirs in inner.items()}, **outer}


def changes() -> tuple[dict, dict]:
    """Halves of low rank for every linear, and differences of biases, norms and the kernel of the patches, by Wan's own names."""
    model, generator = wan_models.transformer(), torch.Generator().manual_seed(46)
    low, differences = {}, {}
    for own, theirs in modules(IN_BLOCKS, OUTSIDE).items():
        linear = model.get_submodule(theirs)
        low[own] = (torch.randn(2, linear.in_features, generator=generator) * linear.in_features**-0.5, 0.4 * torch.randn(linear.out_features, 2, generator=generator))
        differences[f"{own}.diff_b"] = 0.1 * torch.randn(linear.out_features, generator=generator)
    for own, theirs in modules(NORMS, {"patch_embedding": "patch_embedding"}).items():
        norm = model.get_submodule(theirs)
        differences[f"{own}.diff"] = 0.1 * torch.randn(norm.weight.shape, generator=generator)
        if getattr(norm, "bias", None) is not None:
            differences[f"{own}.diff_b"] = 0.1 * torch.randn(norm.bias.shape, generator=generator)
    return low, differences


def merged(low: dict, differences: dict, scale: float):
    """The transformer with all of it in its weights, in double precision."""
    model = copy.deepcopy(wan_models.transformer())
    names = modules({**IN_BLOCKS, **NORMS}, {**OUTSIDE, "patch_embedding": "patch_embedding"})
    add = lambda weights, change: weights.data.copy_((weights.double() + STRENGTH * change.double()).float())
    for own, (down, up) in low.items():
        add(model.get_submodule(names[own]).weight, scale * (up.double() @ down.double()))
    for name, change in differences.items():
        own, _, kind = name.rpartition(".")
        add(getattr(model.get_submodule(names[own]), "weight" if kind == "diff" else "bias"), change)
    return model


def make() -> None:
    diffusers.logging.set_verbosity_error()
    low, differences = changes()
    biases = {name: change for name, change in differences.items() if "norm" not in name and "patch" not in name}
    halves = lambda prefix, down, up, names=lambda own: own: {
        f"{prefix}{names(own)}.{half}.weight": weights for own, pair in low.items() for half, weights in zip((down, up), pair)}
    save_file({**halves("diffusion_model.", "lora_down", "lora_up"), **{f"diffusion_model.{name}": change for name, change in differences.items()}}, HERE / "wan-causvid.safetensors")
    theirs = modules(IN_BLOCKS, OUTSIDE)
    save_file(halves("transformer.", "lora_A", "lora_B", theirs.get), HERE / "wan-style.safetensors",
              metadata={"lora_adapter_metadata": json.dumps({"transformer.r": 2, "transformer.lora_alpha": 3, "transformer.target_modules": sorted(theirs.values())})})
    flat = lambda own: own.replace(".", "_")
    alphas = {f"lora_unet_{flat(own)}.alpha": torch.tensor(1.0) for own in low}
    save_file({**halves("lora_unet_", "lora_down", "lora_up", flat), **alphas}, HERE / "wan-kohya.safetensors")

    file = ReferenceFile("wanLoras")
    generator = torch.Generator().manual_seed(53)
    sample, text = torch.randn(1, wan_models.LATENT_CHANNELS, 3, 6, 4, generator=generator), torch.randn(1, 9, wan_models.TEXT_WIDTH, generator=generator)
    call = lambda model: model(sample, torch.tensor([501.0]), text, return_dict=False)[0]
    outputs = {"wan-causvid": call(merged(low, differences, 1)), "wan-style": call(merged(low, {}, 1.5)), "wan-kohya": call(merged(low, {}, 0.5))}
    for name, place, expected in (
        ("wan-style", HERE / "wan-style.safetensors", outputs["wan-style"]),
        ("biases", {**halves("diffusion_model.", "lora_down", "lora_up"), **{f"diffusion_model.{name}": change for name, change in biases.items()}}, call(merged(low, biases, 1)))):
        model = copy.deepcopy(wan_models.transformer())
        state, metadata = WanPipeline.lora_state_dict(place, return_lora_metadata=True)
        WanPipeline.load_lora_into_transformer(state, transformer=model, adapter_name=name, metadata=metadata)
        model.set_adapters([name], [STRENGTH])
        agree(call(model), expected)
    file.save({"diffusers": diffusers.__version__, "peft": peft.__version__, "sample": file.add(sample), "text": file.add(text), "timestep": 501, "weight": STRENGTH,
               "outputs": {name: file.add(output) for name, output in outputs.items()}})
