"""Tiny LTX-Videos: transformer, T5, the autoencoders of version 0.9.0 and of later ones, and tokenizer of their layout, with random weights."""

import copy
import functools
import json
import struct
from pathlib import Path

import torch
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXVideoTransformer3DModel
from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

from . import wan_models
from .pictures import synthetic_frames
from .wan_models import TEXT_WIDTH, VOCABULARY_SIZE, randomise

HERE = Path(__file__).resolve().parent.parent / "checkpoints"
LATENT_CHANNELS = 8


@functools.cache
def transformer() -> LTXVideoTransformer3DModel:
    """Of 64 channels, of which the first four are not turned by positions."""
    return randomise(LTXVideoTransformer3DModel(
        in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS, num_attention_heads=4, attention_head_dim=16, cross_attention_dim=64, num_layers=2,
        caption_channels=TEXT_WIDTH), 81)


@functools.cache
def text_encoder() -> T5EncoderModel:
    return randomise(T5EncoderModel(T5Config(
        vocab_size=VOCABULARY_SIZE, d_model=TEXT_WIDTH, d_kv=8, d_ff=64, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu")), 82)


def normalised(model: AutoencoderKLLTXVideo) -> AutoencoderKLLTXVideo:
    """As a trained one: latents of about unit variance once they are normalised, pixels over most of their range."""
    with torch.no_grad():
        clip = synthetic_frames(17, 96, 64).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
        mean = model.encode(clip).latent_dist.mean
        model.latents_mean.copy_(mean.mean(dim=(0, 2, 3, 4)))
        model.latents_std.copy_(mean.std(dim=(0, 2, 3, 4)))
        torch.manual_seed(84)
        noise = torch.randn(1, LATENT_CHANNELS, 2, 4, 4)
        timestep = torch.tensor([0.05]) if model.config.timestep_conditioning else None
        pixels = model.decode(denormalised(model, noise), timestep).sample
        model.decoder.conv_out.conv.weight *= 0.5 / pixels.std()
        model.decoder.conv_out.conv.bias *= 0.5 / pixels.std()
    return model


@functools.cache
def vae() -> AutoencoderKLLTXVideo:
    """As version 0.9.0 has it."""
    return normalised(randomise(AutoencoderKLLTXVideo(
        latent_channels=LATENT_CHANNELS, block_out_channels=(6, 8, 8, 8), decoder_block_out_channels=(6, 8, 8, 8), layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1)), 83))


@functools.cache
def timed_vae() -> AutoencoderKLLTXVideo:
    """As later versions have it: the encoder of 0.9.5, a decoder that is told how noisy the latents are and adds noise (0.9.1). Its weights are of 16 bits."""
    model = randomise(AutoencoderKLLTXVideo(
        latent_channels=LATENT_CHANNELS, block_out_channels=(8, 8, 16, 16, 32), down_block_types=("LTXVideo095DownBlock3D",) * 4,
        spatio_temporal_scaling=(True, True, True, True), downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
        layers_per_block=(1, 1, 1, 1, 1), decoder_block_out_channels=(8, 16, 32), decoder_spatio_temporal_scaling=(True, True, True),
        decoder_layers_per_block=(1, 1, 2, 1), decoder_inject_noise=(True, True, True, False), upsample_residual=(True, True, True), upsample_factor=(2, 2, 2),
        timestep_conditioning=True, spatial_compression_ratio=32, temporal_compression_ratio=8), 85)
    return normalised(model).half().float().eval()


def denormalised(model: AutoencoderKLLTXVideo, latents: torch.Tensor) -> torch.Tensor:
    mean, std = (values.view(1, -1, 1, 1, 1) for values in (model.latents_mean, model.latents_std))
    return latents * std + mean


def scheduler() -> FlowMatchEulerDiscreteScheduler:
    """LTX-Video's own."""
    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096, shift_terminal=0.1)


@functools.cache
def tokenizer() -> PreTrainedTokenizerFast:
    """A unigram tokenizer of the kind of T5's."""
    tokenizer = copy.deepcopy(wan_models.tokenizer())
    tokenizer.model_max_length = 128
    return tokenizer


def field(number: int, payload: bytes) -> bytes:
    """A field of bytes of a protobuf message of up to 16 kB."""
    length = len(payload)
    return bytes([number << 3 | 2]) + (bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])) + payload


def sentence_pieces() -> bytes:
    """The tokenizer's pieces as a SentencePiece model: what LTX-Video's folders have, rather than a tokenizer.json."""
    kinds = {"<pad>": 3, "</s>": 3, "<unk>": 2}
    pieces = [field(1, piece.encode()) + b"\x15" + struct.pack("<f", score) + bytes([3 << 3, kinds.get(piece, 1)]) for piece, score in wan_models.pieces()]
    return b"".join(field(1, piece) for piece in pieces) + field(2, bytes([3 << 3, 1]))


def write() -> None:
    folder = HERE / "ltx"
    transformer().save_pretrained(folder / "transformer")
    text_encoder().save_pretrained(folder / "text_encoder")
    vae().save_pretrained(folder / "vae")
    scheduler().save_pretrained(folder / "scheduler")
    tokenizer().save_pretrained(folder / "tokenizer")
    (HERE / "ltx-pieces" / "tokenizer").mkdir(parents=True, exist_ok=True)
    (HERE / "ltx-pieces" / "tokenizer" / "spiece.model").write_bytes(sentence_pieces())
    FlowMatchEulerDiscreteScheduler().save_pretrained(HERE / "ltx-timed" / "scheduler")
    copy.deepcopy(timed_vae()).half().save_pretrained(HERE / "ltx-timed" / "vae")
    index = {"_class_name": "LTXPipeline", "_diffusers_version": "0.42.1", "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
             "text_encoder": ["transformers", "T5EncoderModel"], "tokenizer": ["transformers", "T5TokenizerFast"],
             "transformer": ["diffusers", "LTXVideoTransformer3DModel"], "vae": ["diffusers", "AutoencoderKLLTXVideo"]}
    for name, own in (("ltx", {}), ("ltx-timed", {"_class_name": "LTXConditionPipeline"})):
        (HERE / name / "model_index.json").write_text(json.dumps({**index, **own}, indent=2) + "\n", encoding="utf-8")
