"""What a source lends to an edit, and guidance away from smoothed attention: a few lines of PyTorch after the papers and the authors' code, and diffusers where it has the method."""

import math

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionSAGPipeline
from torch.nn import functional

from . import models, pipelines, steering, tiny_models, tiny_tokenizer
from .pipelines import NEGATIVE, SIDE
from .reference_file import ReferenceFile

STEPS, SCALE, SEED = 5, 5.0, 83
SOURCE = "a red balloon rising over the sea at sunset"
FRAMES, TOKENS, TIMESTEP = steering.FRAMES, steering.TOKENS, steering.TIMESTEP


class Attention:
    """diffusers' plain processor, cut open: `control` sees queries, keys and probabilities of each call and says what is used."""

    def __init__(self, name: str, control):
        self.name, self.control = name, control

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        cross = encoder_hidden_states is not None
        context = encoder_hidden_states if cross else hidden_states
        query, key, value = attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)
        query, key = self.control.operands(self.name, cross, query, key)
        query, key, value = (attn.head_to_batch_dim(part) for part in (query, key, value))
        probabilities = self.control.probabilities(self.name, cross, attn.get_attention_scores(query, key, attention_mask))
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probabilities, value))))


class Plain:
    """Changes nothing."""

    def operands(self, name, cross, query, key):
        return query, key

    def probabilities(self, name, cross, probabilities):
        return probabilities


def controlled(control) -> torch.nn.Module:
    unet = steering.fresh()
    unet.set_attn_processor({name: Attention(name.removesuffix(".processor"), control) for name in unet.attn_processors})
    return unet


class Lender(Plain):
    """Keeps operands and probabilities of every layer."""

    def __init__(self):
        self.kept, self.maps = {}, {}

    def operands(self, name, cross, query, key):
        self.kept[name] = (query, key)
        return query, key

    def probabilities(self, name, cross, probabilities):
        self.maps[name] = probabilities
        return probabilities


class Mixed(Plain):
    """Prompt-to-Prompt: the source's self-attention, and `source @ mapped + own * (1 - shared)` in cross-attention."""

    def __init__(self, lender, self_too, mapped, shared):
        self.lender, self.self_too, self.mapped, self.shared = lender, self_too, mapped, shared

    def probabilities(self, name, cross, probabilities):
        lent = self.lender.maps[name]
        if not cross:
            return lent if self.self_too else probabilities
        return lent @ self.mapped + probabilities * (1 - self.shared)


def texts() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator("cpu").manual_seed(64)
    sample, prompt = steering.inputs()
    return sample, prompt, torch.randn(sample.shape, generator=generator), torch.randn(prompt.shape, generator=generator)


def mixed_calls(file: ReferenceFile) -> list[dict]:
    sample, prompt, source_sample, source_prompt = texts()
    lender = Lender()
    controlled(lender)(source_sample, TIMESTEP, source_prompt.expand(FRAMES, -1, -1))
    same = torch.eye(TOKENS)
    # Token 3 takes the mean of two, token 7 its own attention.
    moved = same.roll(1, dims=1)
    moved[:, 3] = 0
    moved[3:5, 3] = 0.5
    shared = torch.ones(TOKENS)
    shared[7] = 0
    moved[:, 7] = 0
    rows = []
    for self_too, mapped, share in ((True, same, torch.ones(TOKENS)), (False, moved, shared), (True, moved * 0, torch.zeros(TOKENS))):
        unet = controlled(Mixed(lender, self_too, mapped, share))
        output = unet(sample, TIMESTEP, prompt.expand(FRAMES, -1, -1)).sample
        rows.append({"self": self_too, "mapped": file.add(mapped), "shared": file.add(share), "output": file.add(output)})
    return rows


class Features(Plain):
    """Plug-and-play: queries and keys of the layers behind the features."""

    layers = ("up_blocks.1.attentions.1", "up_blocks.2")

    def __init__(self, lender):
        self.lender = lender

    def operands(self, name, cross, query, key):
        return self.lender.kept[name] if not cross and name.startswith(self.layers) else (query, key)


def feature_calls(file: ReferenceFile) -> list[dict]:
    sample, prompt, source_sample, source_prompt = texts()
    lender, kept = Lender(), {}
    unet = controlled(lender)
    unet.up_blocks[1].resnets[1].conv2.register_forward_hook(lambda _, __, output: kept.update(features=output))
    unet(source_sample, TIMESTEP, source_prompt.expand(FRAMES, -1, -1))
    rows = []
    for features, attention in ((True, True), (True, False), (False, True)):
        unet = controlled(Features(lender) if attention else Plain())
        if features:
            unet.up_blocks[1].resnets[1].conv2.register_forward_hook(lambda _, __, output: kept["features"])
        rows.append({"features": features, "attention": attention, "output": file.add(unet(sample, TIMESTEP, prompt.expand(FRAMES, -1, -1)).sample)})
    return rows


class Smoothed(Plain):
    """Smoothed energy guidance: queries blurred over the picture, by the mean where sigma is infinite."""

    def __init__(self, layers, sigma, height, width):
        self.layers, self.sigma, self.height, self.width = tuple(layers), sigma, height, width

    def operands(self, name, cross, query, key):
        if cross or not name.startswith(self.layers):
            return query, key
        if self.sigma is None:
            return query.mean(dim=1, keepdim=True).expand(query.shape), key
        factor = round((self.height * self.width / query.shape[1]) ** 0.5)
        rows, columns = self.height // factor, self.width // factor
        picture = query.transpose(1, 2).reshape(len(query), -1, rows, columns)
        for axis, length in ((2, rows), (3, columns)):
            kernel = self.kernel(length)
            half = len(kernel) // 2
            padding = (0, 0, half, half) if axis == 2 else (half, half, 0, 0)
            weight = kernel.reshape((1, 1, -1, 1) if axis == 2 else (1, 1, 1, -1)).expand(picture.shape[1], -1, -1, -1)
            picture = functional.conv2d(functional.pad(picture, padding, mode="reflect"), weight, groups=picture.shape[1])
        return picture.flatten(2).transpose(1, 2), key

    def kernel(self, length):
        wide = math.ceil(6 * self.sigma)
        taps = min(wide + 1 - wide % 2, length - (length % 2 - 1))
        places = torch.linspace(-(taps - 1) / 2, (taps - 1) / 2, taps)
        weights = torch.exp(-0.5 * (places / self.sigma) ** 2)
        return weights / weights.sum()


def smoothed_calls(file: ReferenceFile) -> list[dict]:
    sample, prompt = steering.inputs()
    rows = []
    for layers, sigma in ((["mid_block"], None), (["down_blocks.0", "up_blocks.1"], 0.6), (["up_blocks"], 10.0)):
        unet = controlled(Smoothed(layers, sigma, *sample.shape[2:]))
        rows.append({"layers": layers, "sigma": sigma, "output": file.add(unet(sample, TIMESTEP, prompt.expand(FRAMES, -1, -1)).sample)})
    return rows


def start_noise(frames: int = 1) -> torch.Tensor:
    return torch.randn(frames, 4, SIDE // 8, SIDE // 8, generator=torch.Generator("cpu").manual_seed(SEED))


def embed(*prompts: str) -> torch.Tensor:
    ids = tiny_tokenizer.load()(list(prompts), padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
    return tiny_models.text_encoder()(ids)[0]


def smoothed_runs(file: ReferenceFile) -> list[dict]:
    rows = []
    for scale, seg_scale, sigma in ((SCALE, 3.0, None), (1.0, 2.0, 1.0)):
        plain, smoothed = steering.fresh(), controlled(Smoothed(["mid_block"], sigma, SIDE // 8, SIDE // 8))
        scheduler, latents = models.scheduler(), start_noise()
        scheduler.set_timesteps(STEPS)
        negative, positive = embed(NEGATIVE, SOURCE).chunk(2)
        for t in scheduler.timesteps:
            told, led = plain(latents, t, positive).sample, smoothed(latents, t, positive).sample
            guided = told + seg_scale * (told - led)
            if scale > 1:
                guided = guided + (scale - 1) * (told - plain(latents, t, negative).sample)
            latents = scheduler.step(guided, t, latents).prev_sample
        rows.append({"guidance_scale": scale, "seg_scale": seg_scale, "sigma": sigma, "latents": file.add(latents)})
    return rows


def self_attention_runs(file: ReferenceFile) -> list[dict]:
    """Whole runs of `StableDiffusionSAGPipeline`."""
    rows = []
    for scale, sag_scale, name in ((SCALE, 0.75, "ddim"), (1.0, 1.5, "ddim"), (SCALE, 0.75, "dpm++2m")):
        scheduler = models.scheduler()
        if name != "ddim":
            scheduler = DPMSolverMultistepScheduler.from_config(scheduler.config)
        pipe = StableDiffusionSAGPipeline(unet=steering.fresh(), scheduler=scheduler, **pipelines.shared_parts(), safety_checker=None, feature_extractor=None,
                                          image_encoder=None, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
        latents = pipe(prompt=SOURCE, negative_prompt=NEGATIVE, height=SIDE, width=SIDE, num_inference_steps=STEPS, guidance_scale=scale, sag_scale=sag_scale,
                       output_type="latent", generator=torch.Generator("cpu").manual_seed(SEED)).images
        rows.append({"guidance_scale": scale, "sag_scale": sag_scale, "scheduler": name, "latents": file.add(latents)})
    return rows


def tokens_of(text: str) -> tuple[list[int], list[list[int]]]:
    """Ids with their marks, and the places of each word's tokens."""
    tokenizer = tiny_tokenizer.load()
    places, words = 1, []
    for word in text.split():
        count = len(tokenizer(word).input_ids) - 2
        words.append(list(range(places, places + count)))
        places += count
    return tokenizer(text).input_ids, words


def replaced(source: str, prompt: str, length: int = 77) -> tuple[torch.Tensor, torch.Tensor]:
    """Word for word; what follows a word of another length moves with it."""
    (_, from_words), (_, to_words) = tokens_of(source), tokens_of(prompt)
    mapped = torch.zeros(length, length)
    shift, word = 0, 0
    ends = [1, *(tokens[-1] + 1 for tokens in to_words)]
    for target in range(length):
        while word < len(to_words) and target >= ends[word + 1]:
            word += 1
        inside = word < len(to_words) and target in to_words[word]
        if inside and len(to_words[word]) != len(from_words[word]):
            mapped[from_words[word], target] = 1 / len(to_words[word])
            continue
        shift = (from_words[word][0] - to_words[word][0]) if inside else (from_words[-1][-1] - to_words[-1][-1]) if target >= ends[-1] else 0
        mapped[min(target + shift, length - 1), target] = 1
    return mapped, torch.ones(length)


def refined(source: str, prompt: str, length: int = 77) -> tuple[torch.Tensor, torch.Tensor]:
    """By global alignment, scored 1 for equal tokens, -1 for others, 0 for gaps; gaps in the edited text go first, as the authors trace back."""
    (xs, _), (ys, _) = tokens_of(source), tokens_of(prompt)
    best = [[0] * (len(ys) + 1) for _ in range(len(xs) + 1)]
    for i, x in enumerate(xs, 1):
        for j, y in enumerate(ys, 1):
            best[i][j] = max(best[i][j - 1], best[i - 1][j], best[i - 1][j - 1] + (1 if x == y else -1))
    mapped, shared = torch.zeros(length, length), torch.ones(length)
    shared[: len(ys)] = 0
    i, j = len(xs), len(ys)
    while i and j:
        if best[i][j] == best[i][j - 1]:
            j -= 1
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            i, j = i - 1, j - 1
            mapped[i, j], shared[j] = 1, 1
    for token in range(len(ys), length):
        mapped[token, token] = 1
    return mapped, shared


class PromptToPrompt(Plain):
    """Both prompts in one batch, as in the authors' code: [negative, negative, source, edited]."""

    def __init__(self, mapped, shared, cross_share, self_share):
        self.mapped, self.shared, self.step, self.maps = mapped, shared, 0, {}
        self.cross_steps, self.self_steps = int(cross_share * (STEPS + 1)), int(self_share * STEPS)

    def probabilities(self, name, cross, probabilities):
        heads = len(probabilities) // 4
        source, edited = probabilities[2 * heads:3 * heads], probabilities[3 * heads:]
        if cross and self.step < self.cross_steps:
            edited = source @ self.mapped + edited * (1 - self.shared)
        if not cross and self.step < self.self_steps:
            edited = source
        if cross and source.shape[1] == (SIDE // 8) ** 2:
            kept = self.maps.setdefault(name, torch.zeros(2, source.shape[1], 77))
            kept += torch.stack([source.mean(0), edited.mean(0)])
        return torch.cat([probabilities[:3 * heads], edited])


def blended(latents: torch.Tensor, control: PromptToPrompt, words: list[list[int]], threshold: float) -> torch.Tensor:
    side = SIDE // 8
    mean = sum(control.maps.values()) / len(control.maps)
    maps = torch.stack([mean[i][:, tokens].sum(-1).reshape(1, side, side) if tokens else torch.zeros(1, side, side) for i, tokens in enumerate(words)])
    maps = functional.max_pool2d(maps, 3, 1, 1)
    mask = maps / maps.amax(dim=(2, 3), keepdim=True).clamp(min=1e-12) > threshold
    mask = (mask[:1] + mask[1:]).float()
    return torch.cat([latents[:1], latents[:1] + mask * (latents[1:] - latents[:1])])


PROMPTS = {"replace": "a blue balloon rising over the meadow at sunset", "refine": "a big red balloon slowly rising over the sea"}


def prompt_to_prompt_runs(file: ReferenceFile) -> list[dict]:
    rows = []
    for kind, cross_share, self_share, word, threshold in (("replace", 0.8, 0.4, None, 0.3), ("refine", 0.6, 0.8, None, 0.3), ("replace", 0.8, 0.4, "balloon", 0.6), ("refine", 1.0, 0.0, "slowly", 0.8)):
        prompt = PROMPTS[kind]
        control = PromptToPrompt(*(replaced if kind == "replace" else refined)(SOURCE, prompt), cross_share, self_share)
        unet, scheduler = controlled(control), models.scheduler()
        scheduler.set_timesteps(STEPS)
        latents = start_noise().repeat(2, 1, 1, 1)
        told = embed(NEGATIVE, NEGATIVE, SOURCE, prompt)
        words = [[token for place, text_word in enumerate(text.split()) if text_word == word for token in tokens_of(text)[1][place]] for text in (SOURCE, prompt)]
        for t in scheduler.timesteps:
            negative, positive = unet(torch.cat([latents] * 2), t, told).sample.chunk(2)
            latents = scheduler.step(negative + SCALE * (positive - negative), t, latents).prev_sample
            control.step += 1
            if word and control.step > int(0.2 * STEPS):
                latents = blended(latents, control, words, threshold)
        rows.append({"alignment": kind, "prompt": prompt, "cross_replace_steps": cross_share, "self_replace_steps": self_share, "local_blend": word,
                     "blend_threshold": threshold, "source": file.add(latents[:1]), "latents": file.add(latents[1:])})
    return rows


def make() -> None:
    file = ReferenceFile("lent_attention")
    sample, prompt, source_sample, source_prompt = texts()
    file.save({"sample": file.add(sample), "embeddings": file.add(prompt), "source_sample": file.add(source_sample), "source_embeddings": file.add(source_prompt),
               "timestep": TIMESTEP, "source_prompt": SOURCE, "negative_prompt": NEGATIVE, "num_inference_steps": STEPS, "guidance_scale": SCALE, "seed": SEED,
               "mixed_calls": mixed_calls(file), "feature_calls": feature_calls(file), "smoothed_calls": smoothed_calls(file), "smoothed_runs": smoothed_runs(file),
               "self_attention_runs": self_attention_runs(file), "prompt_to_prompt_runs": prompt_to_prompt_runs(file)})
