"""Packs the exported judge for the evaluation: weights as 8-bit integers, so that it can lie in the repository.

python pack_judge.py FOLDER [--into ../eval/judge]

FOLDER is the judge's folder as export.py writes it. Every large weight becomes int8 with one scale for each output
channel and a DequantizeLinear in the graph, so arithmetic stays float32. Compares the answers of both on the drawn clips
of eval/held-out, and writes nothing if more than one in a hundred differs. Needs ffmpeg.
"""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import loop
import settings

HELD_OUT = Path(__file__).parent.parent / "eval/held-out/clips.mkv"


def output_axis(graph, name):
    """The axis of a weight that counts its outputs: the first of kernels and transposed matrices, else the last."""
    user = next(node for node in graph.node if name in node.input)
    transposed = any(a.name == "transB" and a.i for a in user.attribute)
    return 0 if user.op_type == "Conv" or transposed else -1


def pack(model):
    """Replaces each fp16 weight and its Cast."""
    graph, weights = model.graph, {}
    casts = {node.input[0]: node for node in graph.node if node.op_type == "Cast"}
    for tensor in [t for t in graph.initializer if t.name in casts]:
        value, cast = numpy_helper.to_array(tensor).astype(np.float32), casts[tensor.name]
        axis = output_axis(graph, cast.output[0]) % value.ndim
        scale = np.maximum(np.abs(value).max(tuple(i for i in range(value.ndim) if i != axis)), 1e-8) / 127
        shape = [-1 if i == axis else 1 for i in range(value.ndim)]
        name = cast.output[0]
        weights[tensor.name] = [numpy_helper.from_array(np.round(value / scale.reshape(shape)).astype(np.int8), name + "_int8"),
                                numpy_helper.from_array(scale.astype(np.float32), name + "_scale")]
        cast.CopyFrom(helper.make_node("DequantizeLinear", [name + "_int8", name + "_scale"], [name], name=name + "_dequantize", axis=axis))
    kept = [t for t in graph.initializer if t.name not in weights]
    del graph.initializer[:]
    graph.initializer.extend(kept + [t for pair in weights.values() for t in pair])
    onnx.checker.check_model(model)
    return model


def drawn():
    """The drawn clips, float [n, FRAMES, 3, SIDE, SIDE] in −1 … 1."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(HELD_OUT), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, settings.FRAMES, settings.SIDE, settings.SIDE, 3)
    return frames.transpose(0, 1, 4, 2, 3).astype(np.float32) / 127.5 - 1


def agreement(a, b, labels):
    """The share of equal answers, over clips and labels."""
    equal, (first, second) = [], (onnxruntime.InferenceSession(x) for x in (a, b))
    for clip in drawn():
        rows, at = [session.run(None, {"clip": clip[None]})[0][0] for session in (first, second)], 0
        for names in labels.values():
            answers = [row[at:at + len(names)].argmax() for row in rows]
            equal.append(answers[0] == answers[1])
            at += len(names)
    return float(np.mean(equal))


def main(folder, options):
    folder, into = Path(folder), Path(options.into)
    labels = json.loads((folder / "labels.json").read_text())
    packed = pack(onnx.load(str(folder / "model.onnx"))).SerializeToString()
    same = agreement(str(folder / "model.onnx"), packed, labels)
    print(f"{len(packed) / 1e6:.2f} MB; {100 * same:.2f} % of the answers are the same")
    if same < 0.99:
        raise SystemExit("too many answers differ")
    into.mkdir(parents=True, exist_ok=True)
    (into / "model.onnx.part").write_bytes(packed)
    (into / "model.onnx.part").rename(into / "model.onnx")
    shutil.copy(folder / "labels.json", into / "labels.json")


if __name__ == "__main__":
    target = sys.argv.pop(1)
    main(target, loop.arguments(into=str(Path(__file__).parent.parent / "eval/judge")))
