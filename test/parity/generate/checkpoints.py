"""Checkpoints as people have them, tiny: diffusers folders and files of safetensors, and what PyTorch makes of them."""

import copy
import json
import shutil
from pathlib import Path

import diffusers
import torch
from diffusers import (
    AnimateDiffControlNetPipeline,
    AnimateDiffPipeline,
    AnimateDiffVideoToVideoPipeline,
    AutoencoderKL,
    AutoencoderTiny,
    ControlNetModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    MotionAdapter,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
    UNetMotionModel,
)
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

from . import folders, models, tiny_models, tiny_tokenizer
from .compvis_names import controlnet_name, motion_name, text_name, unet_name, vae_name
from .pictures import synthetic_frames, to_pixels
from .pipelines import NEGATIVE, PROMPT, SIDE, picture
from .reference_file import ReferenceFile
from .tiny_models import LATENT_SIDE, WIDTH, listen, unit_output

HERE = Path(__file__).resolve().parent.parent / "checkpoints"
FRAMES = 4


def stir(model: torch.nn.Module, seed: int) -> None:
    """Norms and biases away from 1 and 0, which would hide one norm in the place of another."""
    generator = torch.Generator().manual_seed(seed)
    for name, weights in model.named_parameters():
        if weights.dim() == 1:
            weights.data = (1.0 if name.endswith("weight") else 0.0) + 0.2 * torch.randn(weights.shape, generator=generator)


def second_unet() -> UNet2DConditionModel:
    """The shape of Stable Diffusion 2.x: linear projections, heads of one width, several blocks; trained on velocities."""
    torch.manual_seed(21)
    model = UNet2DConditionModel(
        sample_size=LATENT_SIDE, layers_per_block=(1, 2), block_out_channels=(8, 16), cross_attention_dim=WIDTH, attention_head_dim=(2, 4),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=4, use_linear_projection=True, transformer_layers_per_block=(2, 1), norm_eps=1e-4,
    ).eval()
    listen(model)
    stir(model, 22)
    return unit_output(model, torch.randn(2, 4, LATENT_SIDE, LATENT_SIDE), torch.tensor(500), torch.randn(2, 77, WIDTH))


def second_text_encoder() -> CLIPTextModel:
    torch.manual_seed(23)
    config = CLIPTextConfig(
        vocab_size=tiny_tokenizer.VOCABULARY_SIZE, hidden_size=WIDTH, intermediate_size=2 * WIDTH, projection_dim=WIDTH, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=77, hidden_act="gelu", bos_token_id=tiny_tokenizer.VOCABULARY_SIZE - 2,
        eos_token_id=tiny_tokenizer.VOCABULARY_SIZE - 1, pad_token_id=tiny_tokenizer.VOCABULARY_SIZE - 1,
    )
    model = CLIPTextModel(config).eval()
    for name, weights in model.named_parameters():
        if weights.dim() == 2:
            torch.nn.init.normal_(weights, std=0.5 if name.endswith("embedding.weight") else weights.shape[1] ** -0.5)
    stir(model, 24)
    return model


def second_vae() -> AutoencoderKL:
    torch.manual_seed(25)
    model = AutoencoderKL(
        block_out_channels=(4, 8), down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2, layers_per_block=1,
        norm_num_groups=2, scaling_factor=0.5, sample_size=32,
    ).eval()
    stir(model, 26)
    with torch.no_grad():
        model.decoder.conv_out.weight *= 0.5 / model.decode(torch.randn(2, 4, 16, 16)).sample.std()
    return model


def tiny_vae() -> AutoencoderTiny:
    torch.manual_seed(27)
    return AutoencoderTiny(encoder_block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8), num_encoder_blocks=(1, 2, 1, 1),
                           num_decoder_blocks=(1, 2, 1, 1)).eval()


def adapter(middle: bool, length: int) -> MotionAdapter:
    torch.manual_seed(28)
    model = MotionAdapter(block_out_channels=(8, 16, 16), motion_layers_per_block=1, motion_num_attention_heads=2, motion_norm_num_groups=2,
                          use_motion_mid_block=middle, motion_max_seq_length=length).eval()
    stir(model, 29)
    for name, weights in model.named_parameters():
        if "proj_out.weight" in name:
            torch.nn.init.normal_(weights, std=0.5 * weights.shape[1] ** -0.5)
    return model


def controlnet() -> ControlNetModel:
    unet = tiny_models.unet()  # Made before the seed is set: the first call sets another.
    torch.manual_seed(30)
    model = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(4, 4, 8, 8)).eval()
    for name, weights in model.named_parameters():
        # Fresh ones end in zeros and would do nothing.
        if name.startswith("controlnet_") and weights.dim() == 4:
            torch.nn.init.normal_(weights, std=0.5 * weights[0].numel() ** -0.5)
    return model


def save(part: torch.nn.Module, folder: Path, **options) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    part.save_pretrained(folder, safe_serialization=True, **options)
    # transformers' own name for what wrote the file changes with its version; nothing else here does.
    for config in folder.glob("config.json"):
        config.write_text(json.dumps(json.loads(config.read_text()), indent=2, sort_keys=True) + "\n")


def common(folder: Path, class_name: str, scheduler, parts: dict) -> None:
    models.write_json(folder / "model_index.json", models.model_index(class_name, {"scheduler": ["diffusers", type(scheduler).__name__],
                                                                                  "tokenizer": ["transformers", "CLIPTokenizer"], **parts}))
    models.write_json(folder / "scheduler/scheduler_config.json", models.config_of(scheduler))
    models.copy_tokenizer(folder)


def first(file: ReferenceFile) -> dict:
    """The very weights of `tiny-sd`, whose reference values stand in `parts` and `pipelines`."""
    folder = HERE / "sd1"
    common(folder, "StableDiffusionPipeline", models.scheduler(), {"text_encoder": ["transformers", "CLIPTextModel"],
           "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]})
    save(tiny_models.unet(), folder / "unet")
    save(tiny_models.vae(), folder / "vae")
    save(tiny_models.text_encoder(), folder / "text_encoder")
    sample, text = torch.randn(1, 4, 9, 11), torch.randn(1, 20, WIDTH)
    return {"vae": coded(file, tiny_models.vae()),
            "unet": {"sample": file.add(sample), "text": file.add(text), "timestep": 321.5, "output": file.add(tiny_models.unet()(sample, 321.5, text).sample)}}


def coded(file: ReferenceFile, vae) -> dict:
    pixels, latents = torch.rand(2, 3, 24, 40) * 2 - 1, torch.randn(2, 4, 3, 5)
    return {"pixels": file.add(pixels), "parameters": file.add(vae._encode(pixels) if hasattr(vae, "_encode") else vae.encode(pixels).latents),
            "latents": file.add(latents), "decoded": file.add(vae.decode(latents).sample)}


def second(file: ReferenceFile) -> dict:
    folder = HERE / "sd2"
    unet, text, vae = second_unet(), second_text_encoder(), second_vae()
    scheduler = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1,
                              prediction_type="v_prediction")
    common(folder, "StableDiffusionPipeline", scheduler, {"text_encoder": ["transformers", "CLIPTextModel"], "unet": ["diffusers", "UNet2DConditionModel"],
                                                         "vae": ["diffusers", "AutoencoderKL"]})
    save(unet, folder / "unet", max_shard_size="100KB")
    save(vae, folder / "vae")
    save(text, folder / "text_encoder")
    sample, prompt = torch.randn(2, 4, 10, 12), torch.randn(2, 77, WIDTH)
    ids = tiny_tokenizer.load()(PROMPT, padding="max_length", max_length=77, return_tensors="pt").input_ids
    rounded = {}
    for name, dtype in (("fp16", torch.float16), ("bf16", torch.bfloat16)):
        half = copy.deepcopy(unet).to(dtype)
        save(half, HERE / f"unet-{name}/unet", variant="fp16" if name == "fp16" else None)
        rounded[name] = file.add(half.float()(sample, 640, prompt).sample)
    runs = []
    for index, (kind, own) in enumerate([(StableDiffusionPipeline, {"width": 32, "height": 16}), (StableDiffusionImg2ImgPipeline, {"strength": 0.6})]):
        pipe = kind(vae=copy.deepcopy(vae), text_encoder=text, tokenizer=tiny_tokenizer.load(), unet=unet, scheduler=DDIMScheduler.from_config(scheduler.config),
                    safety_checker=None, feature_extractor=None, requires_safety_checker=False)
        frames = synthetic_frames(1, width=32, height=16)
        extra = {"image": frames.permute(0, 3, 1, 2).float() / 255} if "strength" in own else {}
        runs.append({**go(file, pipe, 500 + index, **own, **extra), **({"strength": 0.6, "source": file.add(frames)} if extra else {})})
    return {"vae": coded(file, vae), "ids": ids[0].tolist(), "embeddings": file.add(text(ids).last_hidden_state),
            "unet": {"sample": file.add(sample), "text": file.add(prompt), "timestep": 640, "output": file.add(unet(sample, 640, prompt).sample), **rounded}, "runs": runs}


def go(file: ReferenceFile, pipe, seed: int, steps: int = 6, **inputs) -> dict:
    """A run from a seed, and what it was told."""
    pipe.set_progress_bar_config(disable=True)
    output = pipe(prompt=PROMPT, negative_prompt=NEGATIVE, num_inference_steps=steps, guidance_scale=5.0, output_type="latent",
                  generator=torch.Generator("cpu").manual_seed(seed), **inputs)
    latents = output.frames if hasattr(output, "frames") else output.images
    row = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": seed, "num_inference_steps": steps, "guidance_scale": 5.0}
    rows = latents[0].permute(1, 0, 2, 3) if latents.dim() == 5 else latents
    return {**row, "latents": file.add(rows), "pixels": file.add(to_pixels(pipe.vae.decode(rows / pipe.vae.config.scaling_factor).sample))}


def motion(file: ReferenceFile) -> dict:
    """A motion adapter over Stable Diffusion 1's UNet (`animatediff`), with and without the middle, and a motion UNet saved whole."""
    calls = []
    for name, (middle, length) in {"v1": (False, 24), "v2": (True, 32)}.items():
        module = adapter(middle, length)
        save(module, HERE / f"animatediff-{name}/motion_adapter")
        unet = UNetMotionModel.from_unet2d(tiny_models.unet(), module).eval()
        sample, text = torch.randn(2, 4, 5, 9, 10), torch.randn(2, 77, WIDTH)
        calls.append({"name": name, "sample": file.add(sample), "text": file.add(text), "timestep": 321, "output": file.add(unet(sample, torch.tensor([321]), text.repeat_interleave(5, dim=0)).sample)})
    save(tiny_models.motion_unet(), HERE / "motion-unet/unet")
    runs = []
    for index, kind in enumerate((AnimateDiffPipeline, AnimateDiffVideoToVideoPipeline)):
        pipe = kind(vae=copy.deepcopy(tiny_models.vae()), text_encoder=tiny_models.text_encoder(), tokenizer=tiny_tokenizer.load(), unet=tiny_models.unet(),
                    motion_adapter=adapter(True, 32), scheduler=models.motion_scheduler())
        frames = synthetic_frames(FRAMES)
        own = {"num_frames": FRAMES} if index == 0 else {"video": [picture(frame) for frame in frames], "strength": 0.6}
        runs.append({**go(file, pipe, 510 + index, width=SIDE, height=SIDE, **own), **({"strength": 0.6, "source": file.add(frames)} if index else {})})
    models.write_json(HERE / "animatediff-v2/scheduler/scheduler_config.json", models.config_of(models.motion_scheduler()))
    models.write_json(HERE / "animatediff-v2/model_index.json", models.model_index("AnimateDiffPipeline", {"motion_adapter": ["diffusers", "MotionAdapter"],
                      "scheduler": ["diffusers", "DDIMScheduler"], "unet": ["diffusers", "UNet2DConditionModel"]}))
    return {"calls": calls, "runs": runs}


def control(file: ReferenceFile) -> dict:
    net, unet = controlnet(), tiny_models.unet()
    save(net, HERE / "controlnet")
    sample, text, hint = torch.randn(2, 4, 8, 12), torch.randn(2, 77, WIDTH), torch.rand(2, 3, 64, 96)
    down, middle = net(sample, 432, text, controlnet_cond=hint, conditioning_scale=0.7, return_dict=False)
    steered = unet(sample, 432, text, down_block_additional_residuals=down, mid_block_additional_residual=middle).sample
    pipe = StableDiffusionControlNetPipeline(vae=copy.deepcopy(tiny_models.vae()), text_encoder=tiny_models.text_encoder(), tokenizer=tiny_tokenizer.load(), unet=unet,
                                             controlnet=net, scheduler=models.scheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    frames = synthetic_frames(1)
    image = frames.permute(0, 3, 1, 2).float() / 255
    return {"sample": file.add(sample), "text": file.add(text), "hint": file.add(hint), "timestep": 432, "scale": 0.7, "down": [file.add(x) for x in down],
            "middle": file.add(middle), "steered": file.add(steered), "runs": [{**go(file, pipe, 520, image=image, controlnet_conditioning_scale=0.8), "scale": 0.8, "picture": file.add(frames)}]}


def consistency() -> None:
    """The weights of `tiny-lcm`, whose reference values stand in `folders`."""
    save(folders.lcm_unet(), HERE / "lcm/unet")
    for name in ("model_index.json", "scheduler/scheduler_config.json"):
        (HERE / "lcm" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folders.LCM / name, HERE / "lcm" / name)


def previews(file: ReferenceFile) -> dict:
    model = tiny_vae()
    save(model, HERE / "taesd")
    return coded(file, model)


def single_files() -> None:
    """Stable Diffusion 1's weights in CompVis' names. That diffusers' own converter gives the very tensors back is checked here."""
    unet, vae, text = (part.state_dict() for part in (tiny_models.unet(), tiny_models.vae(), tiny_models.text_encoder()))
    config = tiny_models.unet().config
    theirs = {f"model.diffusion_model.{unet_name(name, config)}": weights for name, weights in unet.items()}
    theirs |= {f"first_stage_model.{vae_name(name, 4)}": weights[:, :, None, None] if "attentions.0.to_" in name and name.endswith("weight") else weights for name, weights in vae.items()}
    theirs |= {f"cond_stage_model.transformer.{text_name(name)}": weights for name, weights in text.items()}
    back = convert_ldm_unet_checkpoint(dict(theirs), {**config, "layers_per_block": 1})
    assert set(back) == set(unet) and all(torch.equal(back[name], unet[name]) for name in unet), set(back) ^ set(unet)
    back = convert_ldm_vae_checkpoint(dict(theirs), dict(tiny_models.vae().config))
    assert set(back) == set(vae) and all(torch.equal(back[name].reshape(vae[name].shape), vae[name]) for name in vae), set(back) ^ set(vae)
    extras = {"model_ema.decay": torch.tensor(0.9999), "model_ema.num_updates": torch.tensor(7), "betas": torch.zeros(1000)}
    (HERE / "single").mkdir(parents=True, exist_ok=True)
    save_file({name: weights.contiguous().half() for name, weights in {**theirs, **extras}.items()}, HERE / "single/tiny-sd1.safetensors", metadata={"format": "pt"})
    save_file({motion_name(name): weights.contiguous() for name, weights in adapter(True, 32).state_dict().items()}, HERE / "single/tiny-motion.safetensors")
    net = controlnet()
    save_file({f"control_model.{controlnet_name(name, net.config)}": weights.contiguous() for name, weights in net.state_dict().items()}, HERE / "single/tiny-control.safetensors")


def make() -> None:
    diffusers.logging.set_verbosity_error()
    torch.manual_seed(20)
    file = ReferenceFile("checkpoints")
    consistency()
    index = {"diffusers": diffusers.__version__, "sd1": first(file), "sd2": second(file), "motion": motion(file), "control": control(file), "taesd": previews(file)}
    single_files()
    file.save(index)
