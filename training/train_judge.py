"""Trains the judge on drawn clips, softened and noised as a VAE would.

python train_judge.py [--minutes N]
"""
import torch
import torch.nn.functional as F

import grammar
import loop
import settings
from clips import Renderer
from muon import muon_groups
from networks.judge import Judge, split


def example(renderer, rng, forbidden):
    """One clip uint8 and its label numbers; a colour that a gray or sepia look hides is not asked for (-100)."""
    a, _ = grammar.training_clip(rng, forbidden)
    labels = [grammar.LABELS[name].index(a[name]) for name in Judge.LABELS]
    if a["effect"] in ("gray", "sepia"):
        labels[Judge.LABELS.index("colour")] = -100
    if a["camera"] != "none":
        labels[Judge.LABELS.index("motion")] = labels[Judge.LABELS.index("size")] = -100
    return renderer.clip(a, rng)[0], labels


def soften(x, rng):
    """A blur of random strength, as much as the VAE does and more."""
    blurred = F.avg_pool2d(x.flatten(0, 1), 5, 1, 2, count_include_pad=False).unflatten(0, x.shape[:2])
    return x.lerp(blurred, rng.random())


def work(options, rank):
    device, rng = loop.setup(rank)
    config, renderer, forbidden = settings.JUDGE, Renderer(seed=10 + rank, variants=24), grammar.held_out()
    judge = Judge().to(device)
    run = loop.Run("judge", {"judge": judge}, muon_groups(judge, 1, ("stem", "heads")), config["rate"], options.minutes or config["minutes"], rank, ema=0.99)
    pool = []
    while run.going():
        batch = []
        for _ in range(config["batch"]):
            if len(pool) < 200 or rng.random() < config["fresh"]:
                clip, labels = example(renderer, rng, forbidden)
                pool.append((clip, labels))
                del pool[:max(0, len(pool) - 3000)]
                batch.append(pool[-1])
            else:
                batch.append(rng.choice(pool))
        x = torch.stack([c for c, _ in batch]).to(device).float() / 127.5 - 1
        x = soften(x, rng) + 0.08 * torch.randn_like(x) * torch.rand(len(x), 1, 1, 1, 1, device=device)
        labels = torch.tensor([l for _, l in batch], device=device)
        loss, right = 0, {}
        for k, (name, logits) in enumerate(split(judge(x)).items()):
            if (labels[:, k] >= 0).any():
                loss = loss + F.cross_entropy(logits, labels[:, k])
                known = labels[:, k] >= 0
                right[name] = (logits.argmax(1) == labels[:, k])[known].float().mean()
        run.update(loss, len(batch), **right)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
