"""The tiny model's `tokenizer/` folder, in the files of CLIP's own tokenizer and without a `tokenizer.json`."""

import json
from pathlib import Path

from transformers import CLIPTokenizer

from .bpe import learn

MERGES = 400
VOCABULARY_SIZE = 2 * 256 + MERGES + 2
MODEL_MAX_LENGTH = 77
FOLDER = Path(__file__).resolve().parent.parent / "tiny-sd" / "tokenizer"


def special(content: str, normalized: bool = True) -> dict:
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False, "single_word": False}


def write() -> None:
    vocabulary, merges = learn(MERGES)
    assert len(vocabulary) == VOCABULARY_SIZE, "two merges made one token"
    start, end = special("<|startoftext|>"), special("<|endoftext|>")
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = {
        "vocab.json": json.dumps(vocabulary, ensure_ascii=False),
        "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n",
        "special_tokens_map.json": json.dumps(
            {"bos_token": start, "eos_token": end, "pad_token": "<|endoftext|>", "unk_token": end}, indent=2),
        "tokenizer_config.json": json.dumps(
            {
                "add_prefix_space": False,
                "bos_token": {"__type": "AddedToken", **start},
                "do_lower_case": True,
                "eos_token": {"__type": "AddedToken", **end},
                "errors": "replace",
                "model_max_length": MODEL_MAX_LENGTH,
                "pad_token": "<|endoftext|>",
                "tokenizer_class": "CLIPTokenizer",
                "unk_token": {"__type": "AddedToken", **end},
            }, indent=2),
    }
    for name, text in files.items():
        (FOLDER / name).write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def load() -> CLIPTokenizer:
    """The tokenizer as transformers reads it from those files."""
    return CLIPTokenizer.from_pretrained(str(FOLDER))
