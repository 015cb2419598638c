"""LoRAs as trainers write them, tiny, over the tiny checkpoints, and what diffusers with PEFT makes of them."""

import copy
import shutil
from pathlib import Path

import diffusers
import peft
import torch
from diffusers import LCMScheduler, StableDiffusionPipeline, UNetMotionModel
from diffusers.training_utils import _collate_lora_metadata
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

from . import checkpoints, models, tiny_models, tiny_tokenizer
from .compvis_names import motion_name, unet_name
from .pipelines import PROMPT
from .reference_file import ReferenceFile
from .tiny_models import WIDTH

HERE = Path(__file__).resolve().parent.parent / "loras"


def layers(model: torch.nn.Module) -> dict:
    """Linears and convolutions by their paths."""
    return {name: module for name, module in model.named_modules() if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d))}


def kohya(model: torch.nn.Module, prefix: str, rank: int, seed: int, alpha, name=lambda path: path) -> dict:
    """Random low-rank changes of every layer under kohya's names. `alpha` gives the α of the n-th layer, or None for none."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for n, (path, module) in enumerate(layers(model).items()):
        out, taken, *kernel = module.weight.shape
        key = f"{prefix}_{name(path).replace('.', '_')}"
        tensors[f"{key}.lora_down.weight"] = torch.randn(rank, taken, *kernel, generator=generator) * (taken * (kernel or [1])[0] ** 2) ** -0.5
        tensors[f"{key}.lora_up.weight"] = 0.4 * torch.randn(out, rank, *(1 for _ in kernel), generator=generator)
        if alpha(n) is not None:
            tensors[f"{key}.alpha"] = torch.tensor(float(alpha(n)))
    return tensors


def prefixed(path: str) -> str:
    """transformers 5 has no prefix in its module names; the names in LoRAs have."""
    return path if path.startswith("text_model.") else f"text_model.{path}"


def merged(model: torch.nn.Module, prefix: str, tensors: dict, strength: float, name=lambda path: path) -> torch.nn.Module:
    """The model with a LoRA of kohya's names added to its weights, in double precision."""
    model = copy.deepcopy(model)
    for path, module in layers(model).items():
        key = f"{prefix}_{name(path).replace('.', '_')}"
        if f"{key}.lora_down.weight" not in tensors:
            continue
        down, up = (tensors[f"{key}.lora_{half}.weight"].double() for half in ("down", "up"))
        alpha = tensors.get(f"{key}.alpha", torch.tensor(float(down.shape[0]))).item()
        change = (up.flatten(1) @ down.flatten(1)).reshape(module.weight.shape) * alpha / down.shape[0]
        module.weight.data = (module.weight.double() + strength * change).float()
    return model


def detail() -> dict:
    """kohya's names: UNet with convolutions, and the text encoder. Once more with the UNet's names as CompVis has them.

    One α for all layers: where they differ, diffusers loses those of attentions and of the text encoder on the way to PEFT.
    """
    unet, text = tiny_models.unet(), tiny_models.text_encoder()
    alpha = lambda n: 1
    tensors = kohya(unet, "lora_unet", 2, 41, alpha) | kohya(text, "lora_te", 2, 42, alpha, prefixed)
    save_file(tensors, HERE / "detail.safetensors", metadata={"ss_output_name": "detail", "ss_network_module": "lycoris.kohya"})
    theirs = lambda path: unet_name(f"{path}.weight", unet.config).removesuffix(".weight")
    save_file(kohya(unet, "lora_unet", 2, 41, alpha, theirs), HERE / "detail-compvis.safetensors")
    return tensors


def style() -> None:
    """As diffusers' training scripts save what PEFT trained, in half precision: the scale stands in the file's header."""
    unet = copy.deepcopy(tiny_models.unet())
    config = peft.LoraConfig(r=3, lora_alpha=6, target_modules=["to_q", "to_k", "to_v", "to_out.0", "proj_in", "conv1"], alpha_pattern={"conv1": 9})
    unet.add_adapter(config)
    generator = torch.Generator().manual_seed(43)
    for name, weights in unet.named_parameters():
        if "lora_B" in name:
            weights.data = 0.2 * torch.randn(weights.shape, generator=generator)
        elif "lora_A" in name:
            weights.data = torch.randn(weights.shape, generator=generator) * weights[0].numel() ** -0.5
    shutil.rmtree(HERE / "style", ignore_errors=True)
    layers = {name: weights.half() for name, weights in get_peft_model_state_dict(unet).items()}
    settings = _collate_lora_metadata({"unet": unet})
    # A set, whose order changes from run to run.
    settings["unet_lora_adapter_metadata"]["target_modules"] = sorted(settings["unet_lora_adapter_metadata"]["target_modules"])
    StableDiffusionPipeline.save_lora_weights(HERE / "style", unet_lora_layers=layers, **settings)


def pipeline(scheduler) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(vae=copy.deepcopy(tiny_models.vae()), text_encoder=copy.deepcopy(tiny_models.text_encoder()), tokenizer=tiny_tokenizer.load(),
                                   unet=copy.deepcopy(tiny_models.unet()), scheduler=scheduler, safety_checker=None, feature_extractor=None,
                                   requires_safety_checker=False)


def first(file: ReferenceFile, tensors: dict) -> dict:
    """Stable Diffusion 1: UNet and text encoder with one LoRA, at two strengths, and with two."""
    sample, text = torch.randn(2, 4, 9, 11), torch.randn(2, 77, WIDTH)
    ids = tiny_tokenizer.load()(PROMPT, padding="max_length", max_length=77, return_tensors="pt").input_ids
    pipe = pipeline(models.scheduler())
    pipe.load_lora_weights(HERE, weight_name="detail.safetensors", adapter_name="detail")
    pipe.load_lora_weights(HERE / "style", adapter_name="style")
    cases = []
    for weights in ({"detail": 1.0}, {"detail": 0.5}, {"style": 1.0}, {"detail": 0.7, "style": -1.2}):
        pipe.set_adapters(list(weights), list(weights.values()))
        if list(weights) == ["detail"]:
            agree(pipe.unet(sample, 321, text).sample, merged(tiny_models.unet(), "lora_unet", tensors, weights["detail"])(sample, 321, text).sample)
            agree(pipe.text_encoder(ids).last_hidden_state, merged(tiny_models.text_encoder(), "lora_te", tensors, weights["detail"], prefixed)(ids).last_hidden_state)
        cases.append({"weights": weights, "output": file.add(pipe.unet(sample, 321, text).sample), "embeddings": file.add(pipe.text_encoder(ids).last_hidden_state)})
    run = {**checkpoints.go(file, pipe, 601, width=64, height=64), "weights": cases[-1]["weights"]}
    return {"sample": file.add(sample), "text": file.add(text), "timestep": 321, "ids": ids[0].tolist(), "cases": cases, "runs": [run, consistency(file)]}


def agree(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """That diffusers' loader made of a file what the file says."""
    error = ((ours - theirs).abs().max() / theirs.square().mean().sqrt()).item()
    assert error < 1e-5, error


def consistency(file: ReferenceFile) -> dict:
    """The steps, scheduler and guidance that LCM-LoRA is run with."""
    pipe = pipeline(LCMScheduler.from_config(models.scheduler().config))
    pipe.load_lora_weights(HERE, weight_name="detail.safetensors", adapter_name="lcm")
    pipe.set_progress_bar_config(disable=True)
    latents = pipe(prompt=PROMPT, num_inference_steps=4, guidance_scale=1.0, output_type="latent", width=64, height=64,
                   generator=torch.Generator("cpu").manual_seed(602)).images
    return {"prompt": PROMPT, "seed": 602, "latents": file.add(latents)}


def second(file: ReferenceFile) -> dict:
    """Stable Diffusion 2 in half precision, with its linear projections, under a LoRA in half precision whose layers have α of their own, or none."""
    unet = copy.deepcopy(checkpoints.second_unet()).half().float()
    tensors = {name: weights.half() for name, weights in kohya(unet, "lora_unet", 4, 44, lambda n: (1, 2, 3, None)[n % 4]).items()}
    save_file(tensors, HERE / "second.safetensors")
    sample, text = torch.randn(2, 4, 10, 12), torch.randn(2, 77, WIDTH)
    with_lora = merged(unet, "lora_unet", tensors, 0.8)
    return {"sample": file.add(sample), "text": file.add(text), "timestep": 640, "weight": 0.8, "output": file.add(with_lora(sample, 640, text).sample)}


def camera(file: ReferenceFile) -> dict:
    """A motion LoRA in AnimateDiff's own names, over the attentions of its motion modules."""
    unet = UNetMotionModel.from_unet2d(tiny_models.unet(), checkpoints.adapter(True, 32)).eval()
    tensors = {name: weights for name, weights in kohya(unet, "lora_unet", 2, 45, lambda n: None).items() if "motion_modules" in name and "_attn" in name}
    theirs = {}
    for path in layers(unet):
        key = f"lora_unet_{path.replace('.', '_')}"
        if f"{key}.lora_down.weight" in tensors:
            block, _, projection = motion_name(f"{path}.weight").removesuffix(".weight").rpartition(".to_")
            for half in ("down", "up"):
                theirs[f"{block}.processor.to_{projection.removesuffix('.0')}_lora.{half}.weight"] = tensors[f"{key}.lora_{half}.weight"]
    save_file(theirs, HERE / "camera.safetensors")
    sample, text = torch.randn(1, 4, 5, 9, 10), torch.randn(1, 77, WIDTH)
    moved = merged(unet, "lora_unet", tensors, 0.9)(sample, torch.tensor([321]), text.repeat_interleave(5, dim=0)).sample
    return {"sample": file.add(sample), "text": file.add(text), "timestep": 321, "weight": 0.9, "output": file.add(moved)}


def make() -> None:
    diffusers.logging.set_verbosity_error()
    HERE.mkdir(exist_ok=True)
    torch.manual_seed(40)
    file = ReferenceFile("loras")
    tensors = detail()
    style()
    file.save({"diffusers": diffusers.__version__, "peft": peft.__version__, "sd1": first(file, tensors), "sd2": second(file), "motion": camera(file)})
