"""Teaches the text encoder to read: it predicts every attribute of the clip from the caption alone.

python train_words.py [--minutes 2]. Without this the text encoder is the bottleneck of the image stage.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import grammar
import loop
import settings
from networks.text import TextEncoder


class Reader(nn.Module):
    """Logits of every label from the sentence's state; a word left out of the caption cannot be known."""

    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleDict({n: nn.Linear(settings.TEXT["width"], len(v)) for n, v in grammar.LABELS.items()})

    def forward(self, states):
        return {name: head(states[:, 0]) for name, head in self.heads.items()}


def work(options, rank):
    device, rng = loop.setup(rank)
    text, reader, forbidden = TextEncoder(len(grammar.VOCABULARY)).to(device), Reader().to(device), grammar.held_out()
    config = settings.WORDS
    run = loop.Run("words", {"text": text, "reader": reader}, [([*text.parameters(), *reader.parameters()], 1)],
                   config["rate"], options.minutes or config["minutes"], rank)
    while run.going():
        clips = [grammar.training_clip(rng, forbidden) for _ in range(config["batch"])]
        logits = reader(text(torch.tensor([ids for _, ids in clips], device=device)))
        loss, right = 0, {}
        for name, names in grammar.LABELS.items():
            wanted = torch.tensor([names.index(a[name]) for a, _ in clips], device=device)
            loss = loss + F.cross_entropy(logits[name], wanted)
            right[name] = (logits[name].argmax(1) == wanted).float().mean()
        run.update(loss, config["batch"], **right)
    run.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
