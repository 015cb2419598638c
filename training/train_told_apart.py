"""Trains the network that tells the finished model's frames from drawn ones, and writes it for `npm run eval`.

python train_told_apart.py [--clips 160] [--stage falling] [--minutes 5] [--into ../eval/told-apart]

First clips are generated from training captions, each beside the drawn clip of the same caption; they lie in `told-apart/`
and are added to until there are so many. One in eight is kept back and says how often the network is right. Such a network
belongs to the model it was trained on: of another model's frames it may see less than one trained on them would. Delete
`told-apart/` and `told-apart.pt` when the model has changed.
"""
from pathlib import Path

import torch
import torch.nn.functional as F

import export
import grammar
import loop
import settings
from clips import Renderer
from muon import muon_groups
from networks.layers import half
from networks.told_apart import ToldApart
from sheet import draw, models

FOLDER = settings.HOME / "told-apart"
KEPT_BACK = 8               # one clip in so many is for checking
BATCH = 16                  # drawn frames of a batch, and as many generated ones


def generate(count, stage, rng, device):
    """Adds files with one clip each, `drawn` and `made` uint8 [FRAMES, 3, SIDE, SIDE], until there are `count`."""
    FOLDER.mkdir(exist_ok=True)
    model, renderer, forbidden = models(stage, device), Renderer(seed=31, variants=24), grammar.held_out()
    for k in range(count):
        file = FOLDER / f"{k}.pt"
        if file.exists():
            continue
        a = grammar.sample_attributes(rng, forbidden, effects=0.3)
        clip = {"drawn": renderer.clip(a, rng)[0], "made": draw(*model, [grammar.caption(a, rng, complete=True)], seed=5000 + k)[0]}
        torch.save(clip, file.with_suffix(".part"))
        file.with_suffix(".part").rename(file)


def right(net, clips, device):
    """The share of frames that are told right, of as many drawn as generated ones."""
    with torch.no_grad():
        told = [[(net(clip[name].to(device).float() / 127.5 - 1) > 0).float().mean() for clip in clips] for name in ("drawn", "made")]
    drawn, made = (float(torch.stack(shares).mean()) for shares in told)
    return (1 - drawn + made) / 2


def work(options, rank):
    device, rng = loop.setup(rank)
    generate(options.clips, options.stage, rng, device)
    clips = [torch.load(FOLDER / f"{k}.pt", weights_only=True) for k in range(options.clips)]
    known, kept_back = [c for k, c in enumerate(clips) if k % KEPT_BACK], clips[::KEPT_BACK]
    net = ToldApart().to(device)
    run = loop.Run("told-apart", {"net": net}, muon_groups(net, 1, ("look.0", "read")), 5e-4, options.minutes or 5, rank, ema=0.99)
    labels = torch.arange(2 * BATCH, device=device)[:, None].ge(BATCH).float()
    while run.going():
        frames = torch.stack([clip[name][rng.randrange(settings.FRAMES)] for name in ("drawn", "made") for clip in rng.choices(known, k=BATCH)])
        frames = frames.to(device).float() / 127.5 - 1
        logits = net(frames.flip(3) if rng.random() < 0.5 else frames)
        told = ((logits > 0) == (labels > 0)).float().mean()
        run.update(F.binary_cross_entropy_with_logits(logits, labels), 2 * BATCH, told=told)
    run.finish()
    half["on"] = False
    averaged = loop.averaged("told-apart", "net", ToldApart()).to(device)
    print(f"told apart: {right(averaged, known, device):.3f} of the frames it learnt, {right(averaged, kept_back, device):.3f} of those kept back")
    frames = torch.rand(2, 3, settings.SIDE, settings.SIDE) * 2 - 1
    export.write(averaged.cpu(), Path(options.into), {"frames": frames}, ["logits"], {"frames": {0: "batch"}, "logits": {0: "batch"}}, None)


if __name__ == "__main__":
    loop.launch(work, loop.arguments(clips=160, stage="falling", into=str(Path(__file__).parent.parent / "eval/told-apart")))
