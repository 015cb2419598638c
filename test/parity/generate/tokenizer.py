"""What transformers' CLIP tokenizer makes of many strings."""

import transformers

from . import tiny_tokenizer
from .reference_file import ReferenceFile

STRINGS = [
    "",
    " ",
    "\n\t ",
    "a",
    "a photo of a cat",
    "A PHOTO OF A CAT",
    "A Photo  Of   A\tCat\n\nOn A\r\nTable",
    "  leading and trailing   ",
    "a red balloon rising over the sea at sunset",
    "blurry, low quality, worst quality, deformed, bad anatomy, ugly, watermark",
    "it's we've they're I'm you'll he'd can't won't",
    "IT'S WE'VE THEY'RE I'M YOU'LL HE'D CAN'T",
    "it’s a ‘curly’ “quote”",
    "rock'n'roll 'tis the '90s' dogs'",
    "the year 2024, 3.14159, 1,000,000 and 42nd 1st x2 4K 16:9",
    "½ ² ³ Ⅷ ٣ १२३",
    "hello!!! what?! ... -- — – *** ((nested)) [brackets] {braces}",
    "a (red:1.3) balloon, ((sea)), [sky]",
    "e-mail: some.one@example.org, path/to/file_name.txt, C++ & C#",
    "$100 €50 £20 ¥1000 50% #hashtag @mention ~tilde ^caret `tick` \\back|pipe<tag>",
    "café naïve façade über résumé Ångström",
    "cafe\u0301 nai\u0308ve A\u030angstro\u0308m",
    "ÀÉÎÕÜ ÇÑ ŠŽ ŁÓDŹ İstanbul ISTANBUL ıı",
    "straße STRASSE ǅ ﬁ ﬂ",
    "Ελληνικά Σίσυφος",
    "Привет, мир! ЁЛКА",
    "日本語のテキスト と 中文字符",
    "한국어 텍스트",
    "مرحبا بالعالم",
    "שלום עולם",
    "สวัสดีชาวโลก",
    "नमस्ते दुनिया",
    "😀 emoji 🎈🌊 mixed👍🏽in 👩‍👩‍👧‍👦 text 🇩🇪",
    "a\u00a0non-breaking\u2003em\u3000ideographic\u200bzero-width\ufeffmark",
    "control\u0000\u0007\u001bcharacters\u007f",
    "soft\u00adhyphen and \u202eright to left\u202c",
    "<|startoftext|>",
    "a cat<|endoftext|>and a dog",
    "<|endoftext|> <|startoftext|> <|ENDOFTEXT|> <|other|>",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "under_score snake_case __init__ camelCase ALLCAPS",
    "&amp; &lt;b&gt; <br/> &#39;",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "?!?!?!?!?! ,,,,, ;;;; ::: '''' \"\"\"\"",
    "𝓯𝓪𝓷𝓬𝔂 𝟙𝟚𝟛 ｆｕｌｌｗｉｄｔｈ ①②③",
    "a photo of a cat, " * 30,
    "word " * 74,
    "word " * 75,
    "word " * 76,
]


def make() -> None:
    tiny_tokenizer.write()
    tokenizer = tiny_tokenizer.load()
    rows = []
    for text in STRINGS:
        whole = tokenizer(text).input_ids
        fitted = tokenizer(text, padding="max_length", truncation=True, max_length=tokenizer.model_max_length).input_ids
        assert len(fitted) == tokenizer.model_max_length
        rows.append({"text": text, "ids": whole, "fitted": fitted})
    ReferenceFile("tokenizer").save({"transformers": transformers.__version__, "cases": rows})
