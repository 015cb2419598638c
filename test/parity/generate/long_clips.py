"""FreeInit: whole runs of diffusers' AnimateDiff with the tiny motion model, and its filters over clips of odd lengths; FreeNoise's noise; Text2Video-Zero."""

import copy

import diffusers
import torch
from diffusers import AnimateDiffPipeline, DDIMScheduler, MotionAdapter
from diffusers.pipelines.deprecated.text_to_video_synthesis.pipeline_text_to_video_zero import CrossFrameAttnProcessor2_0, TextToVideoZeroPipeline

from . import models, tiny_models
from .pipelines import NEGATIVE, PROMPT, SIDE, frames_first, run, shared_parts
from .reference_file import ReferenceFile

FREE_INIT = [
    {"title": "FreeInit, as it comes", "free_init": {}, "steps": 3},
    {"title": "FreeInit, Gaussian, twice", "free_init": {"num_iters": 2, "method": "gaussian", "spatial_stop_frequency": 0.4}, "steps": 3},
    {"title": "FreeInit, ideal, coarse to fine", "free_init": {"num_iters": 3, "method": "ideal", "temporal_stop_frequency": 0.5, "use_fast_sampling": True}, "steps": 5},
    {"title": "FreeInit, eta 1, steeper", "free_init": {"num_iters": 2, "order": 2}, "steps": 3, "eta": 1.0},
]


def pipeline() -> AnimateDiffPipeline:
    adapter = MotionAdapter(block_out_channels=(8, 16), motion_layers_per_block=1, motion_num_attention_heads=2, motion_norm_num_groups=2,
                            use_motion_mid_block=False)
    return AnimateDiffPipeline(**shared_parts(), unet=tiny_models.motion_unet(), motion_adapter=adapter, scheduler=models.motion_scheduler())


def free_init(file: ReferenceFile) -> list[dict]:
    rows = []
    for index, row in enumerate(FREE_INIT):
        pipe = pipeline()
        pipe.enable_free_init(**row["free_init"])
        count = tiny_models.MOTION_FRAMES
        done = run(file, pipe, {**row, "scheduler": DDIMScheduler}, 800 + index, num_frames=count, width=SIDE, height=SIDE)
        rows.append({**done, "frames": count, "free_init": row["free_init"]})
    return rows


def filters(file: ReferenceFile) -> list[dict]:
    """Clips of odd and even lengths, mixed by every filter."""
    pipe, rows = pipeline(), []
    for shape in [(1, 2, 5, 6, 7), (1, 1, 8, 4, 4)]:
        for method in ["butterworth", "gaussian", "ideal"]:
            low, high = torch.randn(shape), torch.randn(shape)
            kept = pipe._get_free_init_freq_filter((1, *shape[1:]), "cpu", method, 4, 0.3, 0.2)
            mixed = pipe._apply_freq_filter(low, high, kept)
            tensors = {"low": low, "high": high, "mixed": mixed}
            rows.append({"method": method, "order": 4, "space": 0.3, "time": 0.2, "filter": file.add(kept[0, 0]),
                         **{name: file.add(frames_first(tensor)) for name, tensor in tensors.items()}})
    return rows


FREE_NOISE = [(16, 4, 40), (16, 4, 33), (8, 3, 30), (4, 6, 13), (16, 20, 50), (5, 1, 9), (16, 4, 16)]


def free_noise(file: ReferenceFile) -> list[dict]:
    """The noise alone: diffusers averages windows inside of each motion module, and not the predictions of the whole network."""
    pipe, rows = pipeline(), []
    for index, (length, stride, count) in enumerate(FREE_NOISE):
        # As `enable_free_noise` sets them; the tiny model's middle block, which it also changes, has no motion modules.
        pipe._free_noise_context_length, pipe._free_noise_context_stride, pipe._free_noise_noise_type = length, stride, "shuffle_context"
        noise = pipe._prepare_latents_free_noise(1, 4, count, SIDE // 2, SIDE // 2, torch.float32, "cpu", torch.Generator().manual_seed(900 + index))
        rows.append({"length": length, "stride": stride, "frames": count, "seed": 900 + index, "noise": file.add(frames_first(noise))})
    return rows


class PaperZero(TextToVideoZeroPipeline):
    """diffusers' Text2Video-Zero, whose noise from t0 to t1 is that of the steps t0 … t1 − 1; the paper's, of which αs lie between them, is one later."""

    def forward_loop(self, x_t0, t0, t1, generator):
        return super().forward_loop(x_t0, t0 + 1, t1 + 1, generator)


def moved(file: ReferenceFile) -> list[dict]:
    rows = []
    for index, (frames, strength_x, strength_y, t0, t1, scale) in enumerate([(4, 40, -25, 4, 6, 5.0), (3, -90, 0, 5, 7, 3.0)]):
        pipe = PaperZero(**shared_parts(), unet=copy.deepcopy(tiny_models.unet()), scheduler=models.scheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
        pipe.unet.set_attn_processor(CrossFrameAttnProcessor2_0(batch_size=2))
        latents = pipe(PROMPT, negative_prompt=NEGATIVE, video_length=frames, width=SIDE, height=SIDE, num_inference_steps=8, guidance_scale=scale,
                       motion_field_strength_x=strength_x, motion_field_strength_y=strength_y, t0=t0, t1=t1, output_type="latent",
                       generator=torch.Generator("cpu").manual_seed(950 + index)).images
        rows.append({"frames": frames, "x": strength_x, "y": strength_y, "t0": t0, "t1": t1, "scale": scale, "seed": 950 + index, "steps": 8,
                     "prompt": PROMPT, "negative": NEGATIVE, "latents": file.add(latents)})
    return rows


def make() -> None:
    diffusers.logging.set_verbosity_error()
    torch.manual_seed(80)
    file = ReferenceFile("longClips")
    file.save({"diffusers": diffusers.__version__, "free_init": free_init(file), "filters": filters(file), "free_noise": free_noise(file), "moved": moved(file)})
