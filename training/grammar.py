"""The caption grammar: what a clip can be, how it is said, and how a sentence becomes token ids.

A clip is described by its attributes; `caption` turns them into a sentence of the order
`[a] [size] [colour] subject [motion] [background][, camera][, effect]`.
`python grammar.py` writes the held-out combinations and prints a few captions.
"""
import json
import random
import re
from pathlib import Path

import settings

HERE = Path(__file__).parent
SUBJECTS = {name: entry["words"] for name, entry in json.loads((HERE / "art/subjects.json").read_text()).items()}
COLOURS = ["natural", "red", "orange", "yellow", "green", "blue", "purple", "pink", "gray"]
SIZES = {"small": ["small", "tiny", "little"], "medium": [""], "big": ["big", "large", "huge"]}
MOTIONS = {
    "still": ["standing still", "not moving"],
    "left": ["moving left", "moving to the left", "going left", "sliding left"],
    "right": ["moving right", "moving to the right", "going right", "sliding right"],
    "up": ["moving up", "rising", "going up", "flying up"],
    "down": ["moving down", "falling", "going down", "dropping"],
    "grow": ["growing", "getting bigger", "coming closer", "zooming in"],
    "shrink": ["shrinking", "getting smaller", "moving away", "zooming out"],
    "spin": ["spinning", "rotating", "turning around"],
    "bounce": ["bouncing", "jumping", "hopping"],
}
CAMERAS = {
    "none": [""],
    "pan left": ["camera panning left", "panning left", "camera moves left"],
    "pan right": ["camera panning right", "panning right", "camera moves right"],
    "zoom in": ["camera zooms in", "camera zoom in", "zoom in camera"],
}
EFFECTS = {
    "none": [""],
    "snow": ["in the snow", "snowing", "with falling snow", "snow"],
    "rain": ["in the rain", "raining", "with rain", "rain"],
    "sepia": ["sepia", "sepia tone", "old photo", "in sepia"],
    "gray": ["black and white", "monochrome", "in black and white", "grayscale"],
    "fog": ["in the fog", "foggy", "fog", "misty"],
}
FALLING = ("snow", "rain")
PLACES = {
    "night": ["under a starry night sky", "in the night sky", "at night", "under stars at night"],
    "meadow": ["in the meadow", "on grass and sky", "in a grassy field", "in a field of grass"],
    "sea": ["on the sea", "over the sea", "on the ocean", "on the water"],
    "sunset": ["at sunset", "in a sunset sky", "in the sunset"],
    "space": ["in outer space", "in space"],
    "desert": ["in the desert", "on sand dunes"],
    "snowfield": ["in a snowy field", "in a snowy landscape", "in a winter landscape"],
    "city": ["in the city", "in a city street", "in the town"],
    "forest": ["in the forest", "in the woods"],
    "underwater": ["under water", "underwater"],
    "road": ["on the road", "on the street"],
    "beach": ["on the beach", "on a sandy beach"],
}
PLAIN = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "gray"]
CHECKS = ["red", "green", "blue", "purple", "pink", "yellow"]
STRIPES = ["red", "green", "blue", "purple", "pink", "orange"]
DOTS = ["red", "blue", "green", "pink"]
GRADIENTS = [("pink", "blue"), ("purple", "orange"), ("green", "blue"), ("yellow", "red")]
BACKGROUNDS = {
    **{f"plain {c}": [f"on a {c} background", f"against a {c} background", f"on {c}"] for c in PLAIN},
    **{f"checks {c}": [f"on a {c} checkered background", f"on a {c} checkerboard"] for c in CHECKS},
    **{f"stripes {c}": [f"on a {c} striped background", f"on {c} stripes"] for c in STRIPES},
    **{f"dots {c}": [f"on a {c} polka dot background", f"on a {c} dotted background", f"on {c} dots"] for c in DOTS},
    **{f"gradient {a} {b}": [f"on a {a} and {b} gradient", f"on a {a} and {b} gradient background"] for a, b in GRADIENTS},
    **PLACES,
}
LABELS = {"subject": list(SUBJECTS), "colour": COLOURS, "background": list(BACKGROUNDS), "effect": list(EFFECTS),
          "motion": list(MOTIONS), "size": list(SIZES), "camera": list(CAMERAS)}
OPENINGS = ["a video of", "a clip of", "animation of", "a picture of", "a photo of", "an animation of", "an image of"]

# Words that mean what a word of the grammar means; they share its embedding from the start.
SYNONYMS = {
    "grey": "gray", "violet": "purple", "crimson": "red", "scarlet": "red", "golden": "yellow", "azure": "blue",
    "giant": "huge", "enormous": "huge", "driving": "moving", "running": "moving", "walking": "moving",
    "swimming": "moving", "sailing": "moving", "floating": "moving", "gliding": "sliding", "climbing": "rising",
    "sinking": "falling", "leaping": "jumping", "twirling": "spinning", "whirling": "spinning", "leftwards": "left",
    "rightwards": "right", "upwards": "up", "downwards": "down", "snowfall": "snow", "rainy": "raining",
    "nighttime": "night", "grassland": "meadow", "seaside": "beach", "shore": "beach",
    "highway": "road", "dusk": "sunset", "larger": "bigger", "backdrop": "background",
    "checked": "checkered", "an": "a", "near": "on", "into": "in",
}
SPECIAL = ["<pad>", "<bos>", "<eos>", "<unk>"]


def words(text):
    """The words of a sentence, as the tokenizer cuts it: lower case, commas alone, nothing but a-z and 0-9."""
    return re.findall(r"[a-z0-9]+|,", text.lower())


def vocabulary():
    """All known words, in a fixed order after the special tokens."""
    phrases = [p for group in (SUBJECTS, SIZES, MOTIONS, CAMERAS, EFFECTS, BACKGROUNDS) for ps in group.values() for p in ps]
    known = {w for p in phrases + OPENINGS + COLOURS[1:] + list(SYNONYMS) for w in words(p)}
    known |= {w for text in ("a an the and of in on at to with", "night sky", "town", "starry") for w in words(text)}
    return SPECIAL + [","] + sorted(known - {","})


VOCABULARY = vocabulary()
IDS = {word: i for i, word in enumerate(VOCABULARY)}


def encode(text):
    """Token ids of a sentence, `settings.TOKENS` long."""
    ids = [1] + [IDS.get(w, 3) for w in words(text)][: settings.TOKENS - 2] + [2]
    return ids + [0] * (settings.TOKENS - len(ids))


def held_out():
    """The set of (subject, colour, background) that no training clip may show."""
    return {tuple(entry) for entry in json.loads((HERE / settings.HELD_OUT).read_text())}


def sample_attributes(rng, forbidden=frozenset(), effects=0.25):
    """Random attributes of one clip; `effects` is the share of clips with one."""
    while True:
        a = {
            "subject": rng.choice(LABELS["subject"]),
            "colour": rng.choice(COLOURS[1:]) if rng.random() < 0.45 else "natural",
            "background": sample_background(rng),
            "effect": rng.choice(LABELS["effect"][1:]) if rng.random() < effects else "none",
            "motion": rng.choice(LABELS["motion"]),
            "size": rng.choices(LABELS["size"], (0.1, 0.4, 0.5))[0],
            "camera": "none",
        }
        plain = a["background"].startswith("plain")
        if not plain and rng.random() < 0.12:
            a["camera"], a["motion"] = rng.choice(LABELS["camera"][1:]), "still"
        seen = not a["background"].endswith(" " + a["colour"])
        if seen and (a["subject"], a["colour"], a["background"]) not in forbidden:
            return a


def sample_background(rng):
    """Plain colours, places and patterns by about a third, a half and a fifth."""
    kind = rng.random()
    if kind < 0.35:
        return "plain " + rng.choice(PLAIN)
    if kind < 0.78:
        return rng.choice(list(PLACES))
    return rng.choice([b for b in BACKGROUNDS if b not in PLACES and not b.startswith("plain")])


def caption(a, rng, complete=False):
    """A sentence for the attributes. Unless `complete`, what would go without saying may be left out: the
    caller draws a white background for a caption without one, and a still subject for one without a motion."""
    subject = rng.choices(SUBJECTS[a["subject"]], [3] + [1] * (len(SUBJECTS[a["subject"]]) - 1))[0]
    colour = "" if a["colour"] == "natural" else a["colour"]
    parts = [rng.choice(SIZES[a["size"]]), colour, subject]
    if not (a["motion"] == "still" and a.get("unsaid_motion") and not complete):
        parts.append(rng.choice(MOTIONS[a["motion"]]) if a["camera"] == "none" or rng.random() < 0.5 else "")
    if not a.get("unsaid_background") or complete:
        parts.append(rng.choice(BACKGROUNDS[a["background"]]))
    text = " ".join(part for part in parts if part)
    if rng.random() < 0.85 or complete:
        text = ("an " if text[0] in "aeio" else "a ") + text
    if rng.random() < 0.06 and not complete:
        text = rng.choice(OPENINGS) + " " + text
    for extra in (rng.choice(CAMERAS[a["camera"]]), rng.choice(EFFECTS[a["effect"]])):
        if extra:
            text += (", " if complete or rng.random() < 0.8 else " ") + extra
    return text


def add_noise(ids, rng):
    """Now and then hides a word or uses a synonym, so that unknown words do little harm."""
    ids = list(ids)
    for i in range(1, len(ids)):
        if ids[i] > 4 and rng.random() < 0.05:
            same = [w for w, s in SYNONYMS.items() if s == VOCABULARY[ids[i]]]
            if same:
                ids[i] = IDS[rng.choice(same)]
            elif VOCABULARY[ids[i]] in ("a", "the", "on", "in", "of"):
                ids[i] = 3
    return ids


def training_clip(rng, forbidden):
    """Attributes and token ids for one clip; effects and the four directions, the hardest to learn, are frequent, and so
    is what falls."""
    a = sample_attributes(rng, forbidden, effects=0.45)
    if a["effect"] != "none" and rng.random() < 0.3:
        a["effect"] = rng.choice(FALLING)
    if a["camera"] == "none" and rng.random() < 0.2:
        a["motion"] = rng.choice(("left", "right", "up", "down"))
    if a["camera"] == "none" and rng.random() < 0.08:
        a["unsaid_background"] = True
        if rng.random() < 0.8:
            a["background"] = "plain white"
    if a["motion"] == "still" and rng.random() < 0.3:
        a["unsaid_motion"] = True
    if (a["subject"], a["colour"], a["background"]) in forbidden:
        return training_clip(rng, forbidden)
    return a, add_noise(encode(caption(a, rng)), rng)


def test_clips(count, seed=1):
    """Attributes and full captions of held-out combinations: medium and big subjects, no camera motion."""
    rng = random.Random(seed)
    combinations = sorted(held_out())
    clips = []
    for _ in range(count):
        subject, colour, background = rng.choice(combinations)
        a = sample_attributes(rng)
        a.update(subject=subject, colour=colour, background=background, camera="none",
                 size=rng.choice(["medium", "big"]), motion=rng.choice(LABELS["motion"]))
        clips.append((a, caption(a, rng, complete=True)))
    return clips


def write_held_out(count=600):
    """Draws the held-out list: about one in twenty of all combinations."""
    rng = random.Random(settings.SEED)
    drawn = set()
    while len(drawn) < count:
        colour = rng.choice(COLOURS[1:]) if rng.random() < 0.5 else "natural"
        background = sample_background(rng)
        if not background.endswith(" " + colour):
            drawn.add((rng.choice(LABELS["subject"]), colour, background))
    lines = ",\n".join(json.dumps(list(entry)) for entry in sorted(drawn))
    (HERE / settings.HELD_OUT).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    write_held_out()
    print(len(VOCABULARY), "words;", len(held_out()), "combinations held out")
    for _, text in test_clips(12):
        print(" ", text)
