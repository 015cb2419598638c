"""What bench/ratios.ts compares with: PyTorch and diffusers. Reads commands from stdin, a line of JSON each, and answers each with one.

    python reference.py weights FOLDER WIDTH   a Stable Diffusion 1.5 of random weights with motion modules, WIDTH 320 for its full size
    python reference.py export FOLDER FILE     its UNet as torch.onnx exports it
    python reference.py call FOLDER plain|channels_last SIDE   a server: every line is a call of the UNet
    python reference.py edit FOLDER FRAMES SIDE STEPS          a server: every line is an edit of a clip by AnimateDiff
    python reference.py cpp FOLDER SIDE plain|flash            a server: every line is a call of the UNet by stable-diffusion.cpp, where its package
                                                               (stable-diffusion-cpp-python, compiled here) is installed
"""

import json
import resource
import sys
import time

import torch

torch.set_num_threads(2)
torch.set_grad_enabled(False)


def weights(folder, width):
    from diffusers import AutoencoderKL, DDIMScheduler, MotionAdapter, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    channels = tuple(width * factor for factor in (1, 2, 4, 4))
    UNet2DConditionModel(
        sample_size=64,
        block_out_channels=channels,
        cross_attention_dim=768,
        attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    ).save_pretrained(f"{folder}/unet")
    MotionAdapter(block_out_channels=channels, motion_norm_num_groups=32).save_pretrained(f"{folder}/motion_adapter")
    AutoencoderKL(
        block_out_channels=tuple(32 * max(1, round(width / 80)) * factor for factor in (1, 2, 4, 4)),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
    ).save_pretrained(f"{folder}/vae")
    CLIPTextModel(
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=768,
            intermediate_size=3072,
            num_hidden_layers=12,
            num_attention_heads=12,
            bos_token_id=49406,
            eos_token_id=49407,
        )
    ).save_pretrained(f"{folder}/text_encoder")
    DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="linear", clip_sample=False, steps_offset=1).save_pretrained(
        f"{folder}/scheduler"
    )
    with open(f"{folder}/model_index.json", "w") as file:
        json.dump({"_class_name": "StableDiffusionPipeline"}, file)


def export(folder, file):
    from diffusers import UNet2DConditionModel

    class Plain(torch.nn.Module):
        def __init__(self, unet):
            super().__init__()
            self.unet = unet

        def forward(self, sample, timestep, encoder_hidden_states):
            return self.unet(sample, timestep, encoder_hidden_states, return_dict=False)[0]

    unet = Plain(UNet2DConditionModel.from_pretrained(f"{folder}/unet").eval())
    torch.onnx.export(
        unet,
        (torch.randn(1, 4, 64, 64), torch.tensor([500.0]), torch.randn(1, 77, 768)),
        file,
        input_names=["sample", "timestep", "encoder_hidden_states"],
        output_names=["out_sample"],
        dynamic_axes={"sample": {0: "batch", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch", 1: "tokens"}},
        opset_version=17,
        dynamo=False,
    )
    # The exporter writes a file for each weight where they exceed 2 GB; optimum joins them, as here.
    import os

    import onnx

    model = onnx.load(file)
    folder = os.path.dirname(file)
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    onnx.save(model, file, save_as_external_data=True, all_tensors_to_one_file=True, location="model.onnx_data", size_threshold=1024)


def call(folder, layout, side):
    from diffusers import UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(f"{folder}/unet").eval()
    if layout == "channels_last":
        unet = unet.to(memory_format=torch.channels_last)
    sample = torch.randn(1, 4, side, side)
    text = torch.randn(1, 77, 768)
    return lambda: unet(sample, torch.tensor(500.0), text)


def edit(folder, frames, side, steps):
    import numpy
    from diffusers import AnimateDiffVideoToVideoPipeline, AutoencoderKL, DDIMScheduler, MotionAdapter, UNet2DConditionModel
    from PIL import Image
    from transformers import CLIPTextModel

    class Tokenizer:
        """Numbers in the place of words: what the text is makes no difference in time."""

        model_max_length = 77

        def __call__(self, text, **_):
            from transformers import BatchEncoding

            return BatchEncoding({"input_ids": torch.full((1, 77), 49407), "attention_mask": torch.ones(1, 77)})

        def batch_decode(self, *_, **__):
            return [""]

    pipe = AnimateDiffVideoToVideoPipeline.__new__(AnimateDiffVideoToVideoPipeline)
    parts = dict(
        vae=AutoencoderKL.from_pretrained(f"{folder}/vae"),
        text_encoder=CLIPTextModel.from_pretrained(f"{folder}/text_encoder"),
        unet=UNet2DConditionModel.from_pretrained(f"{folder}/unet"),
        motion_adapter=MotionAdapter.from_pretrained(f"{folder}/motion_adapter"),
        scheduler=DDIMScheduler.from_pretrained(f"{folder}/scheduler"),
    )
    embeddings = parts["text_encoder"](torch.full((1, 77), 49407))[0]
    AnimateDiffVideoToVideoPipeline.__init__(pipe, tokenizer=None, **parts)
    pipe.set_progress_bar_config(disable=True)
    noise = numpy.random.default_rng(0)
    clip = [Image.fromarray(noise.integers(0, 256, (side, side, 3), dtype=numpy.uint8)) for _ in range(frames)]
    return lambda: pipe(
        video=clip,
        prompt_embeds=embeddings,
        negative_prompt_embeds=embeddings,
        height=side,  # else the clip is made as large as the model's own size
        width=side,
        num_inference_steps=steps,
        strength=1.0,
        guidance_scale=7.5,
        enforce_inference_steps=True,
    )


def single_file(folder):
    """The checkpoint in one file with CompVis' names, which stable-diffusion.cpp reads."""
    from pathlib import Path
    from types import SimpleNamespace

    from safetensors.torch import load_file, save_file

    sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "parity" / "generate"))
    import compvis_names

    file = Path(folder) / "compvis.safetensors"
    if file.exists():
        return str(file)
    config = SimpleNamespace(**json.loads((Path(folder) / "unet" / "config.json").read_text()))
    weights = {}
    for name, value in load_file(f"{folder}/unet/diffusion_pytorch_model.safetensors").items():
        weights[f"model.diffusion_model.{compvis_names.unet_name(name, config)}"] = value
    for name, value in load_file(f"{folder}/vae/diffusion_pytorch_model.safetensors").items():
        name = compvis_names.vae_name(name, 4)
        weights[f"first_stage_model.{name}"] = value[:, :, None, None].contiguous() if "attn_1" in name and value.ndim == 2 else value
    for name, value in load_file(f"{folder}/text_encoder/model.safetensors").items():
        weights[f"cond_stage_model.transformer.{compvis_names.text_name(name)}"] = value
    save_file(weights, file)
    return str(file)


def cpp(folder, side, attention):
    from stable_diffusion_cpp import StableDiffusion

    model = StableDiffusion(
        model_path=single_file(folder), n_threads=2, wtype="f32", diffusion_flash_attn=attention == "flash", verbose=False
    )

    def work():
        times = []
        model.generate_image(
            prompt="a red balloon",
            width=side,
            height=side,
            sample_steps=3,
            cfg_scale=1.0,
            sample_method="euler",
            seed=1,
            progress_callback=lambda *_: times.append((time.perf_counter(), time.process_time())),
        )
        # One call a step; text, noise and autoencoder lie before the first and after the last.
        steps = len(times) - 1
        return {"wall": (times[-1][0] - times[0][0]) / steps, "cpu": (times[-1][1] - times[0][1]) / steps}

    return work


def serve(work):
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        own = work()
        print(
            json.dumps(
                {
                    "wall": time.perf_counter() - wall,
                    "cpu": time.process_time() - cpu,
                    **(own if type(own) is dict else {}),
                    "peakGB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
                }
            ),
            flush=True,
        )


what, folder, *rest = sys.argv[1:]
if what == "weights":
    weights(folder, int(rest[0]))
elif what == "export":
    export(folder, rest[0])
elif what == "call":
    serve(call(folder, rest[0], int(rest[1])))
elif what == "cpp":
    serve(cpp(folder, int(rest[0]), rest[1]))
elif what == "edit":
    serve(edit(folder, *map(int, rest)))
