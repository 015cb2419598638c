"""The UNet: three sizes, one residual block each, text and self attention, and motion modules over the frames.

Latents are [batch, channels, frames, height, width]. Two more input channels say where a place lies in the frame,
and the time embedding says which frame it is: a motion in words needs both to become a movement. What falls has a
network of its own (`falling.py`).
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import settings
from networks.falling import Falling, prior
from networks.layers import Conv, Linear, attend, norm, sinusoid, zero


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, time):
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), Conv(inputs, outputs)
        self.time_emb_proj = nn.Linear(time, 2 * outputs)
        self.norm2, self.conv2 = norm(outputs), zero(Conv(outputs, outputs))
        self.conv_shortcut = Conv(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x, time):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.time_emb_proj(time)[:, :, None, None].chunk(2, 1)
        h = self.conv2(F.silu(self.norm2(h) * (scale + 1) + shift))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h


class Attention(nn.Module):
    def __init__(self, width, context, head):
        super().__init__()
        self.heads = width // head
        self.to_q, self.to_k, self.to_v = Linear(width, width), Linear(context, width), Linear(context, width)
        self.to_out = zero(Linear(width, width))

    def forward(self, x, context, repeat=None):
        k, v = self.to_k(context), self.to_v(context)
        if repeat is not None:          # the same text for every frame of a clip
            k, v = (t[:, None].expand(-1, repeat, -1, -1).flatten(0, 1) for t in (k, v))
        return self.to_out(attend(self.to_q(x), k, v, self.heads))


class FeedForward(nn.Module):
    def __init__(self, width, factor):
        super().__init__()
        self.proj_in, self.proj_out = Linear(width, factor * width), zero(Linear(factor * width, width))

    def forward(self, x):
        return self.proj_out(F.gelu(self.proj_in(x)))


class Transformer(nn.Module):
    """Self attention within a frame (attn1), attention to the text (attn2), feed-forward; each may be left out."""

    def __init__(self, width, text, head, self_attention, factor):
        super().__init__()
        if self_attention:
            self.norm1, self.attn1 = nn.LayerNorm(width), Attention(width, width, head)
        self.norm2, self.attn2 = nn.LayerNorm(width), Attention(width, text, head)
        if factor:
            self.norm3, self.ff = nn.LayerNorm(width), FeedForward(width, factor)

    def forward(self, x, text, frames):
        n, c, h, w = x.shape
        x = x.reshape(n, c, h * w).transpose(1, 2)
        if hasattr(self, "attn1"):
            y = self.norm1(x)
            x = x + self.attn1(y, y)
        x = x + self.attn2(self.norm2(x), text, frames)
        if hasattr(self, "ff"):
            x = x + self.ff(self.norm3(x))
        return x.transpose(1, 2).reshape(n, c, h, w)


class Motion(nn.Module):
    """A convolution and an attention over time at every place, and where the map is small (`joint`) an attention
    over all places of all frames, so that the frames agree on where things are. With one frame (`several` = 0)
    it does nothing."""

    def __init__(self, width, head, attention=True, joint=False):
        super().__init__()
        self.norm0, self.conv_temp = norm(width), zero(nn.Conv1d(width, width, 3, padding=1))
        if attention:
            self.norm1, self.attn_temp = nn.LayerNorm(width), Attention(width, width, head)
            self.pe = nn.Parameter(torch.randn(settings.FRAMES, width) * 0.1)
        if joint:
            self.norm2, self.attn_joint = nn.LayerNorm(width), Attention(width, width, head)
            self.place = nn.Linear(8, width)

    def joint(self, x, batch, frames, positions):
        n, c, h, w = x.shape
        at = coordinates(x)[:1].flatten(2)[0].T * (math.pi / 2)
        at = self.place(torch.cat([at.sin(), at.cos(), (2 * at).sin(), (2 * at).cos()], 1))
        y = x.reshape(batch, frames, c, h * w).transpose(2, 3)
        y = self.norm2(y) + at + (positions @ self.pe)[:, None]
        y = y.reshape(batch, frames * h * w, c)
        return self.attn_joint(y, y).reshape(n, h * w, c).transpose(1, 2).reshape(n, c, h, w)

    def forward(self, x, batch, frames, positions, several):
        n, c, h, w = x.shape
        y = F.silu(self.norm0(x)).reshape(batch, frames, c, h * w).permute(0, 3, 2, 1).reshape(batch * h * w, c, frames)
        y = self.conv_temp(y).reshape(batch, h * w, c, frames).permute(0, 3, 2, 1).reshape(n, c, h, w)
        x = x + y * several
        if not hasattr(self, "attn_temp"):
            return x
        y = x.reshape(batch, frames, c, h * w).permute(0, 3, 1, 2).reshape(batch * h * w, frames, c)
        y = self.norm1(y) + positions @ self.pe
        y = self.attn_temp(y, y).reshape(batch, h * w, frames, c).permute(0, 2, 3, 1).reshape(n, c, h, w)
        x = x + several * y
        if not hasattr(self, "attn_joint"):
            return x
        return x + several * self.joint(x, batch, frames, positions)


class Block(nn.Module):
    def __init__(self, inputs, width, time, text, head, self_attention, factor, temporal=True, joint=False):
        super().__init__()
        self.resnet = Resnet(inputs, width, time)
        self.transformer = Transformer(width, text, head, self_attention, factor)
        self.motion = Motion(width, head, temporal, joint)

    def forward(self, x, time, text, batch, frames, positions, several):
        x = self.transformer(self.resnet(x, time), text, frames)
        return self.motion(x, batch, frames, positions, several)


class MidBlock(Block):
    def __init__(self, width, time, text, head, factor):
        super().__init__(width, width, time, text, head, True, factor, joint=True)
        self.resnet2 = Resnet(width, width, time)

    def forward(self, x, time, text, batch, frames, positions, several):
        x = self.resnet2(self.transformer(self.resnet(x, time), text, frames), time)
        return self.motion(x, batch, frames, positions, several)


class UNet(nn.Module):
    def __init__(self, channels=settings.CHANNELS):
        super().__init__()
        a, b, c = settings.UNET["widths"]
        head, text, time = settings.UNET["head"], settings.UNET["text"], settings.UNET["time"]
        self.time_embedding = nn.ModuleList([nn.Linear(64, time), nn.Linear(time, time)])
        self.pooled_embedding = nn.ModuleList([nn.Linear(text + 64, time), nn.Linear(time, time)])
        self.conv_in = Conv(channels + 2, a)
        self.down_blocks = nn.ModuleList([
            Block(a, a, time, text, head, False, 0, temporal=False),
            Block(a, b, time, text, head, True, 2),
            Block(b, c, time, text, head, True, 4, joint=True),
        ])
        self.down_blocks[0].downsample = Conv(a, a, stride=2)
        self.down_blocks[1].downsample = Conv(b, b, stride=2)
        self.mid_block = MidBlock(c, time, text, head, 4)
        self.up_blocks = nn.ModuleList([
            Block(2 * c, c, time, text, head, True, 4, joint=True),
            Block(2 * b, b, time, text, head, True, 2, joint=True),
            Block(2 * a, a, time, text, head, False, 2),
        ])
        self.up_blocks[0].upsample = Conv(c, b)
        self.up_blocks[1].upsample = Conv(b, a)
        self.conv_norm_out, self.conv_out = norm(a), zero(Conv(a, channels))
        self.falling = Falling()

    def forward(self, sample, timestep, encoder_hidden_states):
        base, detail = sample[:, :settings.BASE], sample[:, settings.BASE:]
        learned = settings.LEARN_DETAIL
        v = self.predict(sample if learned else torch.cat([base, detail * 0], 1), timestep, encoder_hidden_states)
        falling = self.fall(base, timestep, encoder_hidden_states)
        rest = v[:, settings.BASE:] if learned else detail * prior(timestep, settings.DETAIL_SIGMA)
        return torch.cat([v[:, :settings.PICTURE], falling, rest], 1)

    def fall(self, base, timestep, encoder_hidden_states):
        """v of what falls alone, from the noisy base channels."""
        return self.falling(base, timestep, encoder_hidden_states[:, 0], frame_positions(base)[2])

    def predict(self, sample, timestep, encoder_hidden_states):
        batch, channels, frames, height, width = sample.shape
        x = sample.transpose(1, 2).reshape(batch * frames, channels, height, width)
        position, several, _ = frame_positions(sample)
        places = (1 - (position[:, None] - torch.arange(settings.FRAMES, device=x.device)[None]).abs()).relu()
        time = sinusoid(timestep.expand(batch), 64)
        time = self.time_embedding[1](F.silu(self.time_embedding[0](time)))
        frame = sinusoid(position * 20, 64)[None].expand(batch, frames, 64).reshape(batch * frames, 64)
        sentence = encoder_hidden_states[:, 0]
        sentence = sentence[:, None].expand(batch, frames, sentence.shape[1]).reshape(batch * frames, sentence.shape[1])
        pooled = self.pooled_embedding[1](F.silu(self.pooled_embedding[0](torch.cat([sentence, frame], 1))))
        time = time[:, None].expand(batch, frames, time.shape[1]).reshape(batch * frames, time.shape[1])
        rest = (F.silu(time + pooled), encoder_hidden_states, batch, frames, places, several)

        skips, x = [], self.conv_in(torch.cat([x, coordinates(x)], 1))
        for block in self.down_blocks:
            x = block(x, *rest)
            skips.append(x)
            if hasattr(block, "downsample"):
                x = block.downsample(x)
        x = self.mid_block(x, *rest)
        for block in self.up_blocks:
            x = block(torch.cat([x, skips.pop()], 1), *rest)
            if hasattr(block, "upsample"):
                x = F.interpolate(block.upsample(x), scale_factor=2.0, mode="nearest")
        return self.conv_out(F.silu(self.conv_norm_out(x))).reshape(batch, frames, channels, height, width).transpose(1, 2)


def ramp(row):
    """0, 1, 2 … along a vector, and its last value; from the values' count alone, so that ONNX keeps it dynamic."""
    ones = torch.ones_like(row)
    return ones.cumsum(0) - 1, ones.sum() - 1


def frame_positions(sample):
    """Positions of the frames, stretched to 0 … FRAMES − 1; 1 if there are several frames, else 0; and how far apart two
    of them lie, 0 for one alone."""
    index, last = ramp(sample[0, 0, :, 0, 0])
    several, spacing = last.clamp(0, 1), (settings.FRAMES - 1) / last.clamp(min=1)
    return index * spacing + (1 - several) * (settings.FRAMES // 2), several, spacing * several


def coordinates(x):
    """Channels with the place in the frame, −1 … 1 from edge to edge: [n, 2, height, width]."""
    (across, right), (down, bottom) = ramp(x[0, 0, 0]), ramp(x[0, 0, :, 0])
    zeros = x[:, :1] * 0
    return torch.cat([zeros + (across / right.clamp(min=1) * 2 - 1), zeros + (down / bottom.clamp(min=1) * 2 - 1)[:, None]], 1)
