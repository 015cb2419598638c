"""Each part of the tiny model by itself: text embeddings, VAE there and back, one UNet call, guidance."""

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

from . import tiny_models, tiny_tokenizer
from .pictures import from_unit, synthetic_frames, to_pixels
from .reference_file import ReferenceFile

PROMPTS = [
    "",
    "a photo of a cat",
    "A red balloon, rising over the sea at sunset!",
    "blurry, low quality",
    "a photo of a cat, " * 30,
]
TIMESTEPS = [0, 1, 21, 500, 981, 999]


def text(file: ReferenceFile) -> list[dict]:
    tokenizer, encoder = tiny_tokenizer.load(), tiny_models.text_encoder()
    rows = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt, padding="max_length", truncation=True, max_length=77, return_tensors="pt").input_ids
        rows.append({"prompt": prompt, "embeddings": file.add(encoder(ids).last_hidden_state)})
    return rows


def vae(file: ReferenceFile) -> dict:
    model = tiny_models.vae()
    frames = synthetic_frames(3, width=64, height=48)
    posterior = model.encode(to_unit_range(frames)).latent_dist
    sample = posterior.sample(torch.Generator("cpu").manual_seed(31))
    latents = sample * tiny_models.SCALING_FACTOR
    decoded = model.decode(latents / tiny_models.SCALING_FACTOR).sample
    return {
        "frames": file.add(frames),
        "mean": file.add(posterior.mean * tiny_models.SCALING_FACTOR),
        "logvar": file.add(posterior.logvar),
        "seed": 31,
        "sample": file.add(latents),
        "decoded": file.add(to_pixels(decoded)),
    }


def unet(file: ReferenceFile) -> dict:
    generator = torch.Generator("cpu").manual_seed(32)
    model = tiny_models.unet()
    sample = torch.randn(2, 4, 8, 8, generator=generator)
    prompt = torch.randn(1, 77, tiny_models.WIDTH, generator=generator)
    wide = torch.randn(1, 4, 8, 16, generator=generator)
    return {
        "sample": file.add(sample),
        "embeddings": file.add(prompt),
        "calls": [{"timestep": t, "output": file.add(model(sample, t, prompt.expand(2, -1, -1)).sample)} for t in TIMESTEPS],
        # The rank-4 UNet takes any size that its down-sampling divides.
        "wide": {"sample": file.add(wide), "timestep": 501, "output": file.add(model(wide, 501, prompt).sample)},
    }


def motion_unet(file: ReferenceFile) -> dict:
    generator = torch.Generator("cpu").manual_seed(33)
    model, frames = tiny_models.motion_unet(), tiny_models.MOTION_FRAMES
    sample = torch.randn(1, 4, frames, 8, 8, generator=generator)
    prompt = torch.randn(1, 77, tiny_models.WIDTH, generator=generator)
    calls = []
    for t in (1, 500, 999):
        output = model(sample, torch.tensor([t]), prompt.expand(frames, -1, -1)).sample
        calls.append({"timestep": t, "output": file.add(output[0].permute(1, 0, 2, 3))})
    return {"sample": file.add(sample[0].permute(1, 0, 2, 3)), "embeddings": file.add(prompt), "calls": calls}


def guidance(file: ReferenceFile) -> list[dict]:
    generator = torch.Generator("cpu").manual_seed(34)
    unconditional = torch.randn(3, 4, 4, 4, generator=generator)
    conditional = unconditional + 0.3 * torch.randn(3, 4, 4, 4, generator=generator)
    rows = []
    for scale in (1.0, 1.5, 7.5):
        guided = unconditional + scale * (conditional - unconditional)
        for rescale in (0.0, 0.3, 0.7, 1.0):
            value = rescale_noise_cfg(guided, conditional, guidance_rescale=rescale) if rescale > 0 else guided
            rows.append({"scale": scale, "rescale": rescale, "unconditional": file.add(unconditional), "conditional": file.add(conditional),
                         "value": file.add(value)})
    return rows


def to_unit_range(frames: torch.Tensor) -> torch.Tensor:
    """uint8 [frames, height, width, 3] as the VAE takes it: [frames, 3, height, width] in -1…1."""
    return from_unit(frames.permute(0, 3, 1, 2).to(torch.float32) / 255)


def make() -> None:
    file = ReferenceFile("parts")
    file.save({"torch": torch.__version__, "text": text(file), "vae": vae(file), "unet": unet(file), "motion_unet": motion_unet(file),
               "guidance": guidance(file)})
