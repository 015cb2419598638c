"""Every setting of the training in one place. FRAMELOOM_TRAINING names the folder for data and checkpoints."""
import os
from pathlib import Path

import torch

HOME = Path(os.environ.get("FRAMELOOM_TRAINING", "training-data"))
SEED = 20

# Clips
SIDE = 128                  # pixels, square
FRAMES = 8
TOKENS = 28

# Latents: the first PICTURE channels carry the coarse picture, the next what falls (snow above zero, rain below), the
# rest the details. The first BASE are the UNet's.
PICTURE = 4
BASE = PICTURE + 1
CHANNELS = 8
FACTOR = 8
LEARN_DETAIL = False        # the UNet leaves the detail channels to a Gaussian prior: nothing to learn, no grain
DETAIL_SIGMA = 0.15         # standard deviation of that prior

# Networks
TEXT = dict(width=128, layers=2, heads=4)
UNET = dict(widths=(64, 128, 192), head=32, text=128, time=256)
FALLING = dict(width=48, depth=3, sigma=0.3)    # sigma: standard deviation of the first guess
COMPILE = True              # torch.compile of the UNet: 1.4 times faster on a CPU, after three minutes; needs a C++ compiler
BF16 = torch.cuda.is_available() or torch.cpu._is_avx512_bf16_supported()   # bf16 convolutions; without such instructions they are ten times slower

# Diffusion: linear betas, v-prediction
STEPS = 1000
BETA_START, BETA_END = 0.00085, 0.012
GUIDANCE = 4.0
SAMPLE_STEPS = 20
DEFLICKER = 0.08            # how far apart colours of neighbouring frames of a generated clip may be and become one, 0 … 1
MAX_FRAMES = 24             # clips of up to so many frames are edited as one

# Stages: batch (images, or clips in the video stage), learning rate, and minutes on two cores
VAE = dict(batch=12, rate=6e-4, minutes=45, kl=1e-4, edge=0.5, log_mse=0.05, without_detail=0.5, noise=0.15, keep=0.4, falling=0.4, flakes=3)
DECODER = dict(rate=2e-4, critic_rate=4e-4, minutes=60, edge=0.5, flat=1.0, log_mse=0.05, flakes=3, steady=1.0, colours=2.0, features=2.0, share=0.7,
               sure=(0.4, 0.5, 0.6, 0.8, 1.0))  # sure: how much a drawn clip counts that was denoised from steps 4, 5, … of denoised.py on
WORDS = dict(batch=256, rate=1e-3, minutes=2)
IMAGE = dict(batch=32, rate=4e-4, minutes=60, mask_weight=2.5, caption_dropout=0.1, ema=0.999, text_rate=0.2)
VIDEO = dict(batch=8, rate=3e-4, minutes=100, mask_weight=2.5, steady=0.5, caption_dropout=0.1, ema=0.997, text_rate=0.2)
FALL = dict(batch=16, rate=2e-3, minutes=12, pool=800, fresh=0.1, caption_dropout=0.1, ema=0.998)
JUDGE = dict(batch=40, rate=1e-3, minutes=20)
INTERROGATOR = dict(batch=96, rate=1e-3, minutes=25, strange=0.15, pool=3000)   # strange: share of pictures of another kind
FLAT = 0.7                  # share of neighbouring pixels that are alike, halfway between drawings and photographs
BELIEVED, KNOWN = 0.5, 0.5  # probabilities from which on the interrogator is believed, and a picture counts as of the model's kind
WARMUP = 60                # optimizer steps
MEET_EVERY = 16             # steps between two averagings of the processes' weights
SAVE_EVERY = 120            # seconds between checkpoints

# Replay: of every batch one part is drawn anew, the others come from a pool of encoded clips.
POOL = 4000                 # clips
FRESH = 0.25               # share of a batch that is new

# Held-out combinations (subject, colour, background) never occur in training.
HELD_OUT = "held-out.json"
