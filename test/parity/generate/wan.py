"""What PyTorch makes of a tiny Wan 2.1, part by part, and diffusers in whole runs."""

import copy
import math

import diffusers
import torch
import transformers
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, WanPipeline, WanVideoToVideoPipeline

from . import wan_models
from .pictures import synthetic_frames, to_pixels
from .pipelines import NEGATIVE, PROMPT, picture
from .reference_file import ReferenceFile
from .tokenizer import STRINGS


def calls(file: ReferenceFile) -> dict:
    generator = torch.Generator().manual_seed(51)
    model = wan_models.transformer()
    channels = model.config.in_channels
    cases = []
    for batch, frames, height, width, tokens, times in ((2, 3, 6, 4, 7, (501.0, 37.0)), (2, 2, 4, 4, 5, (900.5,)), (1, 1, 4, 10, 1, (999.0,)), (1, 5, 2, 2, 512, (12.0,))):
        sample = torch.randn(batch, channels, frames, height, width, generator=generator)
        text = torch.randn(batch, tokens, wan_models.TEXT_WIDTH, generator=generator)
        output = model(sample, torch.tensor(times * (batch // len(times))), text, return_dict=False)[0]
        cases.append({"sample": file.add(sample), "text": file.add(text), "timestep": list(times), "output": file.add(output)})
    halves = {}
    for name, kind in (("fp16", torch.float16), ("bf16", torch.bfloat16)):
        halves[name] = file.add(wan_models.rounded(model, kind)(sample, torch.tensor([12.0]), text, return_dict=False)[0])
    print("velocity", output.std().item())
    return {"calls": cases, **halves}


def texts(file: ReferenceFile) -> list[dict]:
    cases = []
    for tokens in (1, 11, 200):
        ids = torch.randint(0, wan_models.VOCABULARY_SIZE, (1 if tokens > 100 else 2, tokens), generator=torch.Generator().manual_seed(tokens))
        embeddings = wan_models.text_encoder()(ids).last_hidden_state
        cases.append({"ids": ids.tolist(), "embeddings": file.add(embeddings)})
    print("embeddings", embeddings.std().item())
    return cases


def coded(file: ReferenceFile) -> list[dict]:
    model, cases = wan_models.vae(), []
    for frames, height, width in ((1, 4, 6), (2, 2, 4), (5, 4, 2)):
        generator = torch.Generator().manual_seed(frames)
        latents = torch.randn(1, wan_models.LATENT_CHANNELS, frames, height, width, generator=generator)
        pixels = torch.rand(1, 3, 4 * (frames - 1) + 1, 8 * height, 8 * width, generator=generator) * 2 - 1
        clamp, torch.clamp = torch.clamp, lambda x, **_: x  # What lies beyond black and white tells of mistakes, too.
        decoded = model.decode(latents).sample
        torch.clamp = clamp
        parameters = model.encode(pixels).latent_dist.parameters
        cases.append({"pixels": file.add(pixels), "parameters": file.add(parameters), "latents": file.add(latents), "decoded": file.add(decoded)})
    print("decoded", decoded.std().item(), "parameters", parameters.std().item())
    return cases


def tiled(file: ReferenceFile) -> dict:
    """In overlapping tiles, those at the edges smaller."""
    model = copy.deepcopy(wan_models.vae())
    model.enable_tiling(tile_sample_min_height=32, tile_sample_min_width=32, tile_sample_stride_height=16, tile_sample_stride_width=16)
    generator = torch.Generator().manual_seed(71)
    latents = torch.randn(1, wan_models.LATENT_CHANNELS, 2, 5, 7, generator=generator)
    pixels = torch.rand(1, 3, 5, 40, 56, generator=generator) * 2 - 1
    clamp, torch.clamp = torch.clamp, lambda x, **_: x
    decoded = model.decode(latents).sample
    torch.clamp = clamp
    return {"side": 32, "stride": 16, "pixels": file.add(pixels), "parameters": file.add(model.encode(pixels).latent_dist.parameters), "latents": file.add(latents), "decoded": file.add(decoded)}


def tokens() -> list[dict]:
    tokenizer = wan_models.tokenizer()
    return [{"text": text, "ids": tokenizer(text).input_ids} for text in STRINGS]


def run(file: ReferenceFile, kind: type, title: str, seed: int, steps: int, guidance: float, scheduler=None, width: int = 64, height: int = 48, transformer=wan_models.transformer,
        references: int = 0, **inputs) -> dict:
    """A whole run from a seed, and what it was told. Of the latents, the first are those of the reference pictures."""
    parts = {name: copy.deepcopy(getattr(wan_models, name)()) for name in ("vae", "text_encoder", "tokenizer")}
    pipe = kind(**parts, transformer=transformer(), scheduler=scheduler or wan_models.scheduler())
    pipe.set_progress_bar_config(disable=True)
    latents = pipe(prompt=PROMPT, negative_prompt=NEGATIVE, num_inference_steps=steps, guidance_scale=guidance, output_type="latent", width=width, height=height,
                   generator=torch.Generator("cpu").manual_seed(seed), **inputs).frames
    pixels = parts["vae"].decode(wan_models.denormalised(parts["vae"], latents[:, :, references:])).sample
    print(title, "latents", latents.std().item(), "pixels", pixels.std().item())
    row = {"title": title, "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": seed, "num_inference_steps": steps, "guidance_scale": guidance, "width": width, "height": height}
    if scheduler:
        row |= {"scheduler": type(scheduler).__name__, "scheduler_config": {key: value for key, value in scheduler.config.items() if not key.startswith("_") and value != -math.inf}}
    return {**row, "latents": file.add(latents[0].permute(1, 0, 2, 3)), "pixels": file.add(to_pixels(pixels[0].permute(1, 0, 2, 3)))}


def runs(file: ReferenceFile) -> list[dict]:
    dpm = DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    euler = FlowMatchEulerDiscreteScheduler(shift=5.0)
    rows = [
        {**run(file, WanPipeline, "UniPC", 601, 6, 5.0, num_frames=9), "frames": 9},
        {**run(file, WanPipeline, "UniPC without guidance, one picture", 602, 5, 1.0, num_frames=1, width=32, height=48), "frames": 1},
        {**run(file, WanPipeline, "DPM-Solver++", 603, 6, 4.0, dpm, num_frames=5), "frames": 5},
        {**run(file, WanPipeline, "Euler", 604, 5, 3.0, euler, num_frames=13, width=16, height=32), "frames": 13},
    ]
    source = synthetic_frames(9, 64, 48)
    for title, seed, strength, scheduler in (("video to video, UniPC", 605, 0.6, None), ("video to video, DPM-Solver++", 606, 0.8, dpm), ("video to video, Euler", 607, 0.5, euler)):
        own = {"video": [picture(frame) for frame in source], "strength": strength}
        rows.append({**run(file, WanVideoToVideoPipeline, title, seed, 6, 5.0, scheduler, **own), "strength": strength, "source": file.add(source)})
    return rows


def make() -> None:
    torch.manual_seed(40)
    diffusers.logging.set_verbosity_error()
    wan_models.write()
    file = ReferenceFile("wan")
    index = {"diffusers": diffusers.__version__, "transformers": transformers.__version__, "transformer": calls(file), "text": texts(file), "vae": coded(file), "tiled": tiled(file), "tokens": tokens()}
    file.save(index)
    whole = ReferenceFile("wanRuns")
    whole.save({"diffusers": diffusers.__version__, "runs": runs(whole)})
