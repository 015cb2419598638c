"""Reads the weights of an earlier model of the same layout out of its ONNX graphs, by the names of the nodes.

A weight that is a plain initialiser keeps its name; a matrix product is named by the bias added to it;
a normalisation's factor and offset by the path of their nodes.
"""
import json

import onnx
import torch
from onnx import numpy_helper

import grammar
import settings


def read_weights(path, prefix=""):
    """State dict {name: tensor} of one ONNX graph, names without `prefix`."""
    graph = onnx.load(str(path)).graph
    arrays = {t.name: torch.tensor(numpy_helper.to_array(t)).float() for t in graph.initializer}
    alias = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Cast" and n.input[0] in arrays}
    produced, state = {}, {}
    for node in graph.node:
        if node.op_type == "MatMul" and alias.get(node.input[1], node.input[1]) in arrays:
            produced[node.output[0]] = alias.get(node.input[1], node.input[1])
    for node in graph.node:
        names = [alias.get(i, i) for i in node.input]
        for name in names:
            if name in arrays and not name.startswith("onnx::"):
                state[name.removesuffix("_fp16")] = arrays[name]
        if node.op_type == "Add":
            bias = next((n for n in names if n in arrays), "")
            product = next((produced[i] for i in node.input if i in produced), None)
            if product and bias.endswith(".bias"):
                state[bias.removesuffix("bias") + "weight"] = arrays[product].T.contiguous()
        if node.op_type in ("Mul", "Add"):
            value = next((n for n in names if n in arrays and n.startswith(("onnx::Mul", "onnx::Add"))), None)
            if value:
                parts = node.name.strip("/").split("/")[:-1]
                parts = [p for p, after in zip(parts, parts[1:] + [""]) if not after.startswith(p + ".")]
                state[".".join(parts) + (".weight" if node.op_type == "Mul" else ".bias")] = arrays[value].flatten()
    return {name.removeprefix(prefix): value for name, value in state.items()}


def fill(module, state):
    """Copies what fits into `module`; a wider tensor keeps its new part (zero for inputs). Returns what was left alone."""
    missing = []
    for name, parameter in module.state_dict().items():
        value = state.get(name)
        if value is None or value.dim() != parameter.dim() or any(v > p for v, p in zip(value.shape, parameter.shape)):
            missing.append(name)
            continue
        with torch.no_grad():
            if value.shape[1:] != parameter.shape[1:]:
                parameter.zero_()
            parameter[tuple(slice(0, s) for s in value.shape)] = value
    return missing


def load_vae(vae, folder):
    """Both encoders and the decoder; returns what was left alone. Base channels that the starter does not have start near zero, at the place of its
    first details; of its details the last ones stay."""
    state = {**read_weights(folder / "vae_encoder/model.onnx", "vae."), **read_weights(folder / "vae_decoder/model.onnx", "vae.")}
    vae.scale.copy_(state.pop(".weight"))
    vae.shift.copy_(state.pop(".bias"))
    known = len(state["base.o.bias"]) // 2
    for name in ("base.o.weight", "base.o.bias", "detail.o.weight", "detail.o.bias"):
        count = len(vae.state_dict()[name]) // 2
        parts = [part[-count:] for part in state[name].chunk(2)]
        state[name] = torch.cat([torch.cat([part, part.mean(0, keepdim=True).expand(count - len(part), *part.shape[1:])]) for part in parts])
        if name == "base.o.weight":
            state[name] += 0.002 * torch.randn_like(state[name])
    vae.scale[known:settings.BASE], vae.shift[known:settings.BASE] = 1, 0
    return [name for name in fill(vae, state) if name not in ("scale", "shift")]


def load_text(text, folder):
    """All layers, and the embedding of every word both vocabularies have; a synonym takes its word's embedding."""
    state = read_weights(folder / "text_encoder/model.onnx", "t.")
    known = json.loads((folder / "tokenizer/tokenizer.json").read_text())["model"]["vocab"]
    old, rows = state.pop("te.weight"), text.te.weight.data
    for word, i in grammar.IDS.items():
        source = word if word in known else grammar.SYNONYMS.get(word)
        if source in known:
            rows[i] = old[known[source]]
    return [name for name in fill(text, state) if name != "te.weight"]


def load_unet(unet, folder):
    """Everything but the input channels of the coordinates and of latents the earlier model did not have.

    In the input convolution the order is latents, then coordinates: both new parts start at zero."""
    return fill(unet, read_weights(folder / "unet/model.onnx"))
