"""From diffusers' names of tensors to those of the files that CompVis, CivitAI, AnimateDiff and ControlNet have."""

RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0", "conv2": "out_layers.3",
          "conv_shortcut": "skip_connection"}


def unet_name(name: str, config) -> str:
    levels = len(config.block_out_channels)
    layers = config.layers_per_block
    fixed = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
             "conv_norm_out": "out.0", "conv_out": "out.2"}
    for ours, theirs in fixed.items():
        if name.startswith(f"{ours}."):
            return theirs + name[len(ours):]
    parts = name.split(".")
    if parts[0] == "mid_block":
        place = {("resnets", "0"): 0, ("attentions", "0"): 1, ("resnets", "1"): 2}[(parts[1], parts[2])]
        return ".".join([f"middle_block.{place}", *inner(parts[1], parts[3:])])
    level, kind, index = int(parts[1]), parts[2], int(parts[3])
    if parts[0] == "down_blocks":
        if kind == "downsamplers":
            return ".".join([f"input_blocks.{(level + 1) * (layers + 1)}.0.op", parts[-1]])
        return ".".join([f"input_blocks.{1 + level * (layers + 1) + index}.{1 if kind == 'attentions' else 0}", *inner(kind, parts[4:])])
    if kind == "upsamplers":
        attended = config.up_block_types[level].startswith("CrossAttn")
        return ".".join([f"output_blocks.{level * (layers + 1) + layers}.{2 if attended else 1}.conv", parts[-1]])
    return ".".join([f"output_blocks.{level * (layers + 1) + index}.{1 if kind == 'attentions' else 0}", *inner(kind, parts[4:])])


def inner(kind: str, parts: list[str]) -> list[str]:
    return [RESNET[parts[0]], *parts[1:]] if kind == "resnets" else parts


def vae_name(name: str, levels: int) -> str:
    attention = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out": "proj_out"}
    parts = [{"conv_norm_out": "norm_out"}.get(part, part) for part in name.split(".")]
    if len(parts) < 4:
        return ".".join(parts)
    half, block = parts[0], parts[1]
    last = [{"conv_shortcut": "nin_shortcut"}.get(parts[-2], parts[-2]), parts[-1]]
    if block == "mid_block":
        if parts[2] == "resnets":
            return ".".join([half, "mid", f"block_{int(parts[3]) + 1}", *last])
        return ".".join([half, "mid.attn_1", attention[parts[4]], parts[-1]])
    level = int(parts[2]) if block == "down_blocks" else levels - 1 - int(parts[2])
    where = [half, "down" if block == "down_blocks" else "up", str(level)]
    if parts[3] == "resnets":
        return ".".join([*where, "block", parts[4], *last])
    return ".".join([*where, "downsample" if block == "down_blocks" else "upsample", "conv", parts[-1]])


def text_name(name: str) -> str:
    return name if name.startswith("text_model.") else f"text_model.{name}"


def motion_name(name: str) -> str:
    head, module, rest = name.partition(".motion_modules.")
    index, _, tail = rest.partition(".")
    swaps = {"attn1.": "attention_blocks.0.", "attn2.": "attention_blocks.1.", "norm1.": "norms.0.", "norm2.": "norms.1.", "norm3.": "ff_norm.",
             "pos_embed.pe": "attention_blocks.0.pos_encoder.pe"}
    for ours, theirs in swaps.items():
        tail = tail.replace(ours, theirs)
    return f"{head}{module}{index}.temporal_transformer.{tail}"


def controlnet_name(name: str, config) -> str:
    if name.startswith("controlnet_down_blocks."):
        _, index, last = name.split(".")
        return f"zero_convs.{index}.0.{last}"
    if name.startswith("controlnet_mid_block."):
        return name.replace("controlnet_mid_block", "middle_block_out.0")
    if name.startswith("controlnet_cond_embedding."):
        parts = name.split(".")
        place = {"conv_in": 0, "conv_out": 14}.get(parts[1], None)
        if place is None:
            place = 2 + 2 * int(parts[2])
        return f"input_hint_block.{place}.{parts[-1]}"
    return unet_name(name, config)
