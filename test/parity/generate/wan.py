"""What PyTorch makes of a tiny Wan 2.1, part by part."""

import diffusers
import torch
import transformers

from . import wan_models
from .reference_file import ReferenceFile
from .tokenizer import STRINGS


def calls(file: ReferenceFile) -> dict:
    generator = torch.Generator().manual_seed(51)
    model = wan_models.transformer()
    channels = model.config.in_channels
    cases = []
    for batch, frames, height, width, tokens, times in ((2, 3, 6, 4, 7, (501.0, 37.0)), (2, 2, 4, 4, 5, (900.5,)), (1, 1, 4, 10, 1, (999.0,)), (1, 5, 2, 2, 512, (12.0,))):
        sample = torch.randn(batch, channels, frames, height, width, generator=generator)
        text = torch.randn(batch, tokens, wan_models.TEXT_WIDTH, generator=generator)
        output = model(sample, torch.tensor(times * (batch // len(times))), text, return_dict=False)[0]
        cases.append({"sample": file.add(sample), "text": file.add(text), "timestep": list(times), "output": file.add(output)})
    halves = {}
    for name, kind in (("fp16", torch.float16), ("bf16", torch.bfloat16)):
        halves[name] = file.add(wan_models.rounded(model, kind)(sample, torch.tensor([12.0]), text, return_dict=False)[0])
    print("velocity", output.std().item())
    return {"calls": cases, **halves}


def texts(file: ReferenceFile) -> list[dict]:
    cases = []
    for tokens in (1, 11, 200):
        ids = torch.randint(0, wan_models.VOCABULARY_SIZE, (1 if tokens > 100 else 2, tokens), generator=torch.Generator().manual_seed(tokens))
        embeddings = wan_models.text_encoder()(ids).last_hidden_state
        cases.append({"ids": ids.tolist(), "embeddings": file.add(embeddings)})
    print("embeddings", embeddings.std().item())
    return cases


def coded(file: ReferenceFile) -> list[dict]:
    model, cases = wan_models.vae(), []
    for frames, height, width in ((1, 4, 6), (2, 2, 4), (5, 4, 2)):
        generator = torch.Generator().manual_seed(frames)
        latents = torch.randn(1, wan_models.LATENT_CHANNELS, frames, height, width, generator=generator)
        pixels = torch.rand(1, 3, 4 * (frames - 1) + 1, 8 * height, 8 * width, generator=generator) * 2 - 1
        clamp, torch.clamp = torch.clamp, lambda x, **_: x  # What lies beyond black and white tells of mistakes, too.
        decoded = model.decode(latents).sample
        torch.clamp = clamp
        parameters = model.encode(pixels).latent_dist.parameters
        cases.append({"pixels": file.add(pixels), "parameters": file.add(parameters), "latents": file.add(latents), "decoded": file.add(decoded)})
    print("decoded", decoded.std().item(), "parameters", parameters.std().item())
    return cases


def tokens() -> list[dict]:
    tokenizer = wan_models.tokenizer()
    return [{"text": text, "ids": tokenizer(text).input_ids} for text in STRINGS]


def make() -> None:
    torch.manual_seed(40)
    diffusers.logging.set_verbosity_error()
    wan_models.write()
    file = ReferenceFile("wan")
    index = {"diffusers": diffusers.__version__, "transformers": transformers.__version__, "transformer": calls(file), "text": texts(file), "vae": coded(file), "tokens": tokens()}
    file.save(index)
