"""LTX-Video that goes on from pictures and clips, in diffusers: `LTXImageToVideoPipeline` as before 0.9.5, `LTXConditionPipeline` from then on."""

import diffusers
import torch
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXConditionPipeline, LTXImageToVideoPipeline, LTXPipeline, LTXVideoTransformer3DModel
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from PIL import Image
from transformers import PreTrainedTokenizerFast, T5EncoderModel

from .ltx_models import HERE, denormalised
from .pictures import synthetic_frames, to_pixels
from .pipelines import NEGATIVE, PROMPT
from .reference_file import ReferenceFile


def pipeline(kind: type, folder: str) -> LTXPipeline:
    """Of the committed tiny models; `folder` has the autoencoder and the scheduler."""
    ltx = HERE / "ltx"
    pipe = kind(vae=AutoencoderKLLTXVideo.from_pretrained(HERE / folder / "vae").float(), text_encoder=T5EncoderModel.from_pretrained(ltx / "text_encoder"),
                tokenizer=PreTrainedTokenizerFast.from_pretrained(ltx / "tokenizer"), transformer=LTXVideoTransformer3DModel.from_pretrained(ltx / "transformer"),
                scheduler=FlowMatchEulerDiscreteScheduler.from_pretrained(HERE / folder / "scheduler"))
    pipe.set_progress_bar_config(disable=True)
    return pipe


def run(file: ReferenceFile, pipe: LTXPipeline, title: str, seed: int, steps: int, guidance: float, frames: int, width: int, height: int, conditions: list[tuple], fps: float = 25,
        decode: tuple[float, float] | None = None, **inputs) -> dict:
    """A whole run from a seed, and what it was told. `conditions`: frames of the synthetic clip from the first up to but not including the second, where they stand, how strongly."""
    generator = torch.Generator("cpu").manual_seed(seed)
    clip = synthetic_frames(33, width, height)
    row = {"title": title, "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": seed, "num_inference_steps": steps, "guidance_scale": guidance, "width": width, "height": height,
           "frames": frames, "fps": fps, "conditions": [{"video": file.add(clip[start:end].clone()), "frame_index": index, "strength": strength} for start, end, index, strength in conditions], **inputs}
    pictures = [[Image.fromarray(frame.numpy()) for frame in clip[start:end]] for start, end, _, _ in conditions]
    if isinstance(pipe, LTXConditionPipeline):
        inputs["conditions"] = [LTXVideoCondition(image=shown[0] if len(shown) == 1 else None, video=shown if len(shown) > 1 else None, frame_index=index, strength=strength)
                                for shown, (_, _, index, strength) in zip(pictures, conditions)]
    else:
        inputs["image"] = pictures[0][0]
    latents = pipe(prompt=PROMPT, negative_prompt=NEGATIVE, num_inference_steps=steps, guidance_scale=guidance, output_type="latent", width=width, height=height, num_frames=frames,
                   frame_rate=fps, max_sequence_length=128, generator=generator, **inputs).frames
    if latents.ndim == 3:
        latents = LTXPipeline._unpack_latents(latents, (frames - 1) // 8 + 1, height // 32, width // 32)
    clean, timestep = denormalised(pipe.vae, latents), None
    if decode:
        row |= {"decode_timestep": decode[0], "decode_noise_scale": decode[1]}
        clean, timestep = (1 - decode[1]) * clean + decode[1] * torch.randn(clean.shape, generator=generator), torch.tensor([decode[0]])
        torch.manual_seed(0)
    pixels = pipe.vae.decode(clean, timestep).sample
    print(title, "latents", latents.std().item(), "pixels", pixels.std().item())
    return {**row, "latents": file.add(latents[0].permute(1, 0, 2, 3)), "pixels": file.add(to_pixels(pixels[0].permute(1, 0, 2, 3)))}


def make() -> None:
    diffusers.logging.set_verbosity_error()
    with torch.no_grad():
        file = ReferenceFile("ltxConditions")
        plain, later = pipeline(LTXImageToVideoPipeline, "ltx"), pipeline(LTXConditionPipeline, "ltx-timed")
        first = (0, 1, 0, 1.0)
        runs = [
            run(file, plain, "from a picture", 721, 6, 3.0, 9, 64, 96, [first]),
            run(file, plain, "from a picture, contrast brought back", 722, 5, 4.0, 17, 64, 32, [first], fps=8, guidance_rescale=0.7),
        ]
        timed = {"decode": (0.05, 0.025)}
        conditioned = [
            run(file, later, "from a picture", 731, 6, 3.0, 17, 64, 32, [first], **timed),
            run(file, later, "from a picture that may change", 732, 7, 1.0, 9, 64, 64, [(0, 1, 0, 0.6)], fps=24, **timed),
            run(file, later, "first and last picture", 733, 6, 3.0, 17, 32, 64, [first, (16, 17, 16, 1.0)], **timed),
            run(file, later, "a clip that goes on", 734, 5, 1.0, 17, 64, 32, [(0, 9, 0, 1.0)], decode=(0.0, 0.0)),
            run(file, later, "a clip in the middle, weakly, behind a picture", 735, 8, 3.0, 33, 32, 32, [first, (8, 25, 8, 0.8)], fps=12, guidance_rescale=0.5, **timed),
        ]
        file.save({"diffusers": diffusers.__version__, "runs": runs, "conditioned": conditioned})
