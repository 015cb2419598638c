"""The tiny models: the shapes of Stable Diffusion 1.x and AnimateDiff, small, with random weights."""

import functools

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, UNetMotionModel
from transformers import CLIPTextConfig, CLIPTextModel

from .tiny_tokenizer import VOCABULARY_SIZE

SCALING_FACTOR = 0.18215
WIDTH = 32
LATENT_SIDE = 8
MOTION_FRAMES = 4


@functools.cache
def text_encoder() -> CLIPTextModel:
    torch.manual_seed(1)
    config = CLIPTextConfig(
        vocab_size=VOCABULARY_SIZE, hidden_size=WIDTH, intermediate_size=2 * WIDTH, projection_dim=WIDTH, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=77, hidden_act="quick_gelu",
        bos_token_id=VOCABULARY_SIZE - 2, eos_token_id=VOCABULARY_SIZE - 1, pad_token_id=VOCABULARY_SIZE - 1,
    )
    model = CLIPTextModel(config).eval()
    # The usual start of CLIP's weights is so small that all prompts look alike.
    for name, weights in model.named_parameters():
        if name.endswith("embedding.weight"):
            torch.nn.init.normal_(weights, std=0.5)
        elif weights.dim() == 2:
            torch.nn.init.normal_(weights, std=weights.shape[1] ** -0.5)
    return model


@functools.cache
def unet() -> UNet2DConditionModel:
    torch.manual_seed(2)
    model = UNet2DConditionModel(
        sample_size=LATENT_SIDE, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8, 16, 16),
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH, attention_head_dim=2, norm_num_groups=2,
    ).eval()
    listen(model)
    return unit_output(model, torch.randn(2, 4, LATENT_SIDE, LATENT_SIDE), torch.tensor(500), torch.randn(2, 77, WIDTH))


@functools.cache
def motion_unet() -> UNetMotionModel:
    torch.manual_seed(3)
    model = UNetMotionModel(
        sample_size=LATENT_SIDE, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlockMotion", "DownBlockMotion"), up_block_types=("UpBlockMotion", "CrossAttnUpBlockMotion"),
        cross_attention_dim=WIDTH, num_attention_heads=2, motion_num_attention_heads=2, norm_num_groups=2,
        motion_max_seq_length=32, use_motion_mid_block=False,
    ).eval()
    listen(model)
    for name, weights in model.named_parameters():
        # A fresh motion module ends in zeros and would do nothing.
        if "motion_modules" in name and "proj_out.weight" in name:
            torch.nn.init.normal_(weights, std=weights.shape[1] ** -0.5)
    sample = torch.randn(1, 4, MOTION_FRAMES, LATENT_SIDE, LATENT_SIDE)
    return unit_output(model, sample, torch.tensor([500]), torch.randn(MOTION_FRAMES, 77, WIDTH))


@functools.cache
def vae() -> AutoencoderKL:
    torch.manual_seed(4)
    model = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, sample_size=64, layers_per_block=1, block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, norm_num_groups=2,
        scaling_factor=SCALING_FACTOR,
    ).eval()
    # As in a trained one: scaled latents of about unit variance with little noise on them, pixels over the whole range.
    with torch.no_grad():
        blotches = torch.nn.functional.interpolate(torch.rand(8, 3, 4, 4) * 2 - 1, size=64, mode="bilinear")
        parameters = model.quant_conv(model.encoder(blotches))
        mean, _ = parameters.chunk(2, dim=1)
        model.quant_conv.weight[:4] *= 1 / SCALING_FACTOR / mean.std()
        model.quant_conv.bias[:4] -= mean.mean(dim=(0, 2, 3))
        model.quant_conv.bias[4:] -= 2.0
        pixels = model.decode(torch.randn(4, 4, 8, 8) / SCALING_FACTOR).sample
        model.decoder.conv_out.weight *= 0.5 / pixels.std()
        model.decoder.conv_out.bias -= pixels.mean(dim=(0, 2, 3)) * 0.5 / pixels.std()
    return model


def listen(model: torch.nn.Module) -> None:
    """Makes the output depend on the prompt and on the timestep about as much as on the sample: a fresh model hardly does."""
    for name, weights in model.named_parameters():
        if "attn2.to_" in name and name.endswith("weight") and "motion_modules" not in name:
            torch.nn.init.normal_(weights, std=weights.shape[1] ** -0.5)
        elif "time_emb_proj.weight" in name:
            torch.nn.init.normal_(weights, std=2 * weights.shape[1] ** -0.5)


def unit_output(model: torch.nn.Module, *inputs: torch.Tensor) -> torch.nn.Module:
    """Scales the last convolution so that the output has unit variance, as a prediction of noise has."""
    with torch.no_grad():
        scale = 1 / model(*inputs).sample.std()
        model.conv_out.weight *= scale
        model.conv_out.bias *= scale
    return model
