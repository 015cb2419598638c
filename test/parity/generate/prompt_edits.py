"""Whole edits by Prompt-to-Prompt, beside which the inverted source goes along: diffusers' tiny UNet under attention processors of a few lines, after the paper and the authors' code."""

import diffusers
import torch
from torch.nn import functional

from .clip_edits import Schedule
from .editing import StableDiffusion
from .lent_attention import SOURCE, Plain, controlled, refined, replaced, tokens_of
from .pictures import synthetic_frames
from .pipelines import NEGATIVE, SIDE
from .reference_file import ReferenceFile

PLACES = (SIDE // 8) ** 2


class Control(Plain):
    """One batch of [source, negative, edited], each of all frames: the source is not guided, and lends its attention to the edited prompt alone."""

    def __init__(self, frames, steps, mapped, shared, cross_share, self_share, weights):
        self.frames, self.mapped, self.shared, self.weights = frames, mapped, shared, weights
        self.cross_steps, self.self_steps = int(cross_share * (steps + 1)), int(self_share * steps)
        self.step, self.maps = 0, {}

    def probabilities(self, name, cross, probabilities):
        source, negative, edited = probabilities.chunk(3)
        if cross:
            if self.step < self.cross_steps:
                edited = source @ self.mapped + edited * (1 - self.shared)
            # Re-weighting: Hertz et al. 2022, section 3.4.
            edited = edited * self.weights
            if source.shape[1] == PLACES:
                by_frame = [each.reshape(self.frames, -1, PLACES, 77).mean(1) for each in (source, edited)]
                self.maps[name] = self.maps.get(name, 0) + torch.stack(by_frame)
        elif self.step < self.self_steps:
            edited = source
        return torch.cat([source, negative, edited])


def blended(edited: torch.Tensor, source: torch.Tensor, control: Control, words: list[list[int]], threshold: float) -> torch.Tensor:
    """Where neither looks at the words, the source; cut off at a share of the largest of each frame."""
    mean, mask = sum(control.maps.values()) / len(control.maps), 0
    for maps, tokens in zip(mean, words):
        if tokens:
            spread = functional.max_pool2d(maps[:, :, tokens].sum(-1).reshape(len(maps), 1, SIDE // 8, SIDE // 8), 3, 1, 1)
            mask = mask + (spread > threshold * spread.amax(dim=(2, 3), keepdim=True))
    return torch.where(mask > 0, edited, source)


def edit(net, source, prompt, kind, steps, kept, scale, shares, weights, word, threshold):
    schedule = Schedule(steps)
    frames, timesteps = net.frames, schedule.timesteps[-kept:]
    # The source on its way to noise, which it stays at every step.
    path = [source]
    for t in reversed(timesteps):
        path.append(schedule.moved(path[-1], net.predict(path[-1], t, SOURCE, 1), schedule.alpha(t - schedule.apart), schedule.alpha(t))[0])
    path.reverse()
    mapped, shared = (replaced if kind == "replace" else refined)(SOURCE, prompt)
    token_weights = torch.ones(77)
    for place, text in enumerate(prompt.split()):
        token_weights[tokens_of(prompt)[1][place]] = weights.get(text, 1.0)
    control = Control(frames, kept, mapped, shared, *shares, token_weights)
    unet, latents = controlled(control), path[0]
    told = torch.cat([net.embed(text) for text in (SOURCE, NEGATIVE, prompt)])
    words = [[token for place, each in enumerate(text.split()) if each == word for token in tokens_of(text)[1][place]] for text in (SOURCE, prompt)]
    for i, t in enumerate(timesteps):
        _, negative, positive = unet(torch.cat([path[i], latents, latents]), t, told).sample.chunk(3)
        latents, _ = schedule.moved(latents, negative + scale * (positive - negative), schedule.alpha(t), schedule.alpha(t - schedule.apart))
        control.step += 1
        if word and control.step > int(0.2 * kept):
            latents = blended(latents, path[i + 1], control, words, threshold)
    return latents


EDITS = (
    ("replace", "a blue balloon rising over the meadow at sunset", 5, 5, (0.8, 0.4), {}, None, 0.3, 1),
    ("replace, a part of the schedule, two frames", "a blue balloon rising over the meadow at sunset", 6, 4, (0.5, 0.8), {}, None, 0.3, 2),
    ("refine", "a big red balloon slowly rising over the sea", 5, 5, (0.6, 0.8), {}, None, 0.3, 1),
    ("reweight", "a red balloon rising over the sea at sunset", 5, 5, (1.0, 0.4), {"balloon": 3.0, "sunset": -1.5}, None, 0.3, 1),
    ("refine, reweighed beyond the lent steps, two frames", "a big red balloon slowly rising over the sea", 5, 4, (0.4, 0.2), {"big": 2.5, "sea": 0.0}, None, 0.3, 2),
    ("replace, blended at a word, two frames", "a blue balloon rising over the meadow at sunset", 5, 5, (0.8, 0.4), {}, "balloon", 0.6, 2),
    ("refine, blended at a word that came in", "a big red balloon slowly rising over the sea", 5, 5, (1.0, 0.0), {}, "slowly", 0.8, 1),
)


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file, rows = ReferenceFile("promptEdits"), []
    for seed, (title, prompt, steps, kept, shares, weights, word, threshold, frames) in enumerate(EDITS, 801):
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        kind = "refine" if title.startswith("refine") else "replace"
        latents = edit(net, source, prompt, kind, steps, kept, 4.0, shares, weights, word, threshold)
        rows.append({"title": title, "method": "prompt-to-prompt", "prompt": prompt, "source_prompt": SOURCE, "negative_prompt": NEGATIVE, "seed": seed, "num_inference_steps": steps,
                     "strength": kept / steps + 1e-3 * (kept < steps), "guidance_scale": 4.0, "alignment": kind, "crossReplaceSteps": shares[0], "selfReplaceSteps": shares[1],
                     **({"localBlend": word, "blendThreshold": threshold} if word else {}), **({"attentionControl": {"words": weights}} if weights else {}),
                     "source": file.add(pictures), "latents": file.add(latents)})
    file.save({"diffusers": diffusers.__version__, "stable_diffusion": rows})
