"""Writes the averaged weights as ONNX graphs in the Stable Diffusion layout, and compares them with torch.

python export.py FOLDER [--stage falling]

Opset 17, standard operators, all axes dynamic; weights are stored as float16 and cast to float32 in the graph.
"""
import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn as nn
from onnx import TensorProto, helper, numpy_helper

import grammar
import loop
import settings
from networks.interrogator import HEADS, Interrogator, split
from networks.judge import Judge
from networks.layers import half
from sheet import models

HERE = Path(__file__).parent


class EncodeParameters(nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        return torch.cat(self.vae.encode(sample), 1)


class DecodeLatents(nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample)


def halve(graph):
    """Stores matrices and kernels as float16, each followed by one Cast."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) > 1 and np.prod(tensor.dims) > 512:
            name, value = tensor.name, numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(value, name + "_fp16"))
            casts.append(helper.make_node("Cast", [name + "_fp16"], [name], name=name + "_cast", to=TensorProto.FLOAT))
    for node in reversed(casts):
        graph.node.insert(0, node)


def write(module, folder, inputs, outputs, axes, config):
    """Exports one part, checks it against torch on the example inputs, and returns the largest difference."""
    folder.mkdir(parents=True, exist_ok=True)
    path, module = folder / "model.onnx", module.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs,
                          dynamic_axes=axes, opset_version=17, dynamo=False)
    model = onnx.load(str(path))
    halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    if config:
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    with torch.no_grad():
        expected = module(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    got = onnxruntime.InferenceSession(str(path)).run(None, {k: v.numpy() for k, v in inputs.items()})
    difference = max(float(np.abs(a - b.numpy()).max()) for a, b in zip(got, expected))
    print(f"{folder.name}: {path.stat().st_size / 1e6:.1f} MB, largest difference from torch {difference:.5f}")
    return difference


class Interrogate(nn.Module):
    """Probabilities of the labels, of being known, and of every pixel being the subject's."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, sample):
        row, known, mask = self.net(sample)
        return (*(part.softmax(1) for part in split(row).values()), known.sigmoid() * self.flatness(sample), mask.sigmoid())

    def flatness(self, sample):
        """0 … 1 by how many neighbours differ by two levels at most: .77 to 1 of all in drawn clips, below .7 in most
        photographs, which the network alone, knowing only strange pictures drawn by program, does not tell from drawings."""
        step = (sample[..., 1:] - sample[..., :-1]).abs().mean(1)
        flat = (step < 2 / 127.5).float().mean((1, 2))
        return torch.sigmoid((flat - settings.FLAT) * 25)


def interrogator(folder):
    """The part that reads frames; its config names the labels and says from where on it is to be believed."""
    net, frames = loop.averaged("interrogator", "interrogator", Interrogator()), torch.rand(3, 3, settings.SIDE, settings.SIDE) * 2 - 1
    outputs = [*HEADS, "known", "mask"]
    write(Interrogate(net), folder, {"sample": frames}, outputs, {name: {0: "batch"} for name in ("sample", *outputs)},
          {"_class_name": "MotionStickersInterrogator", "sample_size": settings.SIDE, "labels": {name: grammar.LABELS[name] for name in HEADS},
           "unsaid": {"colour": "natural", "effect": "none"}, "hides": {"effect": {"gray": ["colour"], "sepia": ["colour"]}}, "believed_from": settings.BELIEVED, "known_from": settings.KNOWN})


def tokenizer(folder):
    """The word-level tokenizer in the format of Hugging Face tokenizers."""
    folder.mkdir(parents=True, exist_ok=True)
    token = lambda name, i: {"id": i, "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    special = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    content = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": settings.TOKENS, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": settings.TOKENS}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "<pad>"},
        "added_tokens": [token(name, i) for i, name in enumerate(grammar.SPECIAL)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": "[^a-z0-9,]+"}, "content": " "}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"}]},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [special("<bos>"), {"Sequence": {"id": "A", "type_id": 0}}, special("<eos>")],
                           "pair": [special("<bos>"), {"Sequence": {"id": "A", "type_id": 0}}, special("<eos>"), {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "<eos>", "type_id": 1}}],
                           "special_tokens": {name: {"id": name, "ids": [i], "tokens": [name]} for i, name in ((1, "<bos>"), (2, "<eos>"))}},
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": grammar.IDS, "unk_token": "<unk>"},
    }
    names = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer.json").write_text(json.dumps(content, indent=1) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(names, indent=2) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": settings.TOKENS, "padding_side": "right",
        "truncation_side": "right", "clean_up_tokenization_spaces": False, "do_lower_case": True, **names}, indent=2) + "\n")


def captions(folder):
    """vocabulary.json: what captions are made of, so that programs can tell what two of them differ in."""
    said = lambda values: {value: [p for p in phrases if p] for value, phrases in values.items() if any(phrases)}
    values = {"size": said(grammar.SIZES), "colour": {c: [c] for c in grammar.COLOURS[1:]}, "subject": grammar.SUBJECTS, "motion": grammar.MOTIONS,
              "background": grammar.BACKGROUNDS, "camera": said(grammar.CAMERAS), "effect": said(grammar.EFFECTS)}
    lines = ",\n".join(f'  {json.dumps(name)}: {{\n' + ",\n".join(f"   {json.dumps(v)}: {json.dumps(p)}" for v, p in entries.items()) + "\n  }" for name, entries in values.items())
    (folder / "vocabulary.json").write_text(f'{{\n "order": {json.dumps(list(values))},\n "synonyms": {json.dumps(grammar.SYNONYMS)},\n "values": {{\n{lines}\n }}\n}}\n')


def index(folder):
    """model_index.json and the scheduler's settings."""
    folder.mkdir(parents=True, exist_ok=True)
    part = ["diffusers", "OnnxRuntimeModel"]
    (folder / "model_index.json").write_text(json.dumps({
        "_class_name": "MotionStickersPipeline", "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": part,
        "tokenizer": ["transformers", "PreTrainedTokenizerFast"], "unet": part, "vae_decoder": part, "vae_encoder": part,
        "recommended_settings": {"num_inference_steps": settings.SAMPLE_STEPS, "guidance_scale": settings.GUIDANCE, "fps": 8, "max_frames": settings.MAX_FRAMES, "deflicker": settings.DEFLICKER}}, indent=2) + "\n")
    (folder / "scheduler").mkdir(exist_ok=True)
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps({
        "_class_name": "DDIMScheduler", "num_train_timesteps": settings.STEPS, "beta_start": settings.BETA_START,
        "beta_end": settings.BETA_END, "beta_schedule": "linear", "trained_betas": None, "prediction_type": "v_prediction",
        "clip_sample": False, "clip_sample_range": 1.0, "set_alpha_to_one": False, "steps_offset": 1,
        "timestep_spacing": "trailing", "thresholding": False, "rescale_betas_zero_snr": False}, indent=2) + "\n")


def main(folder, options):
    half["on"] = False
    torch.manual_seed(0)
    folder, channels, size = Path(folder), settings.CHANNELS, settings.SIDE // settings.FACTOR
    unet, text, vae = models(options.stage)
    index(folder)
    tokenizer(folder / "tokenizer")
    captions(folder)
    ids = torch.tensor([grammar.encode("a big red car moving left on a blue background")] * 2)
    states = text(ids)
    frames = torch.rand(3, 3, settings.SIDE, settings.SIDE) * 2 - 1
    vae_config = {"_class_name": "MotionStickersAutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": channels,
                  "sample_size": settings.SIDE, "scaling_factor": 1.0, "shift_factor": None,
                  "block_out_channels": [64, 64, 64, 128], "vae_scale_factor": settings.FACTOR}
    picture, latent = ({0: "batch", 2: height, 3: width} for height, width in (("height", "width"), ("latent_height", "latent_width")))
    write(text, folder / "text_encoder", {"input_ids": ids}, ["last_hidden_state"], {"input_ids": {0: "batch"}, "last_hidden_state": {0: "batch"}},
          {"_class_name": "MotionStickersTextEncoder", "model_type": "motion_stickers_text_encoder", "vocab_size": len(grammar.VOCABULARY),
           "hidden_size": settings.TEXT["width"], "num_hidden_layers": settings.TEXT["layers"], "num_attention_heads": settings.TEXT["heads"],
           "intermediate_size": 4 * settings.TEXT["width"], "hidden_act": "gelu", "max_position_embeddings": settings.TOKENS,
           "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2})
    write(EncodeParameters(vae), folder / "vae_encoder", {"sample": frames}, ["latent_parameters"], {"sample": picture, "latent_parameters": latent}, vae_config)
    write(DecodeLatents(vae), folder / "vae_decoder", {"latent_sample": torch.randn(3, channels, size, size)}, ["sample"],
          {"latent_sample": latent, "sample": picture}, vae_config)
    clip = {0: "batch", 2: "frames", 3: "height", 4: "width"}
    write(unet, folder / "unet", {"sample": torch.randn(2, channels, settings.FRAMES, size, size), "timestep": torch.tensor([500.0]), "encoder_hidden_states": states},
          ["out_sample"], {"sample": clip, "out_sample": clip, "timestep": {0: "steps"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}},
          {"_class_name": "MotionStickersUNet", "in_channels": channels, "out_channels": channels, "sample_size": size, "num_frames": settings.FRAMES,
           "cross_attention_dim": settings.UNET["text"], "block_out_channels": list(settings.UNET["widths"]), "layers_per_block": 1,
           "attention_head_dim": settings.UNET["head"], "time_cond_proj_dim": None, "addition_embed_type": None,
           "prediction_type": "v_prediction", "latent_size_multiple": 4})
    if (settings.HOME / "interrogator.pt").exists():
        interrogator(folder / "interrogator")
    if (settings.HOME / "judge.pt").exists():
        judge = loop.averaged("judge", "judge", Judge())
        beside = folder.parent / "judge"
        write(judge, beside, {"clip": torch.rand(2, settings.FRAMES, 3, settings.SIDE, settings.SIDE) * 2 - 1}, ["logits"], {"clip": {0: "batch"}, "logits": {0: "batch"}}, None)
        (beside / "labels.json").write_text(json.dumps({name: grammar.LABELS[name] for name in Judge.LABELS}, indent=1) + "\n")
    total = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{folder.name}: {total / 1e6:.1f} MB together")


if __name__ == "__main__":
    target = sys.argv.pop(1)
    main(target, loop.arguments(stage="falling"))
