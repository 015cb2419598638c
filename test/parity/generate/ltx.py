"""What PyTorch makes of tiny LTX-Videos, part by part, and diffusers in whole runs."""

import copy

import diffusers
import numpy as np
import torch
import transformers
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXConditionPipeline, LTXPipeline
from diffusers.pipelines.ltx.pipeline_ltx import calculate_shift
from transformers import T5Tokenizer

from . import ltx_models
from .pictures import synthetic_frames, to_pixels
from .pipelines import NEGATIVE, PROMPT
from .reference_file import ReferenceFile
from .tokenizer import STRINGS


def calls(file: ReferenceFile) -> list[dict]:
    """With words behind the real ones that a mask hides; of frames by the way of `LTXPipeline` and, `causal`, by that of `LTXConditionPipeline`."""
    generator = torch.Generator().manual_seed(91)
    model = ltx_models.transformer()
    cases = []
    for frames, height, width, words, time, fps, causal in ((3, 3, 2, 7, 501.0, 25, False), (1, 1, 4, 1, 999.0, 8, False), (5, 2, 2, 120, 12.0, 23.976, False), (4, 2, 3, 5, 730.5, 24, True)):
        sample = torch.randn(1, ltx_models.LATENT_CHANNELS, frames, height, width, generator=generator)
        text = torch.randn(1, 128, ltx_models.TEXT_WIDTH, generator=generator)
        mask = (torch.arange(128) < words)[None]
        places = {"num_frames": frames, "height": height, "width": width, "rope_interpolation_scale": (8 / fps, 32, 32)}
        if causal:
            ids = LTXConditionPipeline._prepare_video_ids(1, frames, height, width)
            coords = LTXConditionPipeline._scale_video_ids(ids, 32, 8).float()
            coords[:, 0] = coords[:, 0] * (1.0 / fps)
            places = {"video_coords": coords}
        tokens = LTXPipeline._pack_latents(sample)
        output = model(tokens, text, torch.tensor([time]), mask, return_dict=False, **places)[0]
        velocity = LTXPipeline._unpack_latents(output, frames, height, width)
        cases.append({"sample": file.add(sample), "text": file.add(text[:, :words]), "timestep": time, "fps": fps, "causal": causal, "output": file.add(velocity)})
    print("velocity", velocity.std().item())
    return cases


def texts(file: ReferenceFile) -> list[dict]:
    cases = []
    for tokens in (1, 128):
        ids = torch.randint(0, ltx_models.VOCABULARY_SIZE, (1, tokens), generator=torch.Generator().manual_seed(tokens))
        cases.append({"ids": ids.tolist(), "embeddings": file.add(ltx_models.text_encoder()(ids).last_hidden_state)})
    return cases


def drawn(seed: int, *dims: int) -> torch.Tensor:
    """What the test draws, too."""
    return torch.randn(*dims, generator=torch.Generator().manual_seed(seed))


def coded(file: ReferenceFile, model: AutoencoderKLLTXVideo) -> list[dict]:
    """Pixels half of what seed 1 draws, latents what seed 2 does; the noise that a decoder adds is of PyTorch's own generator, from seed 0."""
    cases = []
    for frames, height, width in ((1, 1, 2), (2, 2, 1), (3, 1, 1)):
        latents, pixels = drawn(2, 1, ltx_models.LATENT_CHANNELS, frames, height, width), drawn(1, 1, 3, 8 * (frames - 1) + 1, 32 * height, 32 * width) / 2
        timestep = torch.tensor([0.05 * frames]) if model.config.timestep_conditioning else None
        torch.manual_seed(0)
        decoded = model.decode(latents, timestep).sample
        parameters = model.encode(pixels).latent_dist.parameters
        own_error(model, latents, timestep, decoded)
        cases.append({"dims": list(latents.shape), "parameters": file.add(parameters), "decoded": file.add(decoded), **({} if timestep is None else {"timestep": timestep.item()})})
    print("decoded", decoded.std().item(), "parameters", parameters.std().item())
    return cases


def own_error(model: AutoencoderKLLTXVideo, latents: torch.Tensor, timestep: torch.Tensor | None, decoded: torch.Tensor) -> None:
    """Says how far PyTorch's float32 is from its float64."""
    single, torch.randn = torch.randn, lambda *dims, dtype=None, **options: single(*dims, **options).to(dtype)
    torch.manual_seed(0)
    wide = copy.deepcopy(model).double().decode(latents.double(), None if timestep is None else timestep.double()).sample
    torch.randn = single
    print("decoder, float32 from float64", ((decoded - wide).abs().max() / wide.square().mean().sqrt()).item())


class LateScheduler(FlowMatchEulerDiscreteScheduler):
    """Begins at a later step, as diffusers' video-to-video pipelines do."""

    begin = 0

    def set_timesteps(self, num_inference_steps=None, device=None, sigmas=None, mu=None, timesteps=None) -> None:
        super().set_timesteps(num_inference_steps, device, sigmas, mu, timesteps)
        self.timesteps, self.sigmas = self.timesteps[self.begin :], self.sigmas[self.begin :]


def noised_source(vae: AutoencoderKLLTXVideo, scheduler: LateScheduler, source: torch.Tensor, steps: int, strength: float, generator: torch.Generator) -> torch.Tensor:
    """The clip's latents, the mean of what they may be, normalised and noised to the step that the strength leaves, in tokens."""
    pixels = source.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    mean = vae.encode(pixels).latent_dist.mean
    latents = LTXPipeline._normalize_latents(mean, vae.latents_mean, vae.latents_std)
    noise = torch.randn(latents.shape, generator=generator)
    config = scheduler.config
    mu = calculate_shift(latents[0, 0].numel(), config.base_image_seq_len, config.max_image_seq_len, config.base_shift, config.max_shift)
    whole = FlowMatchEulerDiscreteScheduler.from_config(config)
    whole.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
    scheduler.begin = steps - min(int(steps * strength), steps)
    sigma = whole.sigmas[scheduler.begin]
    return LTXPipeline._pack_latents((1 - sigma) * latents + sigma * noise)


def run(file: ReferenceFile, title: str, seed: int, steps: int, guidance: float, frames: int, width: int, height: int, fps: float = 25, kind: type = LTXPipeline, strength: float | None = None,
        vae: AutoencoderKLLTXVideo | None = None, decode: tuple[float, float] | None = None, **inputs) -> dict:
    """A whole run from a seed, and what it was told."""
    vae = vae or ltx_models.vae()
    scheduler = FlowMatchEulerDiscreteScheduler() if kind is LTXConditionPipeline else LateScheduler.from_config(ltx_models.scheduler().config)
    pipe = kind(vae=vae, text_encoder=ltx_models.text_encoder(), tokenizer=ltx_models.tokenizer(), transformer=ltx_models.transformer(), scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(seed)
    row = {"title": title, "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": seed, "num_inference_steps": steps, "guidance_scale": guidance, "width": width, "height": height,
           "frames": frames, "fps": fps, **inputs}
    if strength is not None:
        source = synthetic_frames(frames, width, height)
        inputs["latents"] = noised_source(vae, scheduler, source, steps, strength, generator)
        row |= {"strength": strength, "source": file.add(source)}
    latents = pipe(prompt=PROMPT, negative_prompt=NEGATIVE, num_inference_steps=steps, guidance_scale=guidance, output_type="latent", width=width, height=height, num_frames=frames,
                   frame_rate=fps, max_sequence_length=128, generator=generator, **inputs).frames
    if latents.ndim == 3:
        latents = LTXPipeline._unpack_latents(latents, (frames - 1) // 8 + 1, height // 32, width // 32)
    clean, timestep = ltx_models.denormalised(vae, latents), None
    if decode:
        row |= {"decode_timestep": decode[0], "decode_noise_scale": decode[1]}
        clean, timestep = (1 - decode[1]) * clean + decode[1] * torch.randn(clean.shape, generator=generator), torch.tensor([decode[0]])
        torch.manual_seed(0)
    pixels = vae.decode(clean, timestep).sample
    print(title, "latents", latents.std().item(), "pixels", pixels.std().item())
    return {**row, "latents": file.add(latents[0].permute(1, 0, 2, 3)), "pixels": file.add(to_pixels(pixels[0].permute(1, 0, 2, 3)))}


def runs(file: ReferenceFile) -> dict:
    plain = [
        run(file, "text to video", 701, 6, 3.0, 9, 64, 96),
        run(file, "one picture, without guidance", 702, 4, 1.0, 1, 64, 32, fps=8),
        run(file, "text to video at another frame rate, contrast brought back", 703, 5, 4.0, 17, 32, 64, fps=24, guidance_rescale=0.7),
        run(file, "video to video", 704, 6, 3.0, 9, 64, 64, fps=8, strength=0.7),
        run(file, "video to video, unguided", 705, 8, 1.0, 17, 64, 32, fps=12, strength=0.5),
    ]
    later = [
        run(file, "as from 0.9.5 on, decoded with noise", 711, 6, 3.0, 9, 64, 64, fps=24, kind=LTXConditionPipeline, vae=ltx_models.timed_vae(), decode=(0.05, 0.025)),
        run(file, "as from 0.9.5 on, an odd number of steps, decoded clean", 712, 7, 1.0, 17, 32, 32, kind=LTXConditionPipeline, vae=ltx_models.timed_vae(), decode=(0.0, 0.0)),
    ]
    tokenizer = T5Tokenizer.from_pretrained(str(ltx_models.HERE / "ltx-pieces" / "tokenizer"))
    return {"runs": plain, "later": later, "tokens": [{"text": text, "ids": tokenizer(text).input_ids} for text in STRINGS]}


def make() -> None:
    torch.manual_seed(80)
    diffusers.logging.set_verbosity_error()
    with torch.no_grad():
        ltx_models.write()
        file = ReferenceFile("ltx")
        file.save({"diffusers": diffusers.__version__, "transformers": transformers.__version__, "transformer": calls(file), "text": texts(file),
                   "vae": coded(file, ltx_models.vae()), "timedVae": coded(file, ltx_models.timed_vae())})
        whole = ReferenceFile("ltxRuns")
        whole.save({"diffusers": diffusers.__version__, **runs(whole)})
