"""Networks of nothing but attentions: every spelling that ONNX files have, and every kind that clips have.

They have the inputs and the output of a UNet. Each attention is a residual one, `x = x + attend(x, context)`; NumPy computes
the same beside it.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from .reference_file import ReferenceFile

HERE = Path(__file__).resolve().parent.parent
WIDTH, TEXT, HEADS, TOKENS = 8, 6, 2, 5
SIZE = WIDTH // HEADS


class Network:
    """A graph under construction, and the values that it should compute."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.nodes, self.initializers, self.maps = [], [], {}

    def weight(self, name: str, *dims: int) -> np.ndarray:
        value = (self.random.standard_normal(dims) * (1.0 if len(dims) > 1 else 0.5) * dims[0] ** -0.5).astype(np.float32)
        self.initializers.append(numpy_helper.from_array(value, name))
        return value.astype(np.float64)

    def constant(self, value) -> str:
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op: str, inputs: list[str], name: str, domain: str = "", outputs: int = 1, **attributes) -> str:
        names = [name] if outputs == 1 else [f"{name}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"/{name.replace('.', '/')}", domain=domain, **attributes))
        return names[0]

    def attend(self, site: str, form, x: np.ndarray, hidden: str, context: np.ndarray | None = None, context_name: str | None = None, bias: bool = False):
        """One residual attention: `[batch, length, WIDTH]` in and out, as an array and as the name of a value."""
        cross = context is not None
        source, source_name = (context, context_name) if cross else (x, hidden)
        weights = [self.weight(f"{site}.{part}", WIDTH if part == "q" else source.shape[-1], WIDTH) for part in "qkv"]
        biases = self.weight(f"{site}.bias", 3 * WIDTH) if bias else np.zeros(3 * WIDTH, np.float32)
        q, k, v = (value @ weight + biases[i * WIDTH:(i + 1) * WIDTH] for i, (value, weight) in enumerate(zip((x, source, source), weights)))
        scores = split(q) @ split(k).transpose(0, 1, 3, 2) / SIZE ** 0.5
        probabilities = np.exp(scores - scores.max(-1, keepdims=True))
        probabilities /= probabilities.sum(-1, keepdims=True)
        self.maps[site] = probabilities
        out = (probabilities @ split(v)).transpose(0, 2, 1, 3).reshape(x.shape)
        attended = form(self, site, hidden, source_name)
        return x + out, self.add("Add", [hidden, attended], f"{site}.out")

    def project(self, site: str, part: str, value: str) -> str:
        return self.add("MatMul", [value, f"{site}.{part}"], f"{site}.{part}.projected")

    def heads(self, site: str, part: str, value: str) -> str:
        """[batch, length, WIDTH] to [batch, heads, length, size]"""
        shaped = self.add("Reshape", [value, self.constant([0, 0, HEADS, SIZE])], f"{site}.{part}.shaped")
        return self.add("Transpose", [shaped], f"{site}.{part}.heads", perm=[0, 2, 1, 3])

    def save(self, path: Path, inputs: list, output, opsets: list) -> None:
        graph = helper.make_graph(self.nodes, "attentions", inputs, [output], self.initializers)
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save_model(model, str(path))


def split(value: np.ndarray) -> np.ndarray:
    return value.reshape(*value.shape[:2], HEADS, SIZE).transpose(0, 2, 1, 3)


def merge(network: Network, site: str, value: str) -> str:
    turned = network.add("Transpose", [value], f"{site}.turned", perm=[0, 2, 1, 3])
    return network.add("Reshape", [turned, network.constant([0, 0, WIDTH])], f"{site}.merged")


def multi_head(network, site, hidden, context):
    q, k, v = (network.project(site, part, value) for part, value in zip("qkv", (hidden, context, context)))
    return network.add("MultiHeadAttention", [q, k, v, f"{site}.bias"], f"{site}.fused", "com.microsoft", num_heads=HEADS)


def packed_query(network, site, hidden, _):
    parts = [network.add("Reshape", [network.project(site, part, hidden), network.constant([0, 0, HEADS, 1, SIZE])], f"{site}.{part}.part") for part in "qkv"]
    packed = network.add("Concat", parts, f"{site}.packed", axis=3)
    return network.add("MultiHeadAttention", [packed], f"{site}.fused", "com.microsoft", num_heads=HEADS)


def packed_keys(network, site, hidden, context):
    parts = [network.add("Reshape", [network.project(site, part, context), network.constant([0, 0, HEADS, 1, SIZE])], f"{site}.{part}.part") for part in "kv"]
    packed = network.add("Concat", parts, f"{site}.packed", axis=3)
    return network.add("MultiHeadAttention", [network.project(site, "q", hidden), packed], f"{site}.fused", "com.microsoft", num_heads=HEADS, scale=SIZE ** -0.5)


def joined(network, site, hidden, _):
    weights = network.add("Concat", [f"{site}.{part}" for part in "qkv"], f"{site}.weights", axis=1)
    return network.add("Attention", [hidden, weights, f"{site}.bias"], f"{site}.fused", "com.microsoft", num_heads=HEADS)


def standard(network, site, hidden, context):
    q, k, v = (network.project(site, part, value) for part, value in zip("qkv", (hidden, context, context)))
    return network.add("Attention", [q, k, v], f"{site}.fused", q_num_heads=HEADS, kv_num_heads=HEADS)


def standard_by_head(network, site, hidden, context):
    q, k, v = (network.heads(site, part, network.project(site, part, value)) for part, value in zip("qkv", (hidden, context, context)))
    return merge(network, site, network.add("Attention", [q, k, v], f"{site}.fused", scale=SIZE ** -0.5))


def einsum(network, site, hidden, context):
    q, k, v = (network.add("Reshape", [network.project(site, part, value), network.constant([0, 0, HEADS, SIZE])], f"{site}.{part}.shaped")
               for part, value in zip("qkv", (hidden, context, context)))
    scores = network.add("Einsum", [k, q], f"{site}.scores", equation="bjhd,bihd->bhij")
    scaled = network.add("Mul", [network.constant(np.float32(SIZE ** -0.5)), scores], f"{site}.scaled")
    probabilities = network.add("Softmax", [scaled], f"{site}.probabilities", axis=3)
    attended = network.add("Einsum", [probabilities, v], f"{site}.attended", equation="bhij,bjhd->bihd")
    return network.add("Reshape", [attended, network.constant([0, 0, WIDTH])], f"{site}.merged")


def heads_in_batch(network, site, hidden, context):
    """As older diffusers wrote it: heads share the first axis with the batch, a mask is added, the softmax is in float."""
    def fold(part, value):
        heads = network.heads(site, part, network.project(site, part, value))
        shape = network.add("Shape", [heads], f"{site}.{part}.shape")
        rest = network.add("Slice", [shape, network.constant([2]), network.constant([4])], f"{site}.{part}.rest")
        return network.add("Reshape", [heads, network.add("Concat", [network.constant([-1]), rest], f"{site}.{part}.wanted", axis=0)], f"{site}.{part}.folded")
    q, k, v = (fold(part, value) for part, value in zip("qkv", (hidden, context, context)))
    scores = network.add("MatMul", [q, network.add("Transpose", [k], f"{site}.k.turned", perm=[0, 2, 1])], f"{site}.scores")
    scaled = network.add("Div", [scores, network.constant(np.float32(SIZE ** 0.5))], f"{site}.scaled")
    masked = network.add("Add", [scaled, network.constant(np.zeros((1, 1, 1), np.float32))], f"{site}.masked")
    probabilities = network.add("Cast", [network.add("Softmax", [masked], f"{site}.probabilities", axis=-1)], f"{site}.cast", to=TensorProto.FLOAT)
    attended = network.add("MatMul", [probabilities, v], f"{site}.attended")
    unfolded = network.add("Reshape", [attended, network.add("Concat", [network.constant([-1, HEADS]), f"{site}.q.rest"], f"{site}.back", axis=0)], f"{site}.unfolded")
    return merge(network, site, unfolded)


def forms(file: ReferenceFile) -> dict:
    """tiny-attentions: a picture network with every spelling, one after the other."""
    network, frames, height, width = Network(51), 2, 2, 3
    sample = network.random.standard_normal((frames, WIDTH, height, width)).astype(np.float32)
    text = network.random.standard_normal((1, TOKENS, TEXT)).astype(np.float32)
    x = sample.reshape(frames, WIDTH, -1).transpose(0, 2, 1)
    flat = network.add("Reshape", ["sample", network.constant([0, 0, -1])], "flat")
    hidden = network.add("Transpose", [flat], "hidden", perm=[0, 2, 1])
    context = text.repeat(frames, 0)
    for site, form, cross, bias in [("multi_head", multi_head, True, True), ("joined", joined, False, True), ("standard", standard, True, False),
                                    ("standard_by_head", standard_by_head, False, False), ("einsum", einsum, True, False), ("heads_in_batch", heads_in_batch, False, False)]:
        x, hidden = network.attend(site, form, x, hidden, *((context, "encoder_hidden_states") if cross else ()), bias=bias)
    path = HERE / "tiny-attentions/unet/model.onnx"
    save_picture_network(network, path, hidden)
    output = x.transpose(0, 2, 1).reshape(sample.shape)
    check(path, sample, context, output)
    return {"sample": file.add(sample), "embeddings": file.add(text), "output": file.add(output), "maps": stored(file, network)}


def packed(file: ReferenceFile) -> dict:
    """tiny-packed-attentions: queries, keys and values packed into one input, as graphs for GPUs have them. ONNX Runtime has
    no kernel for that on processors, so the two attentions stand side by side and the test takes the operators out."""
    network, frames, height, width = Network(53), 2, 2, 3
    sample = network.random.standard_normal((frames, WIDTH, height, width)).astype(np.float32)
    text = network.random.standard_normal((1, TOKENS, TEXT)).astype(np.float32)
    x = sample.reshape(frames, WIDTH, -1).transpose(0, 2, 1)
    flat = network.add("Reshape", ["sample", network.constant([0, 0, -1])], "flat")
    hidden = network.add("Transpose", [flat], "hidden", perm=[0, 2, 1])
    _, first = network.attend("packed_query", packed_query, x, hidden)
    _, second = network.attend("packed_keys", packed_keys, x, hidden, text.repeat(frames, 0), "encoder_hidden_states")
    save_picture_network(network, HERE / "tiny-packed-attentions/unet/model.onnx", network.add("Add", [first, second], "both"))
    return {"sample": file.add(sample), "embeddings": file.add(text), "maps": stored(file, network)}


def save_picture_network(network: Network, path: Path, hidden: str) -> None:
    """Ends the network in the shape it began with: [batch, channels, height, width]."""
    turned = network.add("Transpose", [hidden], "turned", perm=[0, 2, 1])
    network.add("Reshape", [turned, network.add("Shape", ["sample"], "shape")], "out_sample")
    network.save(path, [value("sample", ["batch", WIDTH, "height", "width"]), value("timestep", []), value("encoder_hidden_states", ["batch", "sequence", TEXT])],
                 value("out_sample", ["batch", WIDTH, "height", "width"]), [helper.make_opsetid("", 23), helper.make_opsetid("com.microsoft", 1)])


def stored(file: ReferenceFile, network: Network) -> dict:
    return {name: file.add(maps) for name, maps in network.maps.items()}


def clip(file: ReferenceFile) -> dict:
    """tiny-clip-attentions: a motion network with all four kinds, at opset 13."""
    network, frames, height, width = Network(52), 3, 2, 4
    places = height * width
    sample = network.random.standard_normal((1, WIDTH, frames, height, width)).astype(np.float32)
    text = network.random.standard_normal((1, TOKENS, TEXT)).astype(np.float32)
    x = sample.reshape(1, WIDTH, frames, places).transpose(0, 2, 3, 1)
    hidden = network.add("Transpose", ["sample"], "channels_last", perm=[0, 2, 3, 4, 1])
    axes = [network.add("Gather", [network.add("Shape", ["sample"], f"shape_{i}"), network.constant([i])], f"axis_{i}") for i in (2, 3, 4)]
    of = lambda name, *parts: network.add("Concat", [part if isinstance(part, str) else network.constant([part]) for part in parts], name, axis=0)
    area = network.add("Mul", axes[1:], "area")
    shaped = lambda name, value, *parts: network.add("Reshape", [value, of(f"{name}.shape", *parts)], name)
    turned = lambda name, value: network.add("Transpose", [value], name, perm=[1, 0, 2])

    hidden = shaped("by_frame", hidden, axes[0], area, WIDTH)
    x = x[0]
    x, hidden = network.attend("self", heads_in_batch, x, hidden)
    # The same text for every frame: repeated to a number of rows that depends on the shape of the sample.
    rows = network.add("Expand", ["encoder_hidden_states", of("rows", axes[0], 1, 1)], "text_by_frame")
    x, hidden = network.attend("cross", einsum, x, hidden, text.repeat(frames, 0), rows)
    x, hidden = x.transpose(1, 0, 2), turned("by_place", hidden)
    x, hidden = network.attend("temporal", einsum, x, hidden)
    x, hidden = x.transpose(1, 0, 2).reshape(1, -1, WIDTH), shaped("whole", turned("by_frame_again", hidden), 1, -1, WIDTH)
    x, hidden = network.attend("joint", einsum, x, hidden)
    last = shaped("channels_last_again", hidden, 1, *axes, WIDTH)
    network.add("Transpose", [last], "out_sample", perm=[0, 4, 1, 2, 3])
    path = HERE / "tiny-clip-attentions/unet/model.onnx"
    dims = [1, WIDTH, "frames", "height", "width"]
    network.save(path, [value("sample", dims), value("timestep", [1]), value("encoder_hidden_states", [1, "sequence", TEXT])], value("out_sample", dims), [helper.make_opsetid("", 13)])
    output = x.reshape(1, frames, height, width, WIDTH).transpose(0, 4, 1, 2, 3)
    check(path, sample, text, output)
    frames_first = lambda array: array[0].transpose(1, 0, 2, 3)
    return {"sample": file.add(frames_first(sample)), "embeddings": file.add(text), "output": file.add(frames_first(output)),
            "maps": stored(file, network)}


def value(name: str, dims: list):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)


def check(path: Path, sample: np.ndarray, context: np.ndarray, expected: np.ndarray) -> None:
    """ONNX Runtime must agree with NumPy before anything is stored."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    timestep = np.zeros([1] * len(session.get_inputs()[1].shape), np.float32)
    [given] = session.run(None, {"sample": sample, "timestep": timestep, "encoder_hidden_states": context})
    difference = float(np.abs(given - expected).max())
    assert difference < 1e-5, f"{path} differs from NumPy by {difference:.1e}"
    print(f"{path.parent.parent.name}: {path.stat().st_size} bytes, differs from NumPy by {difference:.1e}")
