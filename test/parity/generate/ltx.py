"""What PyTorch makes of tiny LTX-Videos, part by part, and diffusers in whole runs."""

import copy

import diffusers
import torch
import transformers
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXConditionPipeline, LTXPipeline

from . import ltx_models
from .pictures import synthetic_frames, to_pixels
from .pipelines import NEGATIVE, PROMPT
from .reference_file import ReferenceFile


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


def make() -> None:
    torch.manual_seed(80)
    diffusers.logging.set_verbosity_error()
    with torch.no_grad():
        ltx_models.write()
        file = ReferenceFile("ltx")
        file.save({"diffusers": diffusers.__version__, "transformers": transformers.__version__, "transformer": calls(file), "text": texts(file),
                   "vae": coded(file, ltx_models.vae()), "timedVae": coded(file, ltx_models.timed_vae())})
