"""Writes the checkpoints of the VAE and of the finished model out of an earlier model that `export.py` wrote, so that later
stages can be trained on a machine that has none of its checkpoints.

python begin.py FOLDER

Writes `vae.pt` and `falling.pt`, neither over an existing one. The video stage has `--starter` for the same.
"""
import sys
from pathlib import Path

import torch

import grammar
import settings
from networks.starter import load_text, load_unet, load_vae
from networks.text import TextEncoder
from networks.unet import UNet
from networks.vae import VAE


NEW = ("decoder.outlines.",)        # begins at zero where an earlier model has none


def checkpoint(name, modules):
    """Writes a stage that has not run yet but has these weights."""
    file, weights = settings.HOME / f"{name}.pt", {n: m.state_dict() for n, m in modules.items()}
    if file.exists():
        raise SystemExit(f"{file} exists: delete it first if this stage is to begin anew")
    torch.save({"modules": weights, "averages": weights, "optimizer": {"state": {}}, "step": 0, "trained": 0.0, "seen": 0}, file)
    print(file)


def main(folder):
    unet, text, vae = UNet(), TextEncoder(len(grammar.VOCABULARY)), VAE()
    for part, left in (("UNet", load_unet(unet, folder)), ("text encoder", load_text(text, folder)), ("VAE", load_vae(vae, folder))):
        if [name for name in left if not name.startswith(NEW)]:
            raise SystemExit(f"{folder} has no weights for {part}: {', '.join(left)}")
    settings.HOME.mkdir(exist_ok=True)
    checkpoint("vae", {"vae": vae})
    checkpoint("falling", {"unet": unet, "text": text})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
