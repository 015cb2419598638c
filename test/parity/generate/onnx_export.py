"""Exports each part of a model to ONNX under the names that published directories use, and checks the export."""

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

# Largest difference allowed between PyTorch and the exported graph, in parts of the output's root mean square.
EXPORT_TOLERANCE = 2e-5


class TextEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        output = self.model(input_ids=input_ids)
        return output.last_hidden_state, output.pooler_output


class UNet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class VaeEncoder(torch.nn.Module):
    """`latent_parameters`: mean and log variance side by side in the channels."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        return self.vae.encode(sample).latent_dist.parameters


class SamplingVaeEncoder(VaeEncoder):
    """`latent_sample`: a draw from that distribution by the runtime's own unseeded noise, as the legacy script exports it."""

    def forward(self, sample):
        return self.vae.encode(sample).latent_dist.sample()


class VaeDecoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample, return_dict=False)[0]


def export(module: torch.nn.Module, path: Path, inputs: dict, outputs: list[str], dynamic: dict, *, opset: int = 17,
           external: str | None = None) -> None:
    """Writes one graph; with `external`, its weights go to a file of that name beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs,
                          dynamic_axes=dynamic, opset_version=opset, dynamo=False)
    if external:
        # An old file would be appended to.
        (path.parent / external).unlink(missing_ok=True)
        # Tensors below this size stay in the graph: ONNX Runtime wants shapes of Reshape and the like there.
        onnx.save_model(onnx.load(str(path)), str(path), save_as_external_data=True, all_tensors_to_one_file=True, location=external,
                        size_threshold=1024)
        (path.parent / external).chmod(0o644)


def check(module: torch.nn.Module, path: Path, inputs: dict, tolerance: float = EXPORT_TOLERANCE) -> float:
    """The largest difference of PyTorch and ONNX Runtime for these inputs; fails where it is larger than promised."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    expected = module(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    feeds = {}
    for meta in session.get_inputs():
        kind = {"tensor(float16)": np.float16, "tensor(int32)": np.int32, "tensor(int64)": np.int64}.get(meta.type, np.float32)
        feeds[meta.name] = inputs[meta.name].numpy().astype(kind)
    worst = 0.0
    for wanted, given in zip(expected, session.run(None, feeds)):
        assert given.shape == tuple(wanted.shape)
        scale = float(wanted.square().mean().sqrt())
        worst = max(worst, float(np.abs(given.astype(np.float32) - wanted.numpy()).max()) / scale)
    assert worst < tolerance, f"{path} differs from PyTorch by {worst:.1e} of its root mean square"
    return worst
