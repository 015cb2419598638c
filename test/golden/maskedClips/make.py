"""Draws the clips of the attention test: a sticker whose place on every frame is known.

`FRAMELOOM_TRAINING=... python make.py`, with what training/README.md names installed and its bank of drawings made, writes
beside itself the clips as MP4 and `clips.json`: caption, the subject's word, and the mask as the share of each latent
pixel (8 × 8 pixels) that the sticker covers, 0 … 255, [frames, 16, 16] in base64.
"""
import base64
import json
import random
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "training"))
import torch.nn.functional as F  # noqa: E402

import clips  # noqa: E402

CLIPS = [
    ("car", "red", "right", "plain blue", "a big red car moving right on a blue background"),
    ("frog", "natural", "bounce", "plain pink", "a big frog bouncing on a pink background"),
    ("heart", "red", "grow", "plain white", "a big red heart growing on a white background"),
    ("rocket", "natural", "up", "space", "a big rocket rising in outer space"),
    ("cat", "orange", "left", "meadow", "a big orange cat moving left in the meadow"),
    ("fish", "yellow", "right", "underwater", "a big yellow fish moving right under water"),
]


def main():
    renderer = clips.Renderer(variants=2)
    listed = []
    for number, (subject, colour, motion, background, caption) in enumerate(CLIPS):
        look = dict(subject=subject, colour=colour, motion=motion, background=background, size="big", effect="none", camera="none")
        frames, mask = renderer.clip(look, random.Random(100 + number))
        pixels = frames.permute(0, 2, 3, 1).contiguous().numpy().tobytes()
        name = f"{subject}.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "128x128", "-r", "8", "-i", "-",
                        "-c:v", "libx264", "-crf", "23", "-preset", "veryslow", "-pix_fmt", "yuv420p", "-bitexact", str(HERE / name)], input=pixels, check=True)
        cover = (F.avg_pool2d(mask, 8)[:, 0] * 255).round().byte().numpy()
        listed.append(dict(file=name, caption=caption, word=subject, mask=base64.b64encode(cover.tobytes()).decode()))
    (HERE / "clips.json").write_text(json.dumps(listed, indent=1) + "\n")


if __name__ == "__main__":
    main()
