"""Editing methods: few lines of PyTorch after each paper's algorithm, and diffusers where it has the method."""

import diffusers
import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler, LEditsPPPipelineStableDiffusion

from . import models, tiny_models, tiny_tokenizer, wan_models
from .pictures import from_unit, synthetic_frames
from .pipelines import NEGATIVE, PROMPT
from .reference_file import ReferenceFile

SOURCE_PROMPT = "a blue balloon rising over the sea at noon"


class StableDiffusion:
    """The tiny UNet with classifier-free guidance, and the signal and noise shares of its training timesteps."""

    def __init__(self, frames: int, prediction: str = "epsilon"):
        self.frames, self.prediction = frames, prediction
        self.alphas = models.scheduler().alphas_cumprod.double()
        self.tokenizer, self.text_encoder = tiny_tokenizer.load(), tiny_models.text_encoder()

    def encode(self, pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        pixels = from_unit(pictures.permute(0, 3, 1, 2).float() / 255)
        return tiny_models.vae().encode(pixels).latent_dist.sample(generator) * tiny_models.SCALING_FACTOR

    def embed(self, text: str) -> torch.Tensor:
        ids = self.tokenizer(text, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
        return self.text_encoder(ids)[0].repeat(self.frames, 1, 1)

    def predict(self, sample: torch.Tensor, timestep, text: str, scale: float) -> torch.Tensor:
        told = tiny_models.unet()(sample, timestep, self.embed(text)).sample
        if scale <= 1:
            return told
        plain = tiny_models.unet()(sample, timestep, self.embed(NEGATIVE)).sample
        return plain + scale * (told - plain)

    def noise_of(self, sample: torch.Tensor, timestep: int, text: str, scale: float) -> torch.Tensor:
        """The noise that the prediction implies."""
        output, alpha = self.predict(sample, timestep, text, scale), self.alphas[timestep]
        return output if self.prediction == "epsilon" else (alpha.sqrt() * output + (1 - alpha).sqrt() * sample).float()


def flowedit_of_noise(net: StableDiffusion, source: torch.Tensor, timesteps: list[int], scales: tuple[float, float], generator, samples: int = 1):
    """FlowEdit on the ODE of the sample divided by its signal share, whose slope over sigma is the noise."""
    sigmas = [((1 - net.alphas[t]) / net.alphas[t]).sqrt() for t in timesteps] + [torch.tensor(0.0)]
    edited = source.clone()
    for t, sigma, after in zip(timesteps, sigmas, sigmas[1:]):
        signal = net.alphas[t].sqrt()
        slopes = []
        for _ in range(samples):
            noise = torch.randn(source.shape, generator=generator)
            there = net.noise_of((signal * (edited + sigma * noise)).float(), t, PROMPT, scales[0])
            here = net.noise_of((signal * (source + sigma * noise)).float(), t, SOURCE_PROMPT, scales[1])
            slopes.append(there - here)
        edited = (edited + (after - sigma) * sum(slopes) / samples).float()
    return edited


def flowedit_of_velocity(predict, source: torch.Tensor, sigmas: list[float], scales: tuple[float, float], generator):
    """Algorithm 1 of the paper, with n_avg 1 and n_min 0."""
    edited = source.clone()
    for t, after in zip(sigmas, sigmas[1:]):
        noisy_source = (1 - t) * source + t * torch.randn(source.shape, generator=generator)
        noisy_target = edited + noisy_source - source
        difference = predict(noisy_target, t, PROMPT, scales[0]) - predict(noisy_source, t, SOURCE_PROMPT, scales[1])
        edited = edited + (after - t) * difference
    return edited


def row(title: str, method: str, seed: int, source: str, latents: str, **settings) -> dict:
    return {"title": title, "method": method, "prompt": PROMPT, "source_prompt": SOURCE_PROMPT, "negative_prompt": NEGATIVE, "seed": seed, "source": source, "latents": latents, **settings}


def leading(steps: int, kept: int) -> list[int]:
    """Timesteps of the model's own DDIM schedule, the last `kept` of them."""
    scheduler = models.scheduler()
    scheduler.set_timesteps(steps)
    return scheduler.timesteps.tolist()[steps - kept:]


def flowedits(file: ReferenceFile) -> list[dict]:
    rows = []
    for title, seed, frames, steps, kept, scales, samples, prediction in (
        ("ε", 701, 1, 8, 5, (7.5, 1.5), 1, "epsilon"),
        ("two frames, source unguided", 702, 2, 6, 6, (5.0, 1.0), 1, "epsilon"),
        ("mean of three noises", 703, 1, 5, 3, (4.0, 2.0), 3, "epsilon"),
        ("v", 704, 1, 6, 4, (3.0, 1.5), 1, "v_prediction"),
    ):
        net, pictures, generator = StableDiffusion(frames, prediction), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        latents = flowedit_of_noise(net, source, leading(steps, kept), scales, generator, samples)
        settings = {"num_inference_steps": steps, "strength": kept / steps + 1e-3 * (kept < steps), "guidance_scale": scales[0], "sourceGuidanceScale": scales[1], "noiseSamples": samples}
        rows.append(row(title, "flowedit", seed, file.add(pictures), file.add(latents), prediction_type=prediction, **settings))
    return rows


def virtual_inversion(net: StableDiffusion, source: torch.Tensor, timesteps: list[int], scales: tuple[float, float], generator):
    """InfEdit's DDCM: both are noised by one noise, and the source's known error is taken out."""
    alphas = [net.alphas[t] for t in timesteps]
    noise = torch.randn(source.shape, generator=generator)
    target = noisy(source, noise, alphas[0])
    for i, t in enumerate(timesteps):
        consistent = noise
        slope = net.noise_of(target, t, PROMPT, scales[0]) - net.noise_of(noisy(source, noise, alphas[i]), t, SOURCE_PROMPT, scales[1])
        clean = ((target - (1 - alphas[i]).sqrt() * (slope + consistent)) / alphas[i].sqrt()).float()
        if i + 1 < len(timesteps):
            noise = torch.randn(source.shape, generator=generator)
            target = noisy(clean, noise, alphas[i + 1])
    return clean


def delta_denoising(net: StableDiffusion, source: torch.Tensor, timesteps: list[int], scale: float, rate: float, generator):
    """DDS's gradient descent, whose gradient is the difference of the predicted noises."""
    edited = source.clone()
    for t in timesteps:
        noise, alpha = torch.randn(source.shape, generator=generator), net.alphas[t]
        gradient = net.noise_of(noisy(edited, noise, alpha), t, PROMPT, scale) - net.noise_of(noisy(source, noise, alpha), t, SOURCE_PROMPT, scale)
        # No further than to where the two clean samples say.
        edited = edited - min(rate, ((1 - alpha) / alpha).sqrt().item()) * gradient
    return edited


def noisy(clean: torch.Tensor, noise: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    return (alpha.sqrt() * clean + (1 - alpha).sqrt() * noise).float()


def few_steps(file: ReferenceFile) -> list[dict]:
    rows = []
    for method, seed, frames, steps, kept, scales in (("infedit", 731, 1, 5, 4, (3.0, 1.0)), ("infedit", 732, 2, 4, 3, (2.0, 1.5)), ("dds", 733, 1, 5, 5, (3.0, 3.0)), ("dds", 734, 2, 4, 3, (2.0, 2.0))):
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        settings = {"num_inference_steps": steps, "strength": kept / steps + 1e-3 * (kept < steps), "guidance_scale": scales[0]}
        if method == "infedit":
            latents, own = virtual_inversion(net, source, leading(steps, kept), scales, generator), {"sourceGuidanceScale": scales[1]}
        else:
            latents, own = delta_denoising(net, source, leading(steps, kept) * 2, scales[0], 0.2, generator), {"rounds": 2, "learningRate": 0.2}
        rows.append(row(f"{frames} frames, {kept} of {steps} steps", method, seed, file.add(pictures), file.add(latents), **settings, **own))
    return rows


def flow_models(file: ReferenceFile) -> list[dict]:
    """The same on a tiny Wan 2.1, a flow model."""
    pictures, steps, kept, scales = synthetic_frames(5, 32, 48), 6, 4, (5.0, 2.0)
    vae, tokenizer, text_encoder, transformer = wan_models.vae(), wan_models.tokenizer(), wan_models.text_encoder(), wan_models.transformer()
    pipe = diffusers.WanPipeline(tokenizer=tokenizer, text_encoder=text_encoder, vae=vae, transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0))
    pixels = from_unit(pictures.permute(3, 0, 1, 2)[None].float() / 255)
    mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in (vae.config.latents_mean, vae.config.latents_std))
    source = (vae.encode(pixels).latent_dist.mode() - mean) / std
    pipe.scheduler.set_timesteps(steps)
    embedded = {text: pipe.encode_prompt(text, do_classifier_free_guidance=False, max_sequence_length=512)[0] for text in (PROMPT, SOURCE_PROMPT, NEGATIVE)}

    def predict(sample, sigma, text, scale):
        told, plain = (transformer(sample, torch.tensor([1000 * sigma]), embedded[words], return_dict=False)[0] for words in (text, NEGATIVE))
        return plain + scale * (told - plain)

    sigmas = pipe.scheduler.sigmas.tolist()[steps - kept:]
    latents = flowedit_of_velocity(predict, source, sigmas, scales, torch.Generator().manual_seed(705))
    settings = {"num_inference_steps": steps, "strength": kept / steps + 1e-3, "guidance_scale": scales[0], "sourceGuidanceScale": scales[1], "noiseSamples": 1, "scheduler": "FlowMatchEulerDiscreteScheduler", "scheduler_config": {"shift": 3.0}}
    return [row("Wan", "flowedit", 705, file.add(pictures), file.add(latents[0].permute(1, 0, 2, 3)), **settings)]


def ddpm_inversions(file: ReferenceFile) -> list[dict]:
    """Algorithm 1 of Huberman-Spiegelglas et al. with DDIM's step at eta 1, from the noised source down again towards the prompt."""
    rows = []
    for title, seed, frames, steps, kept, scales, prompt in (
        ("towards the prompt", 711, 1, 10, 7, (15.0, 3.5), PROMPT),
        ("two frames", 712, 2, 6, 4, (5.0, 2.0), PROMPT),
        ("towards the source's own caption: the source", 713, 1, 6, 4, (1.5, 1.5), SOURCE_PROMPT),
    ):
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        timesteps = leading(steps, kept)
        alpha = [net.alphas[t] for t in timesteps] + [net.alphas[0]]
        path = [source]
        for a in reversed(alpha[:-1]):
            path.insert(0, (a.sqrt() * source + (1 - a).sqrt() * torch.randn(source.shape, generator=generator)).float())

        def mean(i: int, sample, text, scale):
            noise = net.noise_of(sample, timesteps[i], text, scale)
            variance = (1 - alpha[i + 1]) / (1 - alpha[i]) * (1 - alpha[i] / alpha[i + 1])
            clean = (sample - (1 - alpha[i]).sqrt() * noise) / alpha[i].sqrt()
            return alpha[i + 1].sqrt() * clean + (1 - alpha[i + 1] - variance).clamp(min=0).sqrt() * noise, variance.sqrt()

        maps = []
        for i in range(kept):
            centre, deviation = mean(i, path[i], SOURCE_PROMPT, scales[1])
            maps.append((path[i + 1] - centre) / deviation)
        latents = path[0]
        for i in range(kept):
            centre, deviation = mean(i, latents, prompt, scales[0])
            latents = (centre + deviation * maps[i]).float()
        settings = {"num_inference_steps": steps, "strength": kept / steps + 1e-3 * (kept < steps), "guidance_scale": scales[0], "sourceGuidanceScale": scales[1]}
        rows.append({**row(title, "ddpm-inversion", seed, file.add(pictures), file.add(latents), **settings), "prompt": prompt})
    return rows


def ledits(file: ReferenceFile) -> list[dict]:
    """diffusers' own pipeline by DDIM, the source a sample of what the autoencoder says, as everywhere here."""
    rows = []
    for title, seed, frames, total, kept, edits, scale, source_prompt in (
        ("one edit", 721, 1, 9, 6, [{"prompt": PROMPT}], 3.5, ""),
        ("three edits", 722, 1, 9, 6, [{"prompt": "a red balloon", "weight": 7, "threshold": 0.7}, {"prompt": "the sea", "remove": True, "warmupSteps": 1}, {"prompt": "sunset", "weight": 3, "threshold": 0.5, "cooldownSteps": 4}], 3.5, SOURCE_PROMPT),
        ("two frames", 723, 2, 6, 5, [{"prompt": "sunset", "threshold": 0.4}, {"prompt": "at noon", "remove": True, "weight": 2}], 1.5, SOURCE_PROMPT),
    ):
        pipe = LEditsPPPipelineStableDiffusion(vae=tiny_models.vae(), text_encoder=tiny_models.text_encoder(), tokenizer=tiny_tokenizer.load(), unet=tiny_models.unet(), scheduler=DDIMScheduler.from_config(models.scheduler().config), safety_checker=None, feature_extractor=None, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
        # The pipeline gives its timesteps as floats, with which this scheduler of diffusers 0.42 cannot index.
        add_noise = pipe.scheduler.add_noise
        pipe.scheduler.add_noise = lambda clean, noise, timesteps, add_noise=add_noise: add_noise(clean, noise, timesteps.long())
        net, pictures, generator = StableDiffusion(frames), synthetic_frames(frames), torch.Generator().manual_seed(seed)
        source = net.encode(pictures, generator)
        pipe.encode_image = lambda *_, source=source, **__: (source, None)
        # invert takes what encode_prompt gives in the wrong order (diffusers 0.42), and would guide away from the source's caption.
        encode_prompt = pipe.encode_prompt
        pipe.encode_prompt = lambda **inputs: (lambda told, plain, count: (plain, told, count))(*encode_prompt(**inputs))
        pipe.invert(pictures, source_prompt=source_prompt, source_guidance_scale=scale, num_inversion_steps=kept, skip=total / kept - 1 + 1e-6, generator=generator)
        pipe.encode_prompt = encode_prompt
        steps = [edit.get("cooldownSteps", 1000) for edit in edits]
        latents = pipe(
            editing_prompt=[edit["prompt"] for edit in edits], reverse_editing_direction=[edit.get("remove", False) for edit in edits], edit_guidance_scale=[edit.get("weight", 5) for edit in edits],
            edit_threshold=[edit.get("threshold", 0.9) for edit in edits], edit_warmup_steps=[edit.get("warmupSteps", 0) for edit in edits], edit_cooldown_steps=steps,
            use_cross_attn_mask=False, use_intersect_mask=False, output_type="latent").images
        settings = {"num_inference_steps": total, "strength": kept / total + 1e-3, "guidance_scale": 7.5, "sourceGuidanceScale": scale, "edits": edits}
        rows.append({**row(title, "ledits", seed, file.add(pictures), file.add(latents), **settings), "negative_prompt": "", "source_prompt": source_prompt})
    return rows


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("editing")
    file.save({"diffusers": diffusers.__version__, "stable_diffusion": flowedits(file) + ddpm_inversions(file) + ledits(file) + few_steps(file), "wan": flow_models(file)})
