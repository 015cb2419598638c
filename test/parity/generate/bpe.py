"""A byte-level BPE vocabulary in CLIP's format, learned from a few sentences."""

from collections import Counter

import regex

# CLIP's way of cutting text into words, before byte pairs are merged.
WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", regex.IGNORECASE)

TEXT = """
A photo of a cat sitting on a wooden table near the window, in the warm light of the morning.
A red balloon rising over the sea at sunset, with soft clouds and a golden sky.
A green turtle swimming slowly through clear blue water, seen from above.
A small dog running on the beach, waves behind it, high quality, detailed, sharp focus.
An oil painting of a mountain lake under a starry night, in the style of the old masters.
A watercolor drawing of a white horse standing in a field of yellow flowers.
The rocket lifts from the ground, smoke and fire below, moving towards the moon.
A portrait of an old woman with silver hair, smiling, cinematic lighting, studio background.
A robot walking down a rainy street in the city, neon signs reflecting on the wet road.
Make the house look like a castle made of snow and ice, with a bright winter sun.
Turn the car into a wooden boat that is floating along a quiet river between tall trees.
blurry, low quality, worst quality, deformed, bad anatomy, ugly, watermark, text, grainy.
A glass of orange juice beside a plate with strawberries, bananas, grapes and a croissant.
The camera moves around a stone tower while birds are flying over the roof.
A child's drawing of the family: mother, father, brother, sister and their grey cat.
It's raining and they're dancing; we've seen it, you'll love it, I'm sure he'd say that he can't.
A spaceship landing on a purple planet with two suns, wide angle view, digital art, trending.
Waterfall, forest, desert, island, ocean, valley, meadow, garden, bridge, temple, market, harbour.
Spinning, jumping, falling, growing, melting, burning, glowing, turning, waving, singing, sleeping.
"""


def byte_symbols() -> list[str]:
    """One printable character per byte, in the order GPT-2 and CLIP number them: printable bytes first."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [symbols[byte] for byte in printable + others]


def learn(count: int) -> tuple[dict[str, int], list[str]]:
    """The vocabulary and the merges, `count` of them: the most frequent pair is merged first, ties in byte order."""
    words = Counter()
    for word in WORDS.findall(TEXT.lower()):
        # The text is ASCII, where each byte's symbol is the character itself.
        words[(*word[:-1], word[-1] + "</w>")] += 1
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs = Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        words = Counter({merged(word, best): times for word, times in words.items()})
    symbols = byte_symbols()
    tokens = [*symbols, *(s + "</w>" for s in symbols), *("".join(pair) for pair in merges), "<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(tokens)}, [" ".join(pair) for pair in merges]


def merged(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The word with every occurrence of the pair joined, from the left."""
    out: list[str] = []
    for symbol in word:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return tuple(out)
