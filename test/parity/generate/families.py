"""Kinds of models whose networks are shown something besides the text: ControlNets, inpainting, InstructPix2Pix."""

import copy

import diffusers
import torch
from diffusers import (
    AnimateDiffControlNetPipeline,
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline,
    UNet2DConditionModel,
)

from . import models, tiny_models, tiny_tokenizer
from .checkpoints import FRAMES, HERE, adapter, controlnet, go, save, stir
from .pictures import synthetic_frames
from .pipelines import SIDE, picture
from .reference_file import ReferenceFile
from .tiny_models import LATENT_SIDE, WIDTH, listen, unit_output


def shown_unet(channels: int, seed: int) -> UNet2DConditionModel:
    """A UNet with further channels: 8 for InstructPix2Pix, 9 for inpainting."""
    torch.manual_seed(seed)
    model = UNet2DConditionModel(
        sample_size=LATENT_SIDE, in_channels=channels, out_channels=4, layers_per_block=1, block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH, attention_head_dim=2, norm_num_groups=2,
    ).eval()
    listen(model)
    stir(model, seed + 1)
    return unit_output(model, torch.randn(2, channels, LATENT_SIDE, LATENT_SIDE), torch.tensor(500), torch.randn(2, 77, WIDTH))


def parts(**own) -> dict:
    return {"vae": copy.deepcopy(tiny_models.vae()), "text_encoder": tiny_models.text_encoder(), "tokenizer": tiny_tokenizer.load(),
            "scheduler": models.scheduler(), "safety_checker": None, "feature_extractor": None, "requires_safety_checker": False, **own}


def unit(frames: torch.Tensor) -> torch.Tensor:
    return frames.permute(0, 3, 1, 2).float() / 255


def disc(bright: int = 255) -> torch.Tensor:
    """A mask as uint8 frame [1, height, width, 3]: a bright disc off the middle, its border soft."""
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    distance = ((x - 37.0) ** 2 + (y - 28.0) ** 2).sqrt()
    return ((22 - distance).clamp(0, 4) / 4 * bright).round().to(torch.uint8)[None, :, :, None].expand(1, SIDE, SIDE, 3).contiguous()


def run(file: ReferenceFile, title: str, pipe, seed: int, told: dict, **inputs) -> dict:
    return {"title": title, **go(file, pipe, seed, **inputs), **told}


def control(file: ReferenceFile) -> list[dict]:
    net, unet = controlnet(), tiny_models.unet()
    one = StableDiffusionControlNetPipeline(**parts(unet=unet, controlnet=net))
    two = StableDiffusionControlNetPipeline(**parts(unet=unet, controlnet=[net, net]))
    seen = synthetic_frames(3)
    first, second, other = unit(seen[:1]), unit(seen[1:2]), seen[2:]
    kept = [file.add(seen[:1]), file.add(seen[1:2])]
    rows = [
        run(file, "part of the run", one, 601, {"control": kept[:1], "scale": [0.8], "start": [0.2], "end": [0.7]}, image=first,
            controlnet_conditioning_scale=0.8, control_guidance_start=0.2, control_guidance_end=0.7),
        run(file, "two ControlNets", two, 602, {"control": kept, "scale": [0.9, 0.4], "start": [0.0, 0.5], "end": [0.6, 1.0]}, image=[first, second],
            controlnet_conditioning_scale=[0.9, 0.4], control_guidance_start=[0.0, 0.5], control_guidance_end=[0.6, 1.0]),
        run(file, "an edit", StableDiffusionControlNetImg2ImgPipeline(**parts(unet=unet, controlnet=net)), 603,
            {"control": kept[:1], "scale": [0.7], "start": [0.0], "end": [1.0], "strength": 0.6, "source": file.add(other)}, image=unit(other),
            control_image=first, controlnet_conditioning_scale=0.7, strength=0.6),
    ]
    moving = AnimateDiffControlNetPipeline(vae=copy.deepcopy(tiny_models.vae()), text_encoder=tiny_models.text_encoder(), tokenizer=tiny_tokenizer.load(),
                                           unet=unet, motion_adapter=adapter(True, 32), controlnet=net, scheduler=models.motion_scheduler())
    clip = synthetic_frames(FRAMES)
    rows.append(run(file, "AnimateDiff", moving, 604, {"control": [file.add(clip)], "scale": [0.8], "start": [0.0], "end": [1.0], "frames": FRAMES},
                    conditioning_frames=[picture(frame) for frame in clip], controlnet_conditioning_scale=0.8, num_frames=FRAMES, width=SIDE, height=SIDE))
    return rows


def inpainting(file: ReferenceFile) -> list[dict]:
    unet = shown_unet(9, 61)
    save(unet, HERE / "inpainting/unet")
    pipe = StableDiffusionInpaintPipeline(**parts(unet=unet))
    frames, mask = synthetic_frames(1), disc()
    told = {"source": file.add(frames), "mask": file.add(mask)}
    given = {"image": picture(frames[0]), "mask_image": picture(mask[0]), "width": SIDE, "height": SIDE}
    everywhere = picture(torch.full_like(mask[0], 255))
    return [
        run(file, "from noise", pipe, 611, {**told, "strength": 1.0}, **given, strength=1.0),
        run(file, "from the noised source", pipe, 612, {**told, "strength": 0.6}, **given, strength=0.6),
        run(file, "from text alone", pipe, 613, {}, **{**given, "mask_image": everywhere}, strength=1.0),
    ]


def instruct(file: ReferenceFile) -> list[dict]:
    unet = shown_unet(8, 63)
    save(unet, HERE / "instruct-pix2pix/unet")
    pipe = StableDiffusionInstructPix2PixPipeline(**parts(unet=unet))
    frames = synthetic_frames(1)
    source = file.add(frames)
    return [run(file, f"picture {scale}", pipe, 621 + index, {"source": source, "image_guidance_scale": scale}, image=picture(frames[0]), image_guidance_scale=scale)
            for index, scale in enumerate((1.5, 2.2))]


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("families")
    index = {"diffusers": diffusers.__version__, "control": control(file), "inpainting": inpainting(file), "instruct": instruct(file)}
    for name, class_name in (("inpainting", "StableDiffusionInpaintPipeline"), ("instruct-pix2pix", "StableDiffusionInstructPix2PixPipeline")):
        models.write_json(HERE / name / "model_index.json", models.model_index(class_name, {"scheduler": ["diffusers", "DDIMScheduler"],
                          "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}))
    file.save(index)
