"""A tiny Wan 2.1: transformer, UMT5, autoencoder and tokenizer of its layout, with random weights."""

import functools
import json
import math
from collections import Counter
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel, WanVACETransformer3DModel
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

from .pictures import synthetic_frames
from .tokenizer import STRINGS

HERE = Path(__file__).resolve().parent.parent / "checkpoints"
TEXT_WIDTH = 32
LATENT_CHANNELS = 4
HEAD_WIDTH = 16
VOCABULARY_SIZE = 300


def randomise(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Weights of unit gain; norms, biases and tables away from 1 and 0, which would hide one in the place of another."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            drawn = torch.randn(weights.shape, generator=generator)
            if weights.ndim == 0:
                continue
            if "scale_shift_table" in name or "per_channel_scale" in name:
                weights.copy_(0.3 * drawn)
            elif "gamma" in name or (weights.ndim == 1 and name.endswith("weight")):
                weights.copy_(1 + 0.1 * drawn)
            elif weights.ndim == 1:
                weights.copy_(0.05 * drawn)
            else:
                fan = 1 if "shared" in name or "relative" in name else weights[0].numel()
                weights.copy_(drawn * fan**-0.5 * (0.3 if ".q.weight" in name else 1))
    return model.eval()


@functools.cache
def transformer() -> WanTransformer3DModel:
    return randomise(WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=3, attention_head_dim=HEAD_WIDTH, in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS,
        text_dim=TEXT_WIDTH, freq_dim=32, ffn_dim=96, num_layers=2, cross_attn_norm=True, rope_max_seq_len=64), 41)


@functools.cache
def vace_transformer() -> WanVACETransformer3DModel:
    """Of three blocks, two of which are given hints; the control: latents of what is kept and of what is changed, and a mask of 8 x 8 pixels a place."""
    return randomise(WanVACETransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=3, attention_head_dim=HEAD_WIDTH, in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS,
        text_dim=TEXT_WIDTH, freq_dim=32, ffn_dim=96, num_layers=3, cross_attn_norm=True, rope_max_seq_len=64,
        vace_layers=[0, 2], vace_in_channels=2 * LATENT_CHANNELS + 64), 45)


def rounded(model: WanTransformer3DModel, kind: torch.dtype) -> WanTransformer3DModel:
    """The same with weights rounded to 16 bits, computed in 32; the tables of positions are no weights."""
    copy = WanTransformer3DModel.from_config(model.config).eval()
    copy.load_state_dict({name: weights.to(kind).float() for name, weights in model.state_dict().items()})
    return copy


@functools.cache
def text_encoder() -> UMT5EncoderModel:
    return randomise(UMT5EncoderModel(UMT5Config(
        vocab_size=VOCABULARY_SIZE, d_model=TEXT_WIDTH, d_kv=8, d_ff=64, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu")), 42)


@functools.cache
def vae() -> AutoencoderKLWan:
    """As a trained one: latents of about unit variance once they are normalised, pixels over most of their range."""
    model = randomise(AutoencoderKLWan(
        base_dim=4, z_dim=LATENT_CHANNELS, num_res_blocks=1, latents_mean=[0.0] * LATENT_CHANNELS, latents_std=[1.0] * LATENT_CHANNELS), 43)
    with torch.no_grad():
        clip = synthetic_frames(5).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
        mean = model.encode(clip).latent_dist.mean
        model.register_to_config(latents_mean=[round(x, 4) for x in mean.mean(dim=(0, 2, 3, 4)).tolist()],
                                 latents_std=[round(x, 4) for x in mean.std(dim=(0, 2, 3, 4)).tolist()])
        pixels = model.decode(denormalised(model, torch.randn(1, LATENT_CHANNELS, 2, 4, 4, generator=torch.Generator().manual_seed(44)))).sample
        model.decoder.conv_out.weight *= 0.5 / pixels.std()
        model.decoder.conv_out.bias *= 0.5 / pixels.std()
    return model


def denormalised(model: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(model.config[name]).view(1, -1, 1, 1, 1) for name in ("latents_mean", "latents_std"))
    return latents * std + mean


def scheduler() -> UniPCMultistepScheduler:
    """Wan 2.1's own, for 480p."""
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, num_train_timesteps=1000)


def pieces() -> list[tuple[str, float]]:
    """Marks, every character of the texts, and what is found in their words most often; the score of each is the logarithm of its share."""
    words = Counter("▁" + word for text in STRINGS if text.isascii() for word in text.split())
    found: Counter = Counter()
    for word, times in words.items():
        for start in range(len(word)):
            for end in range(start + 1, min(start + 7, len(word)) + 1):
                found[word[start:end]] += times
    characters = [piece for piece in found if len(piece) == 1]
    longer = sorted((piece for piece in found if len(piece) > 1 and found[piece] > 1), key=lambda piece: (-found[piece] * (len(piece) - 1), piece))
    chosen = sorted(characters) + longer[: VOCABULARY_SIZE - 3 - len(characters)]
    total = sum(found[piece] for piece in chosen)
    return [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((piece, round(math.log(found[piece] / total), 5)) for piece in chosen)]


@functools.cache
def tokenizer() -> PreTrainedTokenizerFast:
    """A unigram tokenizer of the kind of UMT5's: pieces that begin words with a bar, an end mark, padding."""
    core = Tokenizer(models.Unigram(pieces(), unk_id=2))
    core.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    core.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    core.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    core.add_special_tokens(["<pad>", "</s>", "<unk>"])
    core.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token="</s>", unk_token="<unk>", pad_token="<pad>", model_max_length=512)


def write() -> None:
    folder = HERE / "wan"
    transformer().save_pretrained(folder / "transformer")
    text_encoder().save_pretrained(folder / "text_encoder")
    vae().save_pretrained(folder / "vae")
    vace_transformer().save_pretrained(HERE / "wan-vace" / "transformer")
    scheduler().save_pretrained(folder / "scheduler")
    tokenizer().save_pretrained(folder / "tokenizer")
    for name, kind in (("fp16", torch.float16), ("bf16", torch.bfloat16)):
        rounded(transformer(), kind).to(kind).save_pretrained(HERE / f"wan-{name}" / "transformer")
    index = {"_class_name": "WanPipeline", "_diffusers_version": "0.42.1", "boundary_ratio": None, "expand_timesteps": False,
             "scheduler": ["diffusers", "UniPCMultistepScheduler"], "text_encoder": ["transformers", "UMT5EncoderModel"],
             "tokenizer": ["transformers", "T5TokenizerFast"], "transformer": ["diffusers", "WanTransformer3DModel"],
             "transformer_2": [None, None], "vae": ["diffusers", "AutoencoderKLWan"]}
    vace = {"_class_name": "WanVACEPipeline", "transformer": ["diffusers", "WanVACETransformer3DModel"]}
    for name, own in (("wan", {}), ("wan-vace", vace)):
        (HERE / name / "model_index.json").write_text(json.dumps({**index, **own}, indent=2) + "\n", encoding="utf-8")
