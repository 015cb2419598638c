"""LoRAs of LTX-Video as trainers write them, tiny, over the tiny LTX-Video, and what diffusers makes of them."""

import copy
from pathlib import Path

import diffusers
import torch
from diffusers import LTXPipeline
from diffusers.loaders.single_file_utils import convert_ltx_transformer_checkpoint_to_diffusers
from safetensors.torch import save_file

from . import ltx_models
from .loras import agree
from .reference_file import ReferenceFile

HERE = Path(__file__).resolve().parent.parent / "loras"
STRENGTH = 0.8
FPS = 24


def own_name(path: str) -> str:
    """The makers' name of a module; diffusers' converter, which goes the other way, says whether it is right."""
    name = "patchify_proj" if path == "proj_in" else path.replace("time_embed.", "adaln_single.").replace("norm_q", "q_norm").replace("norm_k", "k_norm")
    assert list(convert_ltx_transformer_checkpoint_to_diffusers({f"model.diffusion_model.{name}.weight": None})) == [f"{path}.weight"], name
    return name


def call(model, sample: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    frames, height, width = sample.shape[2:]
    places = {"num_frames": frames, "height": height, "width": width, "rope_interpolation_scale": (8 / FPS, 32, 32)}
    out = model(LTXPipeline._pack_latents(sample), text, torch.tensor([501.0]), torch.ones(1, text.shape[1]), return_dict=False, **places)[0]
    return LTXPipeline._unpack_latents(out, frames, height, width)


def make() -> None:
    diffusers.logging.set_verbosity_error()
    plain, generator = ltx_models.transformer(), torch.Generator().manual_seed(47)
    linears = {path: module for path, module in plain.named_modules() if isinstance(module, torch.nn.Linear)}
    low = {path: (torch.randn(2, module.in_features, generator=generator) * module.in_features**-0.5, 0.4 * torch.randn(module.out_features, 2, generator=generator))
           for path, module in linears.items()}
    of_blocks = {path: pair for path, pair in low.items() if path.startswith("transformer_blocks")}
    halves = lambda prefix, pairs, names: {f"{prefix}{names(path)}.{half}.weight": weights for path, pair in pairs.items() for half, weights in zip(("lora_A", "lora_B"), pair)}
    save_file(halves("diffusion_model.", low, own_name), HERE / "ltx-own.safetensors")
    save_file(halves("transformer.", of_blocks, lambda path: path), HERE / "ltx-style.safetensors")

    sample = torch.randn(1, ltx_models.LATENT_CHANNELS, 3, 2, 3, generator=generator)
    text = torch.randn(1, 7, ltx_models.TEXT_WIDTH, generator=generator)
    file, outputs = ReferenceFile("ltxLoras"), {}
    for name, pairs in (("ltx-own", low), ("ltx-style", of_blocks)):
        model = copy.deepcopy(plain)
        for path, (down, up) in pairs.items():
            weight = model.get_submodule(path).weight.data
            weight.copy_((weight.double() + STRENGTH * (up.double() @ down.double())).float())
        outputs[name] = call(model, sample, text)
    # diffusers reads files of blocks alone, in either spelling of the beginning.
    lora = copy.deepcopy(plain)
    lora.load_lora_adapter(halves("transformer.", of_blocks, lambda path: path), prefix="transformer", adapter_name="style")
    lora.set_adapters(["style"], [STRENGTH])
    agree(call(lora, sample, text), outputs["ltx-style"])
    file.save({"sample": file.add(sample), "text": file.add(text), "timestep": 501, "fps": FPS, "weight": STRENGTH, "outputs": {name: file.add(output) for name, output in outputs.items()}})
