"""Models that come in other folders than Stable Diffusion's: a consistency model, a BERT text encoder, motion with free frames."""

from pathlib import Path

import diffusers
import torch
from diffusers import LatentConsistencyModelImg2ImgPipeline, LatentConsistencyModelPipeline, LCMScheduler, UNet2DConditionModel, UNetMotionModel
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertModel

from . import models
from .onnx_export import UNet, check, export
from .pictures import synthetic_frames, to_pixels
from .pipelines import PROMPT, SIDE, shared_parts
from .reference_file import ReferenceFile
from .tiny_models import LATENT_SIDE, WIDTH, listen, unit_output

HERE = Path(__file__).resolve().parent.parent
LCM, BERT, FREE = (HERE / name for name in ("tiny-lcm", "tiny-bert", "tiny-motion-free"))
COND_DIM = 16
PROMPTS = ["a red balloon", "", "a balloon rising over the red sea of balloons, unknownword!"]
BERT_TOKENS = 20


class GuidedUNet(torch.nn.Module):
    """A UNet that is told its guidance."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states, timestep_cond):
        return self.model(sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond, return_dict=False)[0]


class MaskedTextEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        # The tracer cannot follow how transformers makes a bias of the mask; given one, transformers takes it as it is.
        bias = (1 - attention_mask[:, None, None, :].to(torch.float32)) * torch.finfo(torch.float32).min
        return self.model(input_ids=input_ids, attention_mask=bias, token_type_ids=token_type_ids).last_hidden_state


def lcm_unet() -> UNet2DConditionModel:
    torch.manual_seed(11)
    model = UNet2DConditionModel(
        sample_size=LATENT_SIDE, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8, 8),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        mid_block_type=None, cross_attention_dim=WIDTH, attention_head_dim=2, norm_num_groups=2, time_cond_proj_dim=COND_DIM,
    ).eval()
    listen(model)
    # A fresh projection starts so small that guidance would not show.
    torch.nn.init.normal_(model.time_embedding.cond_proj.weight, std=1.0)
    with torch.no_grad():
        scale = 1 / model(torch.randn(2, 4, LATENT_SIDE, LATENT_SIDE), torch.tensor(500), torch.randn(2, 77, WIDTH),
                          timestep_cond=torch.randn(2, COND_DIM)).sample.std()
        model.conv_out.weight *= scale
        model.conv_out.bias *= scale
    return model


def consistency(file: ReferenceFile) -> list[dict]:
    unet = lcm_unet()
    inputs = {"sample": torch.randn(2, 4, 8, 8), "timestep": torch.tensor(500.0), "encoder_hidden_states": torch.randn(2, 77, WIDTH),
              "timestep_cond": torch.randn(2, COND_DIM)}
    export(GuidedUNet(unet), LCM / "unet/model.onnx", inputs, ["out_sample"],
           {"sample": models.IMAGE, "encoder_hidden_states": models.TOKENS, "timestep_cond": {0: "batch"}, "out_sample": models.IMAGE})
    check(GuidedUNet(unet), LCM / "unet/model.onnx", inputs)
    models.write_json(LCM / "unet/config.json", models.config_of(unet))
    models.write_json(LCM / "scheduler/scheduler_config.json", models.config_of(LCMScheduler()))
    models.write_json(LCM / "model_index.json", models.model_index("LatentConsistencyModelPipeline", {
        "scheduler": ["diffusers", "LCMScheduler"], "unet": ["diffusers", "UNet2DConditionModel"]}))
    rows = []
    for index, (steps, strength, guidance) in enumerate([(4, None, 8.5), (2, None, 1.5), (4, 0.5, 8.5), (4, 0.8, 1.5), (1, 0.3, 8.5), (8, 1.0, 8.5)]):
        kind = LatentConsistencyModelPipeline if strength is None else LatentConsistencyModelImg2ImgPipeline
        pipe = kind(**shared_parts(), unet=unet, scheduler=LCMScheduler(), safety_checker=None, feature_extractor=None,
                    requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
        frames = synthetic_frames(1)
        own = {"width": SIDE, "height": SIDE} if strength is None else {"image": frames.permute(0, 3, 1, 2).to(torch.float32) / 255, "strength": strength}
        latents = pipe(prompt=PROMPT, num_inference_steps=steps, guidance_scale=guidance, output_type="latent",
                       generator=torch.Generator("cpu").manual_seed(400 + index), **own).images
        row = {"prompt": PROMPT, "seed": 400 + index, "num_inference_steps": steps, "guidance_scale": guidance,
               "timesteps": [float(t) for t in pipe.scheduler.timesteps], "latents": file.add(latents),
               "pixels": file.add(to_pixels(pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample))}
        rows.append(row if strength is None else {**row, "strength": strength, "source": file.add(frames)})
    return rows


def bert(file: ReferenceFile) -> dict:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "balloon", "##s", "rising", "over", "the", "sea", "of", ",", "!"]
    tokenizer = Tokenizer(WordPiece({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(words[:4])
    (BERT / "tokenizer").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(BERT / "tokenizer/tokenizer.json"))
    models.write_json(BERT / "tokenizer/tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "model_max_length": BERT_TOKENS, "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]",
        "unk_token": "[UNK]"})
    torch.manual_seed(12)
    config = BertConfig(vocab_size=len(words), hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2, intermediate_size=WIDTH,
                        max_position_embeddings=32, attn_implementation="eager")
    model = BertModel(config, add_pooling_layer=False).eval()
    for weights in model.parameters():
        if weights.dim() == 2:
            torch.nn.init.normal_(weights, std=weights.shape[1] ** -0.5)
    # Exporting puts the wrapper back into its own mode, and with it BERT's dropout.
    encoder = MaskedTextEncoder(model).eval()
    tokenizer.enable_padding(length=BERT_TOKENS, pad_token="[PAD]", pad_id=0)
    tokenizer.enable_truncation(BERT_TOKENS)

    def inputs(prompt: str) -> dict:
        encoded = tokenizer.encode(prompt)
        return {"input_ids": torch.tensor([encoded.ids]), "attention_mask": torch.tensor([encoded.attention_mask]),
                "token_type_ids": torch.zeros(1, BERT_TOKENS, dtype=torch.int64)}

    export(encoder, BERT / "text_encoder/model.onnx", inputs(PROMPTS[0]), ["last_hidden_state"],
           {name: models.TOKENS for name in ("input_ids", "attention_mask", "token_type_ids", "last_hidden_state")})
    models.write_json(BERT / "text_encoder/config.json", {"model_type": "bert", "hidden_size": WIDTH})
    rows = []
    for prompt in PROMPTS:
        given = inputs(prompt)
        check(encoder, BERT / "text_encoder/model.onnx", given)
        assert torch.allclose(encoder(*given.values()), model(**given).last_hidden_state, atol=1e-5)
        unmasked = {**given, "attention_mask": torch.ones_like(given["attention_mask"])}
        rows.append({"prompt": prompt, "ids": given["input_ids"][0].tolist(), "embeddings": file.add(encoder(*given.values())),
                     "unmasked": file.add(encoder(*unmasked.values()))})
    return {"prompts": rows}


def free_motion_unet() -> UNetMotionModel:
    torch.manual_seed(13)
    model = UNetMotionModel(
        sample_size=LATENT_SIDE, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(8,),
        down_block_types=("CrossAttnDownBlockMotion",), up_block_types=("CrossAttnUpBlockMotion",),
        cross_attention_dim=WIDTH, num_attention_heads=2, motion_num_attention_heads=2, norm_num_groups=2,
        motion_max_seq_length=16, use_motion_mid_block=False,
    ).eval()
    listen(model)
    for name, weights in model.named_parameters():
        if "motion_modules" in name and "proj_out.weight" in name:
            torch.nn.init.normal_(weights, std=weights.shape[1] ** -0.5)
    return unit_output(model, torch.randn(1, 4, 4, LATENT_SIDE, LATENT_SIDE), torch.tensor(500), torch.randn(4, 77, WIDTH))


def free_motion(file: ReferenceFile) -> list[dict]:
    model = free_motion_unet()
    frames = {0: "batch", 2: "frames", 3: "height", 4: "width"}
    inputs = {"sample": torch.randn(1, 4, 4, 8, 8), "timestep": torch.tensor([500]), "encoder_hidden_states": torch.randn(4, 77, WIDTH)}
    export(UNet(model), FREE / "unet/model.onnx", inputs, ["out_sample"],
           {"sample": frames, "encoder_hidden_states": {0: "texts", 1: "sequence"}, "out_sample": frames})
    models.write_json(FREE / "unet/config.json", {"sample_size": LATENT_SIDE, "block_out_channels": [8], "num_frames": 4})
    models.write_json(FREE / "scheduler/scheduler_config.json", models.config_of(models.motion_scheduler()))
    rows = []
    for count in (3, 4, 6):
        sample, text = torch.randn(1, 4, count, 8, 8), torch.randn(1, 77, WIDTH)
        given = {"sample": sample, "timestep": torch.tensor([321]), "encoder_hidden_states": text.repeat(count, 1, 1)}
        check(UNet(model), FREE / "unet/model.onnx", given)
        rows.append({"frames": count, "timestep": 321, "sample": file.add(sample[0].permute(1, 0, 2, 3)), "text": file.add(text),
                     "output": file.add(model(**given).sample[0].permute(1, 0, 2, 3))})
    return rows


def make() -> None:
    diffusers.logging.set_verbosity_error()
    file = ReferenceFile("folders")
    file.save({"diffusers": diffusers.__version__, "consistency": consistency(file), "bert": bert(file), "free_motion": free_motion(file)})
