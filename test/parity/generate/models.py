"""Writes the tiny models as ONNX directories: three layouts of one image model, and the UNet of a motion model."""

import json
import shutil
from pathlib import Path

import diffusers
import onnx
import torch
from diffusers import DDIMScheduler
from onnxruntime.transformers.float16 import convert_float_to_float16

from . import tiny_models, tiny_tokenizer
from .onnx_export import SamplingVaeEncoder, TextEncoder, UNet, VaeDecoder, VaeEncoder, check, export

HERE = Path(__file__).resolve().parent.parent
SD, LEGACY, FP16, MOTION = (HERE / name for name in ("tiny-sd", "tiny-sd-legacy", "tiny-sd-fp16", "tiny-motion"))

IMAGE = {0: "batch", 2: "height", 3: "width"}
TOKENS = {0: "batch", 1: "sequence"}


def scheduler() -> DDIMScheduler:
    """The noise schedule of Stable Diffusion 1.x."""
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
                         steps_offset=1, timestep_spacing="leading")


def motion_scheduler() -> DDIMScheduler:
    """The noise schedule of AnimateDiff."""
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="linear", clip_sample=False, steps_offset=1,
                         timestep_spacing="linspace")


def make() -> None:
    tiny_tokenizer.write()
    ids = torch.randint(0, tiny_tokenizer.VOCABULARY_SIZE, (2, 77), generator=torch.Generator().manual_seed(5))
    torch.manual_seed(6)
    pixels, latents, prompt = torch.rand(2, 3, 64, 64) * 2 - 1, torch.randn(2, 4, 8, 8), torch.randn(2, 77, tiny_models.WIDTH)
    write_image_model(ids, pixels, latents, prompt)
    write_legacy_model(ids, pixels, latents, prompt)
    write_half_precision_model(ids, pixels, latents, prompt)
    write_motion_model()
    for folder in (SD, LEGACY, FP16, MOTION):
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{folder.name}: {size / 1024:.0f} KiB")


def write_image_model(ids, pixels, latents, prompt) -> None:
    """tiny-sd: the layout and names of optimum."""
    text, unet, encoder, decoder = parts()
    timestep = torch.tensor(500.0)
    export(text, SD / "text_encoder/model.onnx", {"input_ids": ids}, ["last_hidden_state", "pooler_output"],
           {"input_ids": TOKENS, "last_hidden_state": TOKENS, "pooler_output": {0: "batch"}})
    export(unet, SD / "unet/model.onnx", {"sample": latents, "timestep": timestep, "encoder_hidden_states": prompt}, ["out_sample"],
           {"sample": IMAGE, "encoder_hidden_states": TOKENS, "out_sample": IMAGE})
    export(encoder, SD / "vae_encoder/model.onnx", {"sample": pixels}, ["latent_parameters"], {"sample": IMAGE, "latent_parameters": IMAGE})
    export(decoder, SD / "vae_decoder/model.onnx", {"latent_sample": latents}, ["sample"], {"latent_sample": IMAGE, "sample": IMAGE})
    report("tiny-sd", [
        check(text, SD / "text_encoder/model.onnx", {"input_ids": ids[:1]}),
        check(text, SD / "text_encoder/model.onnx", {"input_ids": ids[:, :20]}),
        check(unet, SD / "unet/model.onnx", {"sample": latents[:1], "timestep": torch.tensor(3.0), "encoder_hidden_states": prompt[:1]}),
        check(unet, SD / "unet/model.onnx", {"sample": torch.randn(3, 4, 16, 12), "timestep": torch.tensor(998.5),
                                             "encoder_hidden_states": torch.randn(3, 154, tiny_models.WIDTH)}),
        check(encoder, SD / "vae_encoder/model.onnx", {"sample": torch.rand(1, 3, 96, 64) * 2 - 1}),
        check(decoder, SD / "vae_decoder/model.onnx", {"latent_sample": torch.randn(3, 4, 8, 12) / tiny_models.SCALING_FACTOR}),
    ])
    write_json(SD / "model_index.json", model_index("StableDiffusionPipeline", {
        "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
        "feature_extractor": [None, None], "safety_checker": [None, None], "requires_safety_checker": False}))
    # Real Stable Diffusion directories carry PNDM's settings whatever the scheduler; a reader must pass over what it does not know.
    write_json(SD / "scheduler/scheduler_config.json", {**config_of(scheduler()), "skip_prk_steps": True})
    write_json(SD / "text_encoder/config.json", text_config())
    write_json(SD / "unet/config.json", config_of(tiny_models.unet()))
    for part in ("vae_encoder", "vae_decoder"):
        write_json(SD / part / "config.json", config_of(tiny_models.vae()))


def write_legacy_model(ids, pixels, latents, prompt) -> None:
    """tiny-sd-legacy: the layout of diffusers' own OnnxStableDiffusionPipeline."""
    text, unet, _, decoder = parts()
    opset = 14
    export(text, LEGACY / "text_encoder/model.onnx", {"input_ids": ids.to(torch.int32)}, ["last_hidden_state", "pooler_output"],
           {"input_ids": TOKENS}, opset=opset)
    every = {0: "batch", 1: "channels", 2: "height", 3: "width"}
    timestep = torch.tensor([500])
    export(unet, LEGACY / "unet/model.onnx", {"sample": latents, "timestep": timestep, "encoder_hidden_states": prompt}, ["out_sample"],
           {"sample": every, "encoder_hidden_states": TOKENS}, opset=opset, external="weights.pb")
    export(SamplingVaeEncoder(tiny_models.vae()), LEGACY / "vae_encoder/model.onnx", {"sample": pixels}, ["latent_sample"],
           {"sample": every}, opset=opset)
    export(decoder, LEGACY / "vae_decoder/model.onnx", {"latent_sample": latents}, ["sample"], {"latent_sample": every}, opset=opset)
    report("tiny-sd-legacy", [
        check(text, LEGACY / "text_encoder/model.onnx", {"input_ids": ids[:1]}),
        check(unet, LEGACY / "unet/model.onnx", {"sample": latents[:1], "timestep": torch.tensor([7]), "encoder_hidden_states": prompt[:1]}),
        check(decoder, LEGACY / "vae_decoder/model.onnx", {"latent_sample": torch.randn(3, 4, 8, 12) / tiny_models.SCALING_FACTOR}),
    ])
    runtime = ["diffusers", "OnnxRuntimeModel"]
    write_json(LEGACY / "model_index.json", model_index("OnnxStableDiffusionPipeline", {
        "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": runtime, "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": runtime, "vae_decoder": runtime, "vae_encoder": runtime,
        "feature_extractor": [None, None], "safety_checker": [None, None], "requires_safety_checker": False}))
    write_json(LEGACY / "scheduler/scheduler_config.json", config_of(scheduler()))
    copy_tokenizer(LEGACY)


def write_half_precision_model(ids, pixels, latents, prompt) -> None:
    """tiny-sd-fp16: the optimum layout with every float in half precision, inputs and outputs included."""
    for part in ("text_encoder", "unet", "vae_encoder", "vae_decoder"):
        (FP16 / part).mkdir(parents=True, exist_ok=True)
        graph = convert_float_to_float16(onnx.load(str(SD / part / "model.onnx")), keep_io_types=False)
        onnx.save_model(graph, str(FP16 / part / "model.onnx"))
        shutil.copy(SD / part / "config.json", FP16 / part / "config.json")
    text, unet, encoder, decoder = parts()
    half = 0.05
    report("tiny-sd-fp16", [
        check(text, FP16 / "text_encoder/model.onnx", {"input_ids": ids}, half),
        check(unet, FP16 / "unet/model.onnx", {"sample": latents, "timestep": torch.tensor(7.0), "encoder_hidden_states": prompt}, half),
        check(encoder, FP16 / "vae_encoder/model.onnx", {"sample": pixels}, half),
        check(decoder, FP16 / "vae_decoder/model.onnx", {"latent_sample": latents}, half),
    ])
    shutil.copy(SD / "model_index.json", FP16 / "model_index.json")
    (FP16 / "scheduler").mkdir(exist_ok=True)
    shutil.copy(SD / "scheduler/scheduler_config.json", FP16 / "scheduler/scheduler_config.json")
    copy_tokenizer(FP16)


def write_motion_model() -> None:
    """tiny-motion: the UNet of an AnimateDiff pipeline as published ones are exported; its other parts are tiny-sd's."""
    unet = UNet(tiny_models.motion_unet())
    frames = tiny_models.MOTION_FRAMES
    inputs = {"sample": torch.randn(1, 4, frames, 8, 8), "timestep": torch.tensor([500]),
              "encoder_hidden_states": torch.randn(frames, 77, tiny_models.WIDTH)}
    size = {3: "height", 4: "width"}
    export(unet, MOTION / "unet/model.onnx", inputs, ["out_sample"],
           {"sample": size, "encoder_hidden_states": {1: "sequence"}, "out_sample": size})
    report("tiny-motion", [
        check(unet, MOTION / "unet/model.onnx", inputs),
        check(unet, MOTION / "unet/model.onnx", {**inputs, "sample": torch.randn(1, 4, frames, 16, 12), "timestep": torch.tensor([3])}),
    ])
    write_json(MOTION / "model_index.json", model_index("AnimateDiffPipeline", {
        "motion_adapter": ["diffusers", "MotionAdapter"], "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNetMotionModel"], "vae": ["diffusers", "AutoencoderKL"],
        "feature_extractor": [None, None], "image_encoder": [None, None]}))
    write_json(MOTION / "scheduler/scheduler_config.json", config_of(motion_scheduler()))
    write_json(MOTION / "unet/config.json", config_of(tiny_models.motion_unet()))


def parts():
    vae = tiny_models.vae()
    return TextEncoder(tiny_models.text_encoder()), UNet(tiny_models.unet()), VaeEncoder(vae), VaeDecoder(vae)


def report(name: str, errors: list[float]) -> None:
    print(f"{name}: export differs from PyTorch by at most {max(errors):.1e} of the root mean square")


def model_index(class_name: str, parts: dict) -> dict:
    return {"_class_name": class_name, "_diffusers_version": diffusers.__version__, **parts}


def config_of(part) -> dict:
    return json.loads(part.to_json_string())


def text_config() -> dict:
    config = tiny_models.text_encoder().config.to_dict()
    return {"architectures": ["CLIPTextModel"], **{key: value for key, value in config.items() if value is not None}}


def write_json(path: Path, value: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")


def copy_tokenizer(folder: Path) -> None:
    shutil.copytree(tiny_tokenizer.FOLDER, folder / "tokenizer", dirs_exist_ok=True)
