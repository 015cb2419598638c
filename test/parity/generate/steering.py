"""The tiny Stable Diffusion steered through its attention: by diffusers' own processors, or a few lines of PyTorch after the papers."""

import copy

import torch
from diffusers import DDIMScheduler
from diffusers.pipelines.deprecated.text_to_video_synthesis.pipeline_text_to_video_zero import CrossFrameAttnProcessor2_0

from . import models, tiny_models
from .reference_file import ReferenceFile

FRAMES = 4
TOKENS = 13
TIMESTEP = 500
STEPS, SCALE, SEED = 4, 5.0, 71
PROMPT, NEGATIVE = "a red balloon rising over the sea at sunset", "blurry, low quality"


class OtherFrames:
    """diffusers' plain processor, with the keys and values of self-attention taken from `sources(frames)`: a list of frames for each frame."""

    def __init__(self, sources):
        self.sources = sources

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        query = attn.to_q(hidden_states)
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        key, value = attn.to_k(context), attn.to_v(context)
        if encoder_hidden_states is None:
            frames = self.sources(len(hidden_states))
            key, value = (torch.cat([part[list(row)] for row in zip(*frames)], dim=1) for part in (key, value))
        query, key, value = (attn.head_to_batch_dim(part) for part in (query, key, value))
        mixed = torch.bmm(attn.get_attention_scores(query, key, attention_mask), value)
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(mixed)))


SOURCES = {
    "first": lambda frames: [[0] for _ in range(frames)],
    "previous": lambda frames: [[max(0, i - 1)] for i in range(frames)],
    "first,previous": lambda frames: [[0, max(0, i - 1)] for i in range(frames)],
    "own,first": lambda frames: [[i, 0] for i in range(frames)],
}


def fresh() -> torch.nn.Module:
    return copy.deepcopy(tiny_models.unet())


def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator("cpu").manual_seed(61)
    return (torch.randn(FRAMES, 4, tiny_models.LATENT_SIDE, tiny_models.LATENT_SIDE, generator=generator),
            torch.randn(1, TOKENS, tiny_models.WIDTH, generator=generator))


def cross_frame(file: ReferenceFile) -> list[dict]:
    sample, prompt = inputs()
    rows = []
    for title, sources in SOURCES.items():
        unet = fresh()
        unet.set_attn_processor(OtherFrames(sources))
        output = unet(sample, TIMESTEP, prompt.expand(FRAMES, -1, -1)).sample
        if title == "first":
            unet.set_attn_processor(CrossFrameAttnProcessor2_0(batch_size=1))
            theirs = unet(sample, TIMESTEP, prompt.expand(FRAMES, -1, -1)).sample
            assert torch.allclose(output, theirs, atol=1e-5)
            output = theirs
        rows.append({"from": title.split(","), "output": file.add(output)})
    return rows


def make() -> None:
    file = ReferenceFile("steering")
    sample, prompt = inputs()
    file.save({"sample": file.add(sample), "embeddings": file.add(prompt), "timestep": TIMESTEP, "cross_frame": cross_frame(file)})
