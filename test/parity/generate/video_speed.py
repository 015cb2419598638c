"""What diffusers leaves out of video transformers: blocks behind a first-block cache, guidance outside of an interval, and CFG-Zero*."""

import copy

import torch
from diffusers import FirstBlockCacheConfig, LTXPipeline, WanPipeline
from diffusers.guiders import ClassifierFreeGuidance, ClassifierFreeZeroStarGuidance

from . import ltx_models, wan_models
from .pipelines import NEGATIVE, PROMPT
from .reference_file import ReferenceFile

STEPS = 8


calls = {"count": 0}


def counted(model, ffn_of):
    """Counts how often the last block's feed-forward is computed."""
    ffn_of(model).register_forward_hook(lambda *_: calls.__setitem__("count", calls["count"] + 1))
    return model


def cached(file: ReferenceFile, model, channels: int, call, height: int, width: int, threshold: float) -> dict:
    """Predictions for two texts in turn, of latents that change little from step to step: which calls went through all blocks, and what came out."""
    generator = torch.Generator().manual_seed(71)
    sample = torch.randn(1, channels, 3, height, width, generator=generator)
    step = torch.randn(1, channels, 3, height, width, generator=generator)
    texts = [torch.randn(1, 7, wan_models.TEXT_WIDTH, generator=generator) for _ in range(2)]
    model.enable_cache(FirstBlockCacheConfig(threshold=threshold))
    rows = []
    for i in range(STEPS):
        timestep = 900.0 - (4.0 if i < 5 else 30.0) * i
        latents = sample + (0.02 if i < 5 else 0.3) * i * step
        for text, name in zip(texts, ("cond", "uncond"), strict=True):
            calls["count"] = 0
            with model.cache_context(name):
                output = call(model, latents, timestep, text)
            rows.append({"timestep": timestep, "text": name, "whole": calls["count"] > 0, "sample": file.add(latents[0].transpose(0, 1)), "output": file.add(output[0].transpose(0, 1))})
    return {"threshold": threshold, "texts": {"cond": file.add(texts[0]), "uncond": file.add(texts[1])}, "steps": rows}


def wan(file: ReferenceFile) -> dict:
    model = counted(copy.deepcopy(wan_models.transformer()), lambda m: m.blocks[-1].ffn)
    return cached(file, model, model.config.in_channels, lambda m, x, t, text: m(x, torch.tensor([t]), text, return_dict=False)[0], 6, 4, 0.22)


def ltx(file: ReferenceFile) -> dict:
    model = counted(copy.deepcopy(ltx_models.transformer()), lambda m: m.transformer_blocks[-1].ff)
    places = {"num_frames": 3, "height": 3, "width": 2, "rope_interpolation_scale": (8 / 24, 32, 32)}

    def call(m, x, t, text):
        out = m(LTXPipeline._pack_latents(x), text, torch.tensor([t]), torch.ones(1, 7), return_dict=False, **places)[0]
        return LTXPipeline._unpack_latents(out, 3, 3, 2)

    return cached(file, model, ltx_models.LATENT_CHANNELS, call, 3, 2, 0.36)


def guided(file: ReferenceFile, title: str, guider, options: dict) -> dict:
    """A whole run of Wan with one of diffusers' guiders."""
    parts = {name: copy.deepcopy(getattr(wan_models, name)()) for name in ("vae", "text_encoder", "tokenizer")}
    pipe = WanPipeline(**parts, transformer=wan_models.transformer(), scheduler=wan_models.scheduler())
    prompt, negative = pipe.encode_prompt(PROMPT, NEGATIVE, do_classifier_free_guidance=True, max_sequence_length=512)
    latents = pipe.prepare_latents(1, pipe.transformer.config.in_channels, 48, 64, 9, torch.float32, torch.device("cpu"), torch.Generator().manual_seed(611))
    pipe.scheduler.set_timesteps(STEPS)
    for i, t in enumerate(pipe.scheduler.timesteps):
        guider.set_state(step=i, num_inference_steps=STEPS, timestep=t)
        conditional = pipe.transformer(latents, t[None].float(), prompt, return_dict=False)[0]
        # diffusers' guiders make the second prediction only where there is guidance.
        unconditional = pipe.transformer(latents, t[None].float(), negative, return_dict=False)[0] if guider.num_conditions == 2 else None
        latents = pipe.scheduler.step(guider.forward(conditional, unconditional).pred, t, latents, return_dict=False)[0]
    print(title, latents.std().item())
    return {"title": title, "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": 611, "steps": STEPS, "frames": 9, "width": 64, "height": 48, "guidance_scale": 4.0,
            "options": options, "latents": file.add(latents[0].transpose(0, 1))}


def make() -> None:
    file = ReferenceFile("videoSpeed")
    file.save({"cache": {"wan": wan(file), "ltx": ltx(file)}, "runs": [
        guided(file, "guidance in an interval", ClassifierFreeGuidance(guidance_scale=4.0, start=0.25, stop=0.7), {"guidanceStart": 0.25, "guidanceEnd": 0.7}),
        guided(file, "CFG-Zero* with one step of zeros", ClassifierFreeZeroStarGuidance(guidance_scale=4.0, zero_init_steps=1), {"guidanceZeroStar": True, "zeroInitSteps": 1}),
        guided(file, "CFG-Zero* in an interval, contrast brought back", ClassifierFreeZeroStarGuidance(guidance_scale=4.0, zero_init_steps=0, stop=0.75, guidance_rescale=0.6),
               {"guidanceZeroStar": True, "guidanceEnd": 0.75, "guidanceRescale": 0.6}),
    ]})
