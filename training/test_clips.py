"""Draws the clips that the evaluation edits and judges, with their masks, and writes the edits that it asks for.

python test_clips.py [--drawn 96] [--prompts 200] [--long 16]

Writes `eval/held-out/` of the repository: `clips.mkv` (lossless RGB, 8 frames a clip, one clip after the other), `masks.mkv` (where the
sticker is), the first of them once more with 24 frames each (`long-clips.mkv`, `long-masks.mkv`), and `clips.json`: of every clip its attributes, its caption, and one edit of subject, colour, background
and effect each (colour only where the clip can show it, effect only where there is none): what becomes of it, and the
caption that says so. The clips past the drawn ones are captions alone, to generate from. Needs ffmpeg with libx264.
"""
import json
import random
import subprocess
from pathlib import Path

import torch

import clips
import grammar
import loop
import settings

LONG = 24                   # frames of a long clip
FOLDER = Path(__file__).parent.parent / "eval/held-out"
SEEDS = dict(scenes=777, motion=78, edits=79, effects=80, long=81)       # scenes and paths that neither the model nor the judge was trained on


def article(text):
    """The sentence with the article that its first word asks for."""
    rest = text.split(" ", 1)[1]
    return ("an " if rest[0] in "aeio" else "a ") + rest


def phrase(text, phrases):
    """The longest of the phrases that stands in the sentence as whole words."""
    return max((p for p in phrases if f" {p} " in f" {text.replace(',', ' ,')} "), key=len)


def with_subject(text, a, to):
    return article(text.replace(phrase(text, grammar.SUBJECTS[a["subject"]]), grammar.SUBJECTS[to][0], 1))


def with_colour(text, a, to):
    subject = phrase(text, grammar.SUBJECTS[a["subject"]])
    named = subject if a["colour"] == "natural" else f"{a['colour']} {subject}"
    return article(text.replace(named, f"{to} {subject}", 1))


def with_background(text, a, to):
    return text.replace(phrase(text, grammar.BACKGROUNDS[a["background"]]), grammar.BACKGROUNDS[to][0], 1)


def effect_edit(a, text, rng):
    """The edit that gives a clip without an effect one."""
    effect = rng.choice(grammar.LABELS["effect"][1:])
    return [{"changes": "effect", "to": effect, "caption": f"{text}, {grammar.EFFECTS[effect][0]}"}] if a["effect"] == "none" else []


def edits(a, text, rng):
    """The edits of one clip: what changes, to what, and the sentence of the edited clip."""
    background = a["background"]
    while background == a["background"] or background.endswith(" " + a["colour"]):
        background = grammar.sample_background(rng)
    subject = rng.choice([s for s in grammar.SUBJECTS if s != a["subject"]])
    colour = rng.choice([c for c in grammar.COLOURS[1:] if c != a["colour"] and not a["background"].endswith(" " + c)])
    wanted = [("subject", subject, with_subject), ("colour", colour, with_colour), ("background", background, with_background)]
    if a["effect"] in ("gray", "sepia"):
        del wanted[1]
    return [{"changes": what, "to": to, "caption": said(text, a, to)} for what, to, said in wanted]


def encode(frames, pixels, name):
    """Frames uint8 [n, SIDE, SIDE, …] as lossless H.264, complete or not at all."""
    part = FOLDER / f"{name}.part"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{settings.SIDE}x{settings.SIDE}", "-r", "8", "-i", "-",
                    "-c:v", "libx264rgb" if pixels == "rgb24" else "libx264", "-qp", "0", "-preset", "veryslow", "-f", "matroska",
                    "-fflags", "+bitexact", "-flags:v", "+bitexact", str(part)],
                   input=frames.contiguous().numpy().tobytes(), check=True)
    part.rename(FOLDER / name)
    print(f"{name}: {(FOLDER / name).stat().st_size / 1e6:.2f} MB")


def draw(renderer, tests, rng, frames):
    """Pictures [n, SIDE, SIDE, 3] and masks [n, SIDE, SIDE] of the clips, one after the other."""
    drawn = [renderer.clip(a, rng, frames) for a, _ in tests]
    return torch.cat([picture.permute(0, 2, 3, 1) for picture, _ in drawn]), torch.cat([(mask[:, 0] > 0.5).to(torch.uint8) * 255 for _, mask in drawn])


def main(options):
    FOLDER.mkdir(exist_ok=True)
    drawn, tests = int(options.drawn), grammar.test_clips(int(options.prompts))
    renderer = clips.Renderer(seed=SEEDS["scenes"], variants=12)
    for name, count, frames, seed in (("", drawn, settings.FRAMES, "motion"), ("long-", int(options.long), LONG, "long")):
        pictures, masks = draw(renderer, tests[:count], random.Random(SEEDS[seed]), frames)
        encode(pictures, "rgb24", f"{name}clips.mkv")
        encode(masks, "gray", f"{name}masks.mkv")
    choices, effects, listed = random.Random(SEEDS["edits"]), random.Random(SEEDS["effects"]), []
    for index, (a, text) in enumerate(tests):
        wanted = {"edits": edits(a, text, choices) + effect_edit(a, text, effects)} if index < drawn else {}
        listed.append(json.dumps({**a, "caption": text, **wanted}))
    (FOLDER / "clips.json").write_text("[\n" + ",\n".join(listed) + "\n]\n")


if __name__ == "__main__":
    main(loop.arguments(drawn="96", prompts="200", long="16"))
