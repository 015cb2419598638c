"""FreeNoise whole, as `enable_free_noise` has it: rescheduled noise, and windows averaged inside of every motion module. Words weighed frame by frame in motion UNets."""

import copy

import diffusers
import torch
from diffusers import AnimateDiffPipeline, AnimateDiffVideoToVideoPipeline, MotionAdapter, UNetMotionModel
from diffusers.pipelines.free_noise_utils import AnimateDiffFreeNoiseMixin

from . import checkpoints, folders, models, tiny_models, tiny_tokenizer
from .pictures import synthetic_frames
from .pipelines import NEGATIVE, PROMPT, SIDE, frames_first, picture
from .reference_file import ReferenceFile

# diffusers' last window counts for the frames behind the others alone (all of which it divides by the weight of the first of them); ours counts for all that it
# holds. Clips that windows fill have none that starts earlier.
RUNS = (
    ("pyramid", 4, 2, 8, None),
    ("pyramid", 6, 2, 10, None, {0: PROMPT, 4: "a blue boat on the sea at noon", 7: "a meadow"}),
    ("flat", 4, 1, 7, None),
    ("delayed_reverse_sawtooth", 6, 2, 10, None),
    ("pyramid", 6, 3, 9, 0.6),
    ("delayed_reverse_sawtooth", 4, 2, 6, 0.8),
)
CALLS = (("pyramid", 4, 2, 8), ("flat", 4, 3, 10), ("pyramid", 3, 1, 6), ("delayed_reverse_sawtooth", 6, 2, 12))


def runs(file: ReferenceFile) -> list[dict]:
    rows = []
    for index, (weights, length, stride, count, strength, *travel) in enumerate(RUNS):
        kind = AnimateDiffPipeline if strength is None else AnimateDiffVideoToVideoPipeline
        pipe = kind(vae=copy.deepcopy(tiny_models.vae()), text_encoder=tiny_models.text_encoder(), tokenizer=tiny_tokenizer.load(), unet=copy.deepcopy(tiny_models.unet()),
                    motion_adapter=checkpoints.adapter(True, 32), scheduler=models.motion_scheduler())
        pipe.set_progress_bar_config(disable=True)
        # From pictures, the noise is drawn for each frame in any case.
        pipe.enable_free_noise(context_length=length, context_stride=stride, weighting_scheme=weights)
        frames = synthetic_frames(count)
        own = {"num_frames": count} if strength is None else {"video": [picture(frame) for frame in frames], "strength": strength}
        latents = pipe(prompt=dict(travel[0]) if travel else PROMPT, negative_prompt=NEGATIVE, num_inference_steps=5, guidance_scale=5.0, width=SIDE, height=SIDE, output_type="latent",
                       generator=torch.Generator("cpu").manual_seed(820 + index), **own).frames
        rows.append({"prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": 820 + index, "num_inference_steps": 5, "guidance_scale": 5.0, "weights": weights,
                     "length": length, "stride": stride, "frames": count, "latents": file.add(frames_first(latents)), **({"travel": travel[0]} if travel else {}),
                     **({} if strength is None else {"strength": strength, "source": file.add(frames)})})
    return rows


class Blocks(AnimateDiffFreeNoiseMixin):
    """What FreeNoise changes of one network."""

    device, dtype = "cpu", torch.float32

    def __init__(self, unet):
        self.unet = unet
        self.motion_adapter = MotionAdapter(block_out_channels=(8,), motion_layers_per_block=1, motion_num_attention_heads=2, motion_norm_num_groups=2,
                                            use_motion_mid_block=False, motion_max_seq_length=16)


def calls(file: ReferenceFile) -> list[dict]:
    rows = []
    for weights, length, stride, count in CALLS:
        unet = folders.free_motion_unet()
        torch.manual_seed(830 + count)
        sample, text = torch.randn(1, 4, count, 8, 8), torch.randn(1, 77, tiny_models.WIDTH)
        Blocks(unet).enable_free_noise(context_length=length, context_stride=stride, weighting_scheme=weights)
        output = unet(sample, torch.tensor([321]), text.repeat(count, 1, 1)).sample
        rows.append({"weights": weights, "length": length, "stride": stride, "frames": count, "timestep": 321, "sample": file.add(frames_first(sample)),
                     "text": file.add(text), "output": file.add(frames_first(output))})
    return rows


class WeighedByFrame:
    """Probabilities of cross-attention multiplied by a weight for each token of each frame; attention over frames as it is."""

    def __init__(self, weights: torch.Tensor):
        self.weights = weights

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)))
        probabilities = attn.get_attention_scores(query, key, attention_mask)
        if encoder_hidden_states is not None:
            probabilities = probabilities * self.weights.repeat_interleave(attn.heads, dim=0)[:, None]
        return attn.to_out[1](attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probabilities, value))))


def weighed(file: ReferenceFile) -> list[dict]:
    """Words weighed frame by frame in an exported motion UNet and in one over a checkpoint."""
    rows = []
    for name, unet in (("tiny-motion-free", folders.free_motion_unet()), ("animatediff-v2", UNetMotionModel.from_unet2d(tiny_models.unet(), checkpoints.adapter(True, 32)).eval())):
        torch.manual_seed(840)
        count, numbers = 5, {3: [0.0, 1.0, 2.0, 3.0, -1.0], 7: [2.5] * 5}
        sample, text, weights = torch.randn(1, 4, count, 8, 8), torch.randn(1, 77, tiny_models.WIDTH), torch.ones(count, 77)
        for token, each in numbers.items():
            weights[:, token] = torch.tensor(each)
        unet.set_attn_processor(WeighedByFrame(weights))
        output = unet(sample, torch.tensor([321]), text.repeat(count, 1, 1)).sample
        rows.append({"model": name, "weights": list(numbers.items()), "timestep": 321, "sample": file.add(frames_first(sample)), "text": file.add(text), "output": file.add(frames_first(output))})
    return rows


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("freeNoise")
    file.save({"diffusers": diffusers.__version__, "runs": runs(file), "calls": calls(file), "weighed": weighed(file)})
