"""Trains the judge on drawn clips, softened and noised as a VAE would: single frames for what is to be seen,
whole clips, less often, for motion.

python train_judge.py [--minutes N]
"""
import torch
import torch.nn.functional as F

import grammar
import loop
import settings
from clips import Renderer
from muon import muon_groups
from networks.judge import HEADS, Judge, split

CLIPS_EVERY = 5             # one step in so many is on whole clips


def labels_of(a, names):
    """Label numbers; what the clip cannot show (a colour under a gray look, the size of what grows) is -100."""
    hidden = set()
    if a["effect"] in ("gray", "sepia"):
        hidden.add("colour")
    if a["camera"] != "none" or a["motion"] in ("grow", "shrink"):
        hidden.add("size")
    if a["camera"] != "none":
        hidden.add("motion")
    return [-100 if name in hidden else grammar.LABELS[name].index(a[name]) for name in names]


def draw(renderer, rng, forbidden, frames, names):
    a, _ = grammar.training_clip(rng, forbidden)
    return renderer.clip(a, rng, frames)[0], labels_of(a, names)


def soften(x, rng):
    """A blur of random strength, as much as the VAE does and more, and noise; frames [n, 3, SIDE, SIDE]."""
    x = x.float() / 127.5 - 1
    blurred = F.avg_pool2d(x, 5, 1, 2, count_include_pad=False)
    share = torch.rand(len(x), 1, 1, 1, device=x.device)
    return x.lerp(blurred, 0.7 * share) + 0.08 * rng.random() * torch.randn_like(x)


def score(logits, labels):
    """Summed cross-entropy of all heads, and the share of right answers of each."""
    loss, right = 0, {}
    for k, (name, row) in enumerate(logits.items()):
        known = labels[:, k] >= 0
        if known.any():
            loss = loss + F.cross_entropy(row, labels[:, k])
            right[name] = (row.argmax(1) == labels[:, k])[known].float().mean()
    return loss, right


def work(options, rank):
    device, rng = loop.setup(rank)
    config, renderer, forbidden = settings.JUDGE, Renderer(seed=10 + rank, variants=24), grammar.held_out()
    judge = Judge().to(device)
    run = loop.Run("judge", {"judge": judge}, muon_groups(judge, 1, ("see.stem", "see.heads", "track.stem")),
                   config["rate"], options.minutes or config["minutes"], rank, ema=0.99)
    pool = []
    while run.going():
        if run.step % CLIPS_EVERY:
            batch = [draw(renderer, rng, forbidden, 1, HEADS) for _ in range(config["batch"])]
        else:
            pool = (pool + [draw(renderer, rng, forbidden, settings.FRAMES, ("motion",)) for _ in range(6)])[-2000:]
            batch = [rng.choice(pool) for _ in range(config["batch"] // 4)]
        frames, labels = torch.cat([f for f, _ in batch]).to(device), torch.tensor([l for _, l in batch], device=device)
        x = soften(frames, rng)
        logits = split(judge.see(x)) if run.step % CLIPS_EVERY else {"motion": judge.track(x.unflatten(0, labels.shape[:1] + (-1,)))}
        loss, right = score(logits, labels)
        run.update(loss, len(batch), **right)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
