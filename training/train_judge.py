"""Trains the judge on drawn clips, softened and noised as a VAE would: single frames for what is to be seen,
whole clips, less often, for motion.

python train_judge.py [--starter FOLDER] [--minutes N]

With `--starter`, the folder of an earlier judge, it goes on from there and learns made pictures, too: half of all it sees are
drawn clips that went through the encoder, were noised a part of the way and denoised by the finished model (`falling.pt`),
so that they still show what was drawn, in the model's hand. Without it a judge knows flakes and drops as they are drawn alone.
"""
from pathlib import Path

import torch
import torch.nn.functional as F

import diffusion
import grammar
import loop
import settings
from clips import Renderer
from muon import muon_groups
from networks.judge import HEADS, Judge, split
from networks.starter import fill, read_weights
from sheet import models

CLIPS_EVERY = 5             # one step in so many is on whole clips
STEPS = 10                  # sampling steps of made clips
BEGIN = (5, 10)             # the step from which they are denoised; the last leaves them as the VAE does


class Made:
    """Drawn clips as the finished model leaves them, with their labels; one more at every `EVERY`-th call."""

    EVERY, SIZE = 2, 1000

    def __init__(self, rng, device):
        self.rng, self.device, self.clips, self.calls = rng, device, [], 0
        self.model = models("falling", device)

    @torch.no_grad()
    def make(self, renderer, forbidden):
        unet, text, vae = self.model
        a, ids = grammar.training_clip(self.rng, forbidden)
        frames = renderer.clip(a, self.rng)[0].to(self.device)
        source = vae.encode(frames.float() / 127.5 - 1)[0].transpose(0, 1)[None]
        begin = self.rng.randrange(*BEGIN)
        states = text(torch.tensor([ids, grammar.encode("")], device=self.device))
        made = source if begin == STEPS else diffusion.sample(unet, states[:1], states[1:], torch.randn_like(source), STEPS, source=source, begin=begin)
        y = vae.decode(made[0].transpose(0, 1)).clamp(-1, 1)
        return ((y + 1) * 127.5 + 0.5).to(torch.uint8).cpu(), labels_of(a, HEADS), labels_of(a, ("motion",))

    def batch(self, count, renderer, forbidden, frames):
        """Frames and labels of so many made clips; single frames have the labels of what is to be seen, clips that of their motion."""
        if self.calls % self.EVERY == 0 or len(self.clips) < 40:
            self.clips = (self.clips + [self.make(renderer, forbidden)])[-self.SIZE:]
        self.calls += 1
        chosen = [self.rng.choice(self.clips) for _ in range(count)]
        if frames > 1:
            return [(shown, moves) for shown, _, moves in chosen]
        at = [self.rng.randrange(len(shown)) for shown, _, _ in chosen]
        return [(shown[k:k + 1], sees) for k, (shown, sees, _) in zip(at, chosen)]


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
    judge, made = Judge().to(device), None
    if options.starter:
        print("left alone:", fill(judge, read_weights(Path(options.starter) / "model.onnx")))
        made = Made(rng, device)
    run = loop.Run("judge", {"judge": judge}, muon_groups(judge, 1, ("see.stem", "see.heads", "track.stem")),
                   config["rate"] * (0.3 if options.starter else 1), options.minutes or config["minutes"], rank, ema=0.99)
    pool = []
    while run.going():
        seen = run.step % CLIPS_EVERY
        count, frames, names = (config["batch"], 1, HEADS) if seen else (config["batch"] // 4, settings.FRAMES, ("motion",))
        share = count // 2 if made else 0
        if seen:
            batch = [draw(renderer, rng, forbidden, 1, names) for _ in range(count - share)]
        else:
            pool = (pool + [draw(renderer, rng, forbidden, frames, names) for _ in range(6)])[-2000:]
            batch = [rng.choice(pool) for _ in range(count - share)]
        x = soften(torch.cat([f for f, _ in batch]).to(device), rng)
        if made:
            extra = made.batch(share, renderer, forbidden, frames)
            x, batch = torch.cat([x, torch.cat([f for f, _ in extra]).to(device).float() / 127.5 - 1]), batch + extra
        labels = torch.tensor([l for _, l in batch], device=device)
        logits = split(judge.see(x)) if seen else {"motion": judge.track(x.unflatten(0, (len(batch), frames)))}
        loss, right = score(logits, labels)
        run.update(loss, len(batch), **right)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments(starter=None))
