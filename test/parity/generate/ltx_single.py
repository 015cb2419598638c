"""LTX-Videos in one file: what their makers call each tensor, found by asking diffusers' own converters, and the settings of the autoencoders that were released."""

import functools
import json
import re
from pathlib import Path

import torch
from diffusers import AutoencoderKLLTXVideo
from diffusers.loaders.single_file_utils import convert_ltx_transformer_checkpoint_to_diffusers, convert_ltx_vae_checkpoint_to_diffusers
from safetensors import safe_open

from .ltx_models import HERE

DOWN = "vae.encoder.conv_out.conv.weight"
TIMED = "vae.decoder.last_time_embedder.timestep_embedder.linear_1.weight"
# As diffusers' scripts/convert_ltx_to_diffusers.py has them; 0.9.0 is the class's default.
LATER = {"decoder_block_out_channels": (256, 512, 1024), "decoder_spatio_temporal_scaling": (True, True, True), "upsample_residual": (True, True, True), "upsample_factor": (2, 2, 2),
         "timestep_conditioning": True}
RELEASED = {
    "0.9.0": {},
    "0.9.1": {**LATER, "decoder_layers_per_block": (5, 6, 7, 8), "decoder_inject_noise": (True, True, True, False)},
    "0.9.5": {**LATER, "decoder_layers_per_block": (5, 5, 5, 5), "decoder_inject_noise": (False, False, False, False), "block_out_channels": (128, 256, 512, 1024, 2048),
              "down_block_types": ("LTXVideo095DownBlock3D",) * 4, "layers_per_block": (4, 6, 6, 2, 2), "spatio_temporal_scaling": (True, True, True, True),
              "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"), "spatial_compression_ratio": 32, "temporal_compression_ratio": 8},
}


def converted(own: str, version: str) -> str | None:
    """What diffusers makes of a name of an autoencoder of a version."""
    told = {DOWN: torch.empty(1, 2048 if version == "0.9.5" else 512, device="meta"), **({} if version == "0.9.0" else {TIMED: 0})}
    before = set(convert_ltx_vae_checkpoint_to_diffusers(dict(told)))
    after = convert_ltx_vae_checkpoint_to_diffusers({own: 0, **told})
    return next(iter(set(after) - before), None) if own not in told else next(name for name in before if ("conv_out" in name) == (own == DOWN))


def own_vae_name(name: str, version: str) -> str:
    """The shortest name that diffusers turns into this one."""
    statistics = {"latents_mean": "vae.per_channel_statistics.mean-of-means", "latents_std": "vae.per_channel_statistics.std-of-means"}
    if name in statistics:
        return statistics[name]
    theirs = name.replace("conv_shortcut.conv", "conv_shortcut").replace("resnets", "res_blocks").replace("norm3", "norm3.norm")
    half, *parts = theirs.split(".")
    top = ["last_" + parts[0], *parts[1:]] if half == "decoder" and parts[0] in ("time_embedder", "scale_shift_table") else parts
    blocks = "down_blocks" if half == "encoder" else "up_blocks"
    candidates = [f"vae.{half}.{'.'.join(top)}"] if "block" not in parts[0] else [
        f"vae.{half}.{blocks}.{number}.{'.'.join(parts[start:])}" for start in range(len(parts) - 1, 0, -1) for number in range(10)]
    return next(own for own in candidates if converted(own, version) == name)


def vae_names(names: list[str], version: str) -> dict[str, str]:
    return {own_vae_name(name, version): name for name in names}


def transformer_names(names: list[str]) -> dict[str, str]:
    def own(name: str) -> str:
        name = re.sub(r"^proj_in\b", "patchify_proj", re.sub(r"^time_embed\b", "adaln_single", name))
        return "model.diffusion_model." + re.sub(r"\.norm_([qk])\.", r".\1_norm.", name)
    found = {own(name): name for name in names}
    assert set(convert_ltx_transformer_checkpoint_to_diffusers(dict.fromkeys(found))) == set(names)
    return found


def tiny(part: str) -> list[str]:
    with safe_open(HERE / part / "diffusion_pytorch_model.safetensors", "pt") as file:
        return list(file.keys())


@functools.cache
def released(version: str) -> AutoencoderKLLTXVideo:
    with torch.device("meta"):
        return AutoencoderKLLTXVideo(**RELEASED[version])


def make() -> None:
    rows = {"transformer": transformer_names(tiny("ltx/transformer")), "vae": vae_names(tiny("ltx/vae"), "0.9.0"), "timedVae": vae_names(tiny("ltx-timed/vae"), "0.9.5"), "released": {}}
    for version in RELEASED:
        model = released(version)
        shapes = {name: list(weights.shape) for name, weights in model.state_dict().items()}
        names = vae_names(list(shapes), version)
        config = {name: value for name, value in model.config.items() if not name.startswith("_")}
        rows["released"][version] = {"config": config, "tensors": {own: [name, shapes[name]] for own, name in names.items()}}
    path = Path(HERE).parent / "reference" / "ltxSingle.json"
    path.write_text(json.dumps(rows) + "\n", encoding="utf-8")
    print("ltxSingle", path.stat().st_size, "bytes")
