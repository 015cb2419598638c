"""Further runs from the checkpoints: SD-Turbo's way of sampling, and AnimateDiff with a camera's LoRA and a domain adapter."""

import copy

import diffusers
import torch
from diffusers import AnimateDiffPipeline, EulerDiscreteScheduler, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, UNetMotionModel
from safetensors.torch import load_file, save_file

from . import checkpoints, loras, models, tiny_models, tiny_tokenizer
from .compvis_names import motion_name
from .pictures import synthetic_frames, to_pixels
from .pipelines import PROMPT, SIDE
from .reference_file import ReferenceFile

FRAMES = 4


def go(file: ReferenceFile, pipe, seed: int, steps: int, scale: float, **inputs) -> dict:
    pipe.set_progress_bar_config(disable=True)
    output = pipe(prompt=PROMPT, num_inference_steps=steps, guidance_scale=scale, output_type="latent", generator=torch.Generator("cpu").manual_seed(seed), **inputs)
    latents = output.frames if hasattr(output, "frames") else output.images
    rows = latents[0].permute(1, 0, 2, 3) if latents.dim() == 5 else latents
    return {"prompt": PROMPT, "seed": seed, "num_inference_steps": steps, "guidance_scale": scale, "latents": file.add(rows),
            "pixels": file.add(to_pixels(pipe.vae.decode(rows / pipe.vae.config.scaling_factor).sample))}


def turbo(file: ReferenceFile) -> dict:
    """SD-Turbo's scheduler_config.json over a Stable Diffusion 2: one to four steps from the end of the schedule, without guidance."""
    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="trailing",
                                       prediction_type="epsilon", interpolation_type="linear")
    parts = {"vae": checkpoints.second_vae(), "text_encoder": checkpoints.second_text_encoder(), "unet": checkpoints.second_unet()}
    pipe = lambda kind: kind(**parts, tokenizer=tiny_tokenizer.load(), scheduler=EulerDiscreteScheduler.from_config(scheduler.config), safety_checker=None,
                             feature_extractor=None, requires_safety_checker=False)
    frames = synthetic_frames(1, width=32, height=16)
    picture = {"image": frames.permute(0, 3, 1, 2).float() / 255, "strength": 0.5}
    runs = [{**go(file, pipe(StableDiffusionPipeline), 701, 1, 0.0, width=32, height=16), "width": 32, "height": 16},
            {**go(file, pipe(StableDiffusionPipeline), 702, 4, 0.0, width=32, height=16), "width": 32, "height": 16},
            {**go(file, pipe(StableDiffusionImg2ImgPipeline), 703, 2, 0.0, **picture), "strength": 0.5, "source": file.add(frames)}]
    return {"scheduler": models.config_of(scheduler), "runs": runs}


def domain_adapter() -> dict:
    """AnimateDiff v3's domain adapter: a LoRA over the attentions of the UNet, in diffusers' old names, without α."""
    unet = tiny_models.unet()
    tensors = {name: weights for name, weights in loras.kohya(unet, "lora_unet", 2, 46, lambda n: None).items() if "_attn" in name}
    theirs = {}
    for path in loras.layers(unet):
        key = f"lora_unet_{path.replace('.', '_')}"
        if f"{key}.lora_down.weight" in tensors:
            block, _, projection = path.rpartition(".to_")
            for half in ("down", "up"):
                theirs[f"{block}.processor.to_{projection.removesuffix('.0')}_lora.{half}.weight"] = tensors[f"{key}.lora_{half}.weight"]
    save_file(theirs, loras.HERE / "domain.safetensors")
    return tensors


def camera_tensors(unet) -> dict:
    """The committed camera's LoRA under kohya's names, as `merged` takes them."""
    theirs = load_file(loras.HERE / "camera.safetensors")
    tensors = {}
    for path in loras.layers(unet):
        if "motion_modules" not in path or ".attn" not in path:
            continue
        block, _, projection = motion_name(f"{path}.weight").removesuffix(".weight").rpartition(".to_")
        for half in ("down", "up"):
            name = f"{block}.processor.to_{projection.removesuffix('.0')}_lora.{half}.weight"
            if name in theirs:
                tensors[f"lora_unet_{path.replace('.', '_')}.lora_{half}.weight"] = theirs[name]
    assert len(tensors) == len(theirs)
    return tensors


def moved(file: ReferenceFile) -> dict:
    unet = UNetMotionModel.from_unet2d(tiny_models.unet(), checkpoints.adapter(True, 32)).eval()
    weights = {"camera": 0.8, "domain": 1.0}
    plain = domain_adapter()
    unet = loras.merged(unet, "lora_unet", camera_tensors(unet), weights["camera"])
    unet = loras.merged(unet, "lora_unet", plain, weights["domain"])
    pipe = AnimateDiffPipeline(vae=copy.deepcopy(tiny_models.vae()), text_encoder=tiny_models.text_encoder(), tokenizer=tiny_tokenizer.load(), unet=unet,
                               motion_adapter=checkpoints.adapter(True, 32), scheduler=models.motion_scheduler())
    run = go(file, pipe, 711, 5, 3.0, width=SIDE, height=SIDE, num_frames=FRAMES)
    return {"weights": weights, "runs": [{**run, "width": SIDE, "height": SIDE, "frames": FRAMES}]}


def make() -> None:
    diffusers.logging.set_verbosity_error()
    torch.manual_seed(70)
    file = ReferenceFile("checkpointRuns")
    file.save({"diffusers": diffusers.__version__, "turbo": turbo(file), "moved": moved(file)})
