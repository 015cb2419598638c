"""What bench/videoTransformers.ts compares with: Wan 2.1 by PyTorch and diffusers.

    python wan.py weights FOLDER BLOCKS LAYERS   a Wan 2.1 T2V-1.3B of random weights with so many of its 30 blocks and of UMT5's 24 layers: transformer and text
                                                 encoder in bfloat16, VAE in float32
    python wan.py transformer FOLDER FRAMES HEIGHT WIDTH   a server: every line of stdin is a call of the transformer in float32, of so many latent frames
    python wan.py decoder FOLDER FRAMES HEIGHT WIDTH       a server: likewise of the VAE's decoder
"""

import json
import os
import resource
import shutil
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch

torch.set_num_threads(2)
torch.set_grad_enabled(False)

TINY = Path(__file__).resolve().parents[2] / "test" / "parity" / "checkpoints" / "wan"
TRANSFORMER = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 12,
    "attention_head_dim": 128,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 4096,
    "freq_dim": 256,
    "ffn_dim": 8960,
    "num_layers": 30,
    "cross_attn_norm": True,
    "rope_max_seq_len": 1024,
}
UMT5 = {"vocab_size": 256384, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_heads": 64, "feed_forward_proj": "gated-gelu"}


class Pool:
    """Normal numbers, drawn once and given out again and again: gigabytes of new ones take minutes."""

    def __init__(self):
        self.numbers = np.random.default_rng(0).standard_normal(1 << 22, dtype=np.float32)
        self.rounded = {}

    def bfloat16(self, scale, centre):
        """As bfloat16, cut off."""
        key = (scale, centre)
        if key not in self.rounded:
            self.rounded[key] = ((centre + self.numbers * np.float32(scale)).view(np.uint32) >> 16).astype(np.uint16).tobytes()
        return self.rounded[key]

    def write(self, file, shapes):
        """A file of safetensors, tensor by tensor."""
        header, at = {}, 0
        for name, shape in shapes.items():
            size = 2 * int(np.prod(shape))
            header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [at, at + size]}
            at += size
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(file, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for name, shape in shapes.items():
                block, left = self.bfloat16(*spread(name, shape)), 2 * int(np.prod(shape))
                while left:
                    out.write(block[:left])
                    left -= min(left, len(block))
        print(file, at / 1e9, "GB", file=sys.stderr)


def spread(name, shape):
    """Deviation and mean of a tensor's numbers: products of unit gain; norms and tables away from 1 and 0."""
    if "scale_shift_table" in name:
        return 0.3, 0
    if len(shape) == 1:
        return (0.1, 1) if "norm" in name and name.endswith("weight") else (0.05, 0)
    fan = 1 if "shared" in name or "relative" in name else int(np.prod(shape[1:]))
    return round(fan**-0.5 * (0.3 if ".q." in name else 1), 6), 0


def meta(kind, *args, **config):
    with torch.device("meta"):
        return kind(*args, **config)


def weights(folder, blocks, layers):
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
    from transformers import UMT5Config, UMT5EncoderModel

    folder, pool = Path(folder), Pool()
    transformer = meta(WanTransformer3DModel, **{**TRANSFORMER, "num_layers": int(blocks)})
    encoder = meta(UMT5EncoderModel, UMT5Config(**UMT5, num_layers=int(layers)))
    for part, model in (("transformer", transformer), ("text_encoder", encoder)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        file = "diffusion_pytorch_model.safetensors" if part == "transformer" else "model.safetensors"
        shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items() if name != "encoder.embed_tokens.weight"}
        pool.write(folder / part / file, shapes)
        (model.save_config if part == "transformer" else model.config.save_pretrained)(folder / part)
    torch.manual_seed(0)
    vae = AutoencoderKLWan()
    for name, tensor in vae.named_parameters():
        if tensor.ndim > 1 and "gamma" not in name:
            tensor.normal_(0, tensor[0].numel() ** -0.5)
    vae.save_pretrained(folder / "vae")
    UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0).save_pretrained(folder / "scheduler")
    shutil.copytree(TINY / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
    shutil.copy(TINY / "model_index.json", folder / "model_index.json")


def serve(call):
    print(json.dumps({}), flush=True)
    for _ in sys.stdin:
        started, used = time.perf_counter(), time.process_time()
        call()
        seconds = {"wall": time.perf_counter() - started, "cpu": time.process_time() - used}
        print(json.dumps({**seconds, "peakGB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1048576}), flush=True)


def transformer(folder, frames, height, width):
    from diffusers import WanTransformer3DModel

    model = WanTransformer3DModel.from_pretrained(os.path.join(folder, "transformer"), torch_dtype=torch.float32).eval()
    sample, text = torch.randn(1, 16, int(frames), int(height), int(width)), torch.randn(1, 512, 4096)
    serve(lambda: model(sample, torch.tensor([500.0]), text, return_dict=False))


def decoder(folder, frames, height, width):
    from diffusers import AutoencoderKLWan

    vae = AutoencoderKLWan.from_pretrained(os.path.join(folder, "vae")).eval()
    latents = torch.randn(1, 16, int(frames), int(height), int(width))
    serve(lambda: vae.decode(latents))


if __name__ == "__main__":
    {"weights": weights, "transformer": transformer, "decoder": decoder}[sys.argv[1]](*sys.argv[2:])
