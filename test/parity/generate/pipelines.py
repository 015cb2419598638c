"""Whole runs of diffusers' pipelines with the tiny models, from a seed."""

import copy

import diffusers
import torch
from diffusers import (
    AnimateDiffPipeline,
    AnimateDiffVideoToVideoPipeline,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    MotionAdapter,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
)

from . import models, tiny_models, tiny_tokenizer
from .pictures import synthetic_frames, to_pixels
from .reference_file import ReferenceFile

PROMPT = "a red balloon rising over the sea at sunset"
NEGATIVE = "blurry, low quality"
SIDE = 64
KARRAS = {"use_karras_sigmas": True}
PLMS = {"skip_prk_steps": True}

TEXT_TO_IMAGE = [
    {"title": "DDIM", "scheduler": DDIMScheduler, "steps": 8},
    {"title": "DDIM, no guidance", "scheduler": DDIMScheduler, "steps": 6, "guidance_scale": 1.0},
    {"title": "DDIM, eta 1", "scheduler": DDIMScheduler, "steps": 6, "eta": 1.0},
    {"title": "DDIM, guidance rescaled", "scheduler": DDIMScheduler, "steps": 6, "guidance_rescale": 0.7},
    {"title": "DDIM, no negative prompt", "scheduler": DDIMScheduler, "steps": 6, "negative_prompt": None},
    {"title": "Euler", "scheduler": EulerDiscreteScheduler, "steps": 8},
    {"title": "Euler ancestral", "scheduler": EulerAncestralDiscreteScheduler, "steps": 8},
    {"title": "DPM++ 2M Karras", "scheduler": DPMSolverMultistepScheduler, "config": KARRAS, "steps": 8},
    {"title": "DPM++ 2M SDE Karras", "scheduler": DPMSolverMultistepScheduler, "config": {**KARRAS, "algorithm_type": "sde-dpmsolver++"},
     "steps": 6},
    {"title": "LCM", "scheduler": LCMScheduler, "steps": 6, "guidance_scale": 1.5},
    {"title": "two frames, Euler ancestral", "scheduler": EulerAncestralDiscreteScheduler, "steps": 6, "frames": 2},
    {"title": "two frames, wide, DPM++", "scheduler": DPMSolverMultistepScheduler, "steps": 6, "frames": 2, "width": 96},
    {"title": "PNDM", "scheduler": PNDMScheduler, "config": PLMS, "steps": 8},
    {"title": "PNDM, one step", "scheduler": PNDMScheduler, "config": PLMS, "steps": 1},
    {"title": "PNDM, Runge-Kutta", "scheduler": PNDMScheduler, "config": {"skip_prk_steps": False}, "steps": 6},
]

IMAGE_TO_IMAGE = [
    {"title": "DDIM, strength 0.6", "scheduler": DDIMScheduler, "steps": 10, "strength": 0.6},
    {"title": "DDIM, strength 0.3", "scheduler": DDIMScheduler, "steps": 10, "strength": 0.3},
    {"title": "DDIM, strength 1", "scheduler": DDIMScheduler, "steps": 4, "strength": 1.0},
    {"title": "DPM++ 2M Karras, strength 0.6", "scheduler": DPMSolverMultistepScheduler, "config": KARRAS, "steps": 10, "strength": 0.6},
    {"title": "DPM++ 2M, strength 0.3", "scheduler": DPMSolverMultistepScheduler, "steps": 10, "strength": 0.3},
    {"title": "Euler, strength 0.6", "scheduler": EulerDiscreteScheduler, "steps": 10, "strength": 0.6},
    {"title": "Euler ancestral, strength 0.55", "scheduler": EulerAncestralDiscreteScheduler, "steps": 10, "strength": 0.55},
    {"title": "DPM++ 2M SDE, strength 0.5", "scheduler": DPMSolverMultistepScheduler, "config": {"algorithm_type": "sde-dpmsolver++"},
     "steps": 6, "strength": 0.5},
    {"title": "two frames, DDIM, strength 0.6", "scheduler": DDIMScheduler, "steps": 10, "strength": 0.6, "frames": 2},
    {"title": "PNDM, strength 0.6", "scheduler": PNDMScheduler, "config": PLMS, "steps": 10, "strength": 0.6},
    {"title": "PNDM, strength 0.3", "scheduler": PNDMScheduler, "config": PLMS, "steps": 10, "strength": 0.3},
    {"title": "PNDM, strength 1", "scheduler": PNDMScheduler, "config": PLMS, "steps": 4, "strength": 1.0},
    {"title": "PNDM, Runge-Kutta, strength 0.6", "scheduler": PNDMScheduler, "config": {"skip_prk_steps": False}, "steps": 10, "strength": 0.6},
]

MOTION = [
    {"title": "DDIM", "scheduler": DDIMScheduler, "steps": 4},
    {"title": "Euler ancestral", "scheduler": EulerAncestralDiscreteScheduler, "steps": 4},
    {"title": "video to video, DDIM, strength 0.6", "scheduler": DDIMScheduler, "steps": 8, "strength": 0.6},
]


def shared_parts() -> dict:
    return {"vae": copy.deepcopy(tiny_models.vae()), "text_encoder": tiny_models.text_encoder(), "tokenizer": tiny_tokenizer.load()}


def run(file: ReferenceFile, pipe, row: dict, seed: int, **inputs) -> dict:
    """One run; what stands at its beginning and end, and how much the guidance or scheduler was told."""
    pipe.set_progress_bar_config(disable=True)
    config = row.get("config", {})
    pipe.scheduler = row["scheduler"].from_config(pipe.scheduler.config, **config)
    settings = {
        "guidance_scale": row.get("guidance_scale", 7.5),
        "negative_prompt": row.get("negative_prompt", NEGATIVE),
        "num_inference_steps": row["steps"],
        **{key: row[key] for key in ("eta", "guidance_rescale", "strength") if key in row},
    }
    started = []
    prepare = pipe.prepare_latents

    def recording(*args, **kwargs):
        started.append(prepare(*args, **kwargs))
        return started[-1]

    pipe.prepare_latents = recording
    afterwards = []

    def keep(_pipe, step, timestep, values):
        afterwards.append((float(timestep), values["latents"].clone()))
        return values

    pipe(prompt=PROMPT, output_type="latent", generator=torch.Generator("cpu").manual_seed(seed), callback_on_step_end=keep,
         **settings, **inputs)
    final = afterwards[-1][1]
    decoded = pipe.decode_latents(final) if final.dim() == 5 else pipe.vae.decode(final / pipe.vae.config.scaling_factor).sample
    assert bool(torch.isfinite(decoded).all())
    return {
        "title": row["title"],
        "scheduler": row["scheduler"].__name__,
        "scheduler_config": config,
        "prompt": PROMPT,
        "seed": seed,
        **settings,
        "timesteps": [timestep for timestep, _ in afterwards],
        "start": file.add(frames_first(started[0])),
        "after_first": file.add(frames_first(afterwards[0][1])),
        "latents": file.add(frames_first(final)),
        "pixels": file.add(to_pixels(frames_first(decoded))),
    }


def frames_first(tensor: torch.Tensor) -> torch.Tensor:
    """[1, channels, frames, height, width] as [frames, channels, height, width]; a batch of pictures stays as it is."""
    return tensor[0].permute(1, 0, 2, 3) if tensor.dim() == 5 else tensor


def text_to_image(file: ReferenceFile) -> list[dict]:
    rows = []
    for index, row in enumerate(TEXT_TO_IMAGE):
        pipe = StableDiffusionPipeline(**shared_parts(), unet=tiny_models.unet(), scheduler=models.scheduler(), safety_checker=None,
                                       feature_extractor=None, requires_safety_checker=False)
        size = {"width": row.get("width", SIDE), "height": SIDE}
        done = run(file, pipe, row, 100 + index, num_images_per_prompt=row.get("frames", 1), **size)
        rows.append({**done, **size, "frames": row.get("frames", 1)})
    return rows


def image_to_image(file: ReferenceFile) -> list[dict]:
    rows = []
    for index, row in enumerate(IMAGE_TO_IMAGE):
        pipe = StableDiffusionImg2ImgPipeline(**shared_parts(), unet=tiny_models.unet(), scheduler=models.scheduler(), safety_checker=None,
                                              feature_extractor=None, requires_safety_checker=False)
        frames = synthetic_frames(row.get("frames", 1))
        image = frames.permute(0, 3, 1, 2).to(torch.float32) / 255
        done = run(file, pipe, row, 200 + index, image=image, num_images_per_prompt=row.get("frames", 1))
        rows.append({**done, "source": file.add(frames), "frames": row.get("frames", 1)})
    return rows


def motion(file: ReferenceFile) -> list[dict]:
    rows = []
    for index, row in enumerate(MOTION):
        count = tiny_models.MOTION_FRAMES
        adapter = MotionAdapter(block_out_channels=(8, 16), motion_layers_per_block=1, motion_num_attention_heads=2, motion_norm_num_groups=2,
                                use_motion_mid_block=False)
        kind = AnimateDiffVideoToVideoPipeline if "strength" in row else AnimateDiffPipeline
        pipe = kind(**shared_parts(), unet=tiny_models.motion_unet(), motion_adapter=adapter, scheduler=models.motion_scheduler())
        extra = {}
        if "strength" in row:
            frames = synthetic_frames(count)
            inputs = {"video": [picture(frame) for frame in frames], "width": SIDE, "height": SIDE}
            extra["source"] = file.add(frames)
        else:
            inputs = {"num_frames": count, "width": SIDE, "height": SIDE}
        rows.append({**run(file, pipe, row, 300 + index, **inputs), **extra, "frames": count, "width": SIDE, "height": SIDE})
    return rows


def picture(frame: torch.Tensor):
    from PIL import Image

    return Image.fromarray(frame.numpy())


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("pipelines")
    file.save({"diffusers": diffusers.__version__, "text_to_image": text_to_image(file), "image_to_image": image_to_image(file),
               "motion": motion(file)})
