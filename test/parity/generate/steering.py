"""The tiny Stable Diffusion steered through its attention: by diffusers' own processors, or a few lines of PyTorch after the papers."""

import copy

import torch
from diffusers import StableDiffusionPAGPipeline
from diffusers.models.attention_processor import PAGIdentitySelfAttnProcessor2_0
from diffusers.pipelines.deprecated.text_to_video_synthesis.pipeline_text_to_video_zero import CrossFrameAttnProcessor2_0

from . import models, pipelines, tiny_models
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


class WeighedTokens:
    """diffusers' plain processor with the probabilities of cross-attention multiplied by a weight for each token, as Prompt-to-Prompt's `AttentionReweight` does."""

    def __init__(self, weights: dict[int, float], length: int):
        self.weights = torch.ones(length)
        for token, weight in weights.items():
            self.weights[token] = weight

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)))
        probabilities = attn.get_attention_scores(query, key, attention_mask)
        if encoder_hidden_states is not None:
            probabilities = probabilities * self.weights
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probabilities, value))))


def token_weights(file: ReferenceFile) -> list[dict]:
    sample, prompt = inputs()
    rows = []
    for weights in ({3: 2.5}, {1: 0.0, 5: -1.5, 12: 4.0}):
        unet = fresh()
        unet.set_attn_processor(WeighedTokens(weights, TOKENS))
        rows.append({"weights": list(weights.items()), "output": file.add(unet(sample, TIMESTEP, prompt.expand(FRAMES, -1, -1)).sample)})
    return rows


def free_u(file: ReferenceFile) -> list[dict]:
    generator = torch.Generator("cpu").manual_seed(62)
    _, prompt = inputs()
    rows = []
    # The last has one row at the lowest resolution.
    for factors, (height, width) in (((1.5, 1.6, 0.9, 0.2), (8, 8)), ((1.2, 1.4, 0.5, 0.7), (12, 20)), ((1.5, 1.6, 0.9, 0.2), (4, 8))):
        unet = fresh()
        unet.enable_freeu(**dict(zip(("b1", "b2", "s1", "s2"), factors)))
        sample = torch.randn(2, 4, height, width, generator=generator)
        output = unet(sample, TIMESTEP, prompt.expand(2, -1, -1)).sample
        rows.append({**dict(zip(("b1", "b2", "s1", "s2"), factors)), "sample": file.add(sample), "output": file.add(output)})
    return rows


def perturbed_calls(file: ReferenceFile) -> list[dict]:
    sample, prompt = inputs()
    rows = []
    for layers in (["mid_block"], ["down_blocks.0", "up_blocks.1"]):
        unet = fresh()
        for name, module in unet.named_modules():
            if name.endswith("attn1") and any(name.startswith(layer) for layer in layers):
                module.processor = PAGIdentitySelfAttnProcessor2_0()
        # Its second half is the perturbed one.
        both = unet(torch.cat([sample] * 2), TIMESTEP, prompt.expand(2 * FRAMES, -1, -1)).sample
        rows.append({"layers": layers, "output": file.add(both[FRAMES:])})
    return rows


def perturbed_runs(file: ReferenceFile) -> list[dict]:
    """Whole runs of `StableDiffusionPAGPipeline`, with classifier-free guidance and without."""
    rows = []
    for scale, pag_scale, layers, rescale in ((SCALE, 3.0, ["mid_block"], 0.0), (1.0, 2.0, ["mid_block", "up_blocks.1"], 0.0), (SCALE, 1.5, ["down_blocks"], 0.6)):
        pipe = StableDiffusionPAGPipeline(
            unet=fresh(), scheduler=models.scheduler(), **pipelines.shared_parts(), safety_checker=None, feature_extractor=None,
            image_encoder=None, requires_safety_checker=False, pag_applied_layers=[layer.replace(".", r"\.") for layer in layers])
        pipe.set_progress_bar_config(disable=True)
        latents = pipe(prompt=PROMPT, negative_prompt=NEGATIVE, height=64, width=64, num_inference_steps=STEPS, guidance_scale=scale, pag_scale=pag_scale,
                       guidance_rescale=rescale, output_type="latent", generator=torch.Generator("cpu").manual_seed(SEED)).images
        rows.append({"guidance_scale": scale, "guidance_rescale": rescale, "pag_scale": pag_scale, "layers": layers, "latents": file.add(latents)})
    return rows


class Regions:
    """diffusers' plain processor with cross-attention masked: a place sees the text of its regions, or the first text where it lies in none."""

    def __init__(self, regions: list, length: int, height: int, width: int):
        self.regions, self.length, self.height, self.width = regions, length, height, width

    def mask(self, places: int) -> torch.Tensor:
        factor = int((self.height * self.width / places) ** 0.5)
        rows, columns = self.height // factor, self.width // factor
        seen = torch.zeros(rows, columns, 1 + len(self.regions), dtype=torch.bool)
        for row in range(rows):
            for column in range(columns):
                x, y = (column + 0.5) / columns, (row + 0.5) / rows
                for i, (left, top, width, height) in enumerate(self.regions):
                    seen[row, column, 1 + i] = left <= x < left + width and top <= y < top + height
                seen[row, column, 0] = not seen[row, column].any()
        return seen.reshape(places, -1).repeat_interleave(self.length, dim=1)

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)))
        scores = torch.bmm(query, key.transpose(1, 2)) * attn.scale
        if encoder_hidden_states is not None:
            scores = scores.masked_fill(~self.mask(hidden_states.shape[1]), float("-inf"))
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(torch.bmm(scores.softmax(dim=-1), value))))


def regional(file: ReferenceFile) -> list[dict]:
    sample, prompt = inputs()
    generator = torch.Generator("cpu").manual_seed(63)
    rows = []
    # The second has regions that overlap.
    for regions in ([[0, 0, 0.5, 1]], [[0.25, 0.25, 0.5, 0.5], [0.5, 0, 0.5, 1]]):
        texts = [torch.randn(1, TOKENS, tiny_models.WIDTH, generator=generator) for _ in regions]
        unet = fresh()
        unet.set_attn_processor(Regions(regions, TOKENS, *sample.shape[2:]))
        output = unet(sample, TIMESTEP, torch.cat([prompt, *texts], dim=1).expand(FRAMES, -1, -1)).sample
        rows.append({"regions": regions, "texts": [file.add(text) for text in texts], "output": file.add(output)})
    return rows


def make() -> None:
    file = ReferenceFile("steering")
    sample, prompt = inputs()
    file.save({"sample": file.add(sample), "embeddings": file.add(prompt), "timestep": TIMESTEP, "prompt": PROMPT, "negative_prompt": NEGATIVE,
               "num_inference_steps": STEPS, "seed": SEED, "cross_frame": cross_frame(file), "token_weights": token_weights(file),
               "free_u": free_u(file), "regional": regional(file), "perturbed_calls": perturbed_calls(file), "perturbed_runs": perturbed_runs(file)})
