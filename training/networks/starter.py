"""Reads the weights of an earlier model of the same layout out of its ONNX graphs, by the names of the nodes.

A weight that is a plain initialiser keeps its name; a matrix product is named by the bias added to it;
a normalisation's factor and offset by the path of their nodes.
"""
import json

import onnx
import torch
from onnx import numpy_helper

import grammar


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
            value = next((n for n in names if n.startswith(("onnx::Mul", "onnx::Add"))), None)
            if value:
                parts = node.name.strip("/").split("/")[:-1]
                parts = [p for p, after in zip(parts, parts[1:] + [""]) if not after.startswith(p + ".")]
                state[".".join(parts) + (".weight" if node.op_type == "Mul" else ".bias")] = arrays[value].flatten()
    return {name.removeprefix(prefix): value for name, value in state.items()}


def constants(path, operations):
    """The 4-number constants used by nodes of the given operations, in order: the VAE's shift and scale."""
    graph = onnx.load(str(path)).graph
    held = {n.output[0]: numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"}
    return [torch.tensor(held[i].copy()).flatten() for n in graph.node if n.op_type in operations
            for i in n.input if i in held and held[i].size == 4 and held[i].ndim == 4]


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
    """The base encoder and the decoder; the detail encoder starts from the base encoder as well."""
    encoder = read_weights(folder / "vae_encoder/model.onnx", "encoder.")
    encoder = {n.replace("r1.", "r1.0.").replace("r2.", "r2.0."): v for n, v in encoder.items()}
    decoder = read_weights(folder / "vae_decoder/model.onnx", "decoder.")
    left = fill(vae.base, encoder) + fill(vae.decoder, decoder)
    fill(vae.detail, {n: v for n, v in encoder.items() if not n.startswith("o.")})
    scale, shift = constants(folder / "vae_decoder/model.onnx", ("Mul", "Add"))
    vae.scale[: len(scale)], vae.shift[: len(shift)] = scale, shift
    return left


def load_text(text, folder):
    """All layers, and the embedding of every word both vocabularies have; a synonym takes its word's embedding."""
    state = read_weights(folder / "text_encoder/model.onnx", "t.")
    known = json.loads((folder / "tokenizer/tokenizer.json").read_text())["model"]["vocab"]
    old, rows = state.pop("te.weight"), text.te.weight.data
    for word, i in grammar.IDS.items():
        source = word if word in known else grammar.SYNONYMS.get(word)
        if source in known:
            rows[i] = old[known[source]]
    return fill(text, state)


def load_unet(unet, folder):
    """Everything but the input channels of the coordinates and of latents the earlier model did not have.

    In the input convolution the order is latents, then coordinates: both new parts start at zero."""
    return fill(unet, read_weights(folder / "unet/model.onnx"))
