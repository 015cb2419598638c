"""Measures an exported model on held-out combinations, through ONNX Runtime alone.

python evaluate.py FOLDER [--judge FOLDER] [--count 64] [--sheet out.png] [--steps 20] [--guidance 4]

Prints one JSON line: the judge's right answers on drawn clips, on drawn clips after the VAE, after the VAE without
the details that the UNet leaves to chance (more than that no generated clip can show), and on generated clips; chance; VAE PSNR; the mean difference between neighbouring frames (0–1); seconds per clip; megabytes.
"""
import json
import random
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch

import clips
import diffusion
import grammar
import loop
import settings
from networks.judge import Judge, split


class Exported:
    """The exported parts, and the generation they are made for."""

    def __init__(self, folder, threads=2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.parts = {path.parent.name: onnxruntime.InferenceSession(str(path), options) for path in Path(folder).glob("*/model.onnx")}
        self.vocabulary = json.loads((Path(folder) / "tokenizer/tokenizer.json").read_text())["model"]["vocab"]
        self.channels = self.parts["unet"].get_inputs()[0].shape[1]

    def run(self, part, **feeds):
        feeds = {name: value.numpy() if torch.is_tensor(value) else value for name, value in feeds.items()}
        return torch.from_numpy(self.parts[part].run(None, feeds)[0])

    def text(self, sentences):
        rows = [[1] + [self.vocabulary.get(w, 3) for w in grammar.words(s)][: settings.TOKENS - 2] + [2] for s in sentences]
        return self.run("text_encoder", input_ids=torch.tensor([r + [0] * (settings.TOKENS - len(r)) for r in rows]))

    def encode(self, frames):
        """Latents [frames, channels, h, w] of uint8 frames."""
        return self.run("vae_encoder", sample=frames.float() / 127.5 - 1)[:, : self.channels]

    def decode(self, latents):
        y = self.run("vae_decoder", latent_sample=latents).clamp(-1, 1)
        return ((y + 1) * 127.5 + 0.5).to(torch.uint8)

    def generate(self, prompt, seed, steps, guidance, frames=settings.FRAMES):
        """One clip, uint8 [frames, 3, SIDE, SIDE]."""
        size = settings.SIDE // settings.FACTOR
        noise = torch.randn(1, self.channels, frames, size, size, generator=torch.Generator().manual_seed(seed))
        unet = lambda x, t, c: self.run("unet", sample=x, timestep=t, encoder_hidden_states=c)
        z = diffusion.sample(unet, self.text([prompt]), self.text([""]), noise, steps, guidance)
        return self.decode(z[0].transpose(0, 1).contiguous())


def answers(judge, clip, attributes):
    """Which attributes the judge reads as asked, among those the clip can show."""
    logits = torch.from_numpy(judge.run(None, {"clip": (clip.float() / 127.5 - 1)[None].numpy()})[0])
    right = {}
    for name, row in split(logits).items():
        asked = attributes[name]
        if (name == "colour" and (asked == "natural" or attributes["effect"] in ("gray", "sepia"))) or (name == "effect" and asked == "none"):
            continue
        right[name] = float(grammar.LABELS[name][int(row.argmax())] == asked)
    return right


def shares(rows):
    return {name: round(float(np.mean([r[name] for r in rows if name in r])), 3) for name in Judge.LABELS}


def chances(tests):
    """The best a guess without looking can do: the share of the most frequent answer among those asked for."""
    out = {}
    for name in Judge.LABELS:
        asked = [a[name] for a, _ in tests if not (name == "colour" and a[name] == "natural") and not (name == "effect" and a[name] == "none")]
        out[name] = round(max(asked.count(x) for x in set(asked)) / len(asked), 3)
    return out


def flicker(clip):
    """Mean difference between neighbouring frames, 0–1."""
    return float((clip[1:].float() - clip[:-1].float()).abs().mean() / 255)


def psnr(a, b):
    """Mean over the frames of their PSNR."""
    mse = ((a.float() - b.float()) / 255).square().flatten(1).mean(1)
    return float((-10 * torch.log10(mse + 1e-10)).mean())


def main(folder, options):
    model = Exported(folder)
    judge = onnxruntime.InferenceSession(str(Path(options.judge) / "model.onnx"))
    renderer, rng = clips.Renderer(seed=99), random.Random(9)
    tests = grammar.test_clips(int(options.count))
    real, through, coarse, made, quality, still, moving, seconds, rows = [], [], [], [], [], [], [], [], []
    for seed, (attributes, prompt) in enumerate(tests):
        drawn, _ = renderer.clip(attributes, rng)
        latents = model.encode(drawn)
        passed = model.decode(latents)
        latents[:, settings.BASE:] = settings.DETAIL_SIGMA * torch.randn_like(latents[:, settings.BASE:])
        without = model.decode(latents)
        start = time.time()
        clip = model.generate(prompt, seed, int(options.steps), float(options.guidance))
        seconds.append(time.time() - start)
        for store, shown in ((real, drawn), (through, passed), (coarse, without), (made, clip)):
            store.append(answers(judge, shown, attributes))
        quality.append(psnr(drawn, passed))
        still.append(flicker(drawn))
        moving.append(flicker(clip))
        if seed < 12:
            rows.append(clip)
            print(prompt, made[-1], file=sys.stderr)
    if options.sheet:
        clips.sheet(rows, options.sheet)
    megabytes = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6
    print(json.dumps({
        "n": len(tests), "real": shares(real), "afterVAE": shares(through), "withoutDetails": shares(coarse), "generated": shares(made), "chance": chances(tests),
        "vaePSNR": round(float(np.mean(quality)), 2), "flicker": {"real": round(float(np.mean(still)), 4), "generated": round(float(np.mean(moving)), 4)},
        "modelMB": round(megabytes, 1), "secondsPerClip": round(float(np.median(seconds)), 2)}))


if __name__ == "__main__":
    target = sys.argv.pop(1)
    main(target, loop.arguments(judge=str(Path(__file__).parent.parent / "eval/judge"), count="64", sheet=None, steps=str(settings.SAMPLE_STEPS), guidance=str(settings.GUIDANCE)))
