"""Trains the VAE's decoder alone, to draw crisply what the finished model leaves.

python denoised.py --minutes 10 --processes 2       # first: clips to train on
python train_decoder.py [--minutes 60] [--processes 2]

Latents that a sampler ends with are not an encoder's: they are smeared, and a decoder that only learned to come near the
drawn clip draws the mean of all that could have been meant, soft and never quite plain. So it is held to three things:
the drawn clip where there is one (pixels, edges, no edge where none was drawn, and the change from frame to frame), the
colours of the decoder until now where there is none, and a critic that tells drawn pairs of frames from made ones.
What latents mean stays the same.
"""
import torch
import torch.nn.functional as F

import loop
import settings
from denoised import Denoised
from networks.critic import Critic
from networks.vae import VAE
from train_vae import edges, psnr

KINDS = ("encoded", "made", "made", "noise")        # what the pairs of a batch have: the encoder's latents, the model's of a drawn clip, the model's of noise


def weakened(falling, rng):
    """The channel of what falls, smeared and weak as the model makes it, with each flake still in its place: of the model's
    own, which are elsewhere after noise, the decoder would learn to draw none."""
    share, strength, noise = rng.uniform(0, 0.7), rng.uniform(0.6, 1.1), rng.uniform(0, 0.25)
    return strength * falling.lerp(F.avg_pool2d(falling, 3, 1, 1), share) + noise * torch.randn_like(falling)


def latents(kind, pair, rng):
    """What the decoder is to draw for a pair. One in three of the model's is kept outside the sticker, as an edit keeps it."""
    encoded, made = pair["encoded"].float(), pair["made"].float()
    if kind == "encoded":
        return encoded
    made = torch.cat([made[:, :settings.BASE], settings.DETAIL_SIGMA * torch.randn_like(made[:, settings.BASE:])], 1)
    if kind == "noise":
        return made
    made[:, settings.PICTURE:settings.BASE] = weakened(encoded[:, settings.PICTURE:settings.BASE], rng)
    if rng.randrange(3) == 0:
        inside = F.max_pool2d(F.max_pool2d(pair["mask"].float(), settings.FACTOR), 3, 1, 1) > 127
        made = torch.where(inside, made, encoded)
    return made


def batch(pool, rng, device):
    """Pairs of frames drawn [n, 2, 3, SIDE, SIDE] in −1 … 1, what falls in them, their latents, the colours that those
    without a drawn clip keep, and how well what was drawn can still be seen in the latents, 0 … 1; all the pairs in the order of KINDS."""
    pairs = [pool.pair(kind == "noise") for kind in KINDS]
    x, amount, coarse = (torch.stack([pair[name] for pair in pairs]).float().to(device) for name in ("shown", "flakes", "coarse"))
    z = torch.stack([latents(kind, pair, rng) for kind, pair in zip(KINDS, pairs)]).to(device)
    sure = [{"encoded": 1.0, "made": settings.DECODER["sure"][max(pair["begin"] - 4, 0)], "noise": 0.0}[kind] for kind, pair in zip(KINDS, pairs)]
    return x / 127.5 - 1, amount / 255, z, coarse, torch.tensor(sure, device=device)


def likeness(x, y, amount, coarse, sure):
    """How far each pair is from what was drawn, or from the colours of the decoder until now: [n]."""
    config = settings.DECODER
    mean = lambda values: values.flatten(1).mean(1)
    mse = mean((y - x).square())
    sharp = sum(mean((a - b).abs() * (1 + config["flat"] * (b.abs() < 0.01))) for a, b in zip(edges(y), edges(x)))
    steady = mean(((y[:, 1] - y[:, 0]) - (x[:, 1] - x[:, 0])).abs())
    drawn = mean((y - x).abs() * (1 + config["flakes"] * amount)) + config["edge"] * sharp + config["log_mse"] * (mse + 1e-4).log() + config["steady"] * steady
    colours = mean((F.avg_pool2d(y.flatten(0, 1), settings.FACTOR).view_as(coarse) - coarse).abs())
    return sure * drawn + (1 - sure) * config["colours"] * colours


def drawn_likeness(critic, x, y, sure):
    """What the critic makes of each pair: how little it takes the made one for drawn, and how far its features are from those of the drawn one: [n]."""
    with torch.no_grad():
        wanted = critic(x.flatten(1, 2))[1]
    score, got = critic(y.flatten(1, 2))
    return F.softplus(-score).flatten(1).mean(1) + sure * settings.DECODER["features"] * sum((a - b).abs().flatten(1).mean(1) for a, b in zip(got, wanted))


def energy(y):
    """Mean squared difference of neighbouring pixels."""
    return sum(d.square().mean() for d in edges(y))


class Balance:
    """Adds the critic's gradient to that of the likeness, `share` times as strong in the mean of the last batches."""

    def __init__(self, share, ramp=200):
        self.share, self.ramp, self.ratio, self.step = share, ramp, None, 0

    def gradient(self, near, crisp, y):
        """Gradient of both losses by `y` [n, …]."""
        a, b = (torch.autograd.grad(loss.sum(), y, retain_graph=True)[0] for loss in (near, crisp))
        ratio = a.flatten(1).norm(dim=1).mean() / (b.flatten(1).norm(dim=1).mean() + 1e-12)
        self.ratio = ratio if self.ratio is None else self.ratio.lerp(ratio, 0.02)
        self.step += 1
        return (a + self.share * min(self.step / self.ramp, 1) * self.ratio * b) / len(y)


def work(options, rank):
    device, rng = loop.setup(rank)
    config, pool = settings.DECODER, Denoised(rng)
    vae, critic, balance = loop.averaged("vae", "vae", VAE()).to(device), Critic().to(device), Balance(config["share"])
    minutes = options.minutes or config["minutes"]
    run = loop.Run("decoder", {"vae": vae}, [(list(vae.decoder.requires_grad_(True).parameters()), 1)], config["rate"], minutes, rank, ema=0.996, betas=(0.5, 0.99))
    watch = loop.Run("critic", {"critic": critic}, [(list(critic.parameters()), 1)], config["critic_rate"], minutes, rank, betas=(0.5, 0.99))
    while run.going():
        x, amount, z, coarse, sure = batch(pool, rng, device)
        y = vae.decode(z.flatten(0, 1)).view_as(x)

        scores = [critic(pictures.flatten(1, 2))[0] for pictures in (x, y.detach())]
        caught = F.softplus(-scores[0]).mean() + F.softplus(scores[1]).mean()
        watch.update(caught, len(x), drawn=(scores[0] > 0).float().mean(), made=(scores[1] < 0).float().mean())

        shown = y.detach().requires_grad_(True)
        near, crisp = likeness(x, shown, amount, coarse, sure), drawn_likeness(critic.requires_grad_(False), x, shown, sure)
        loss = (y * balance.gradient(near, crisp, shown)).sum()
        critic.requires_grad_(True)
        energies = {f"sharp {kind}": energy(shown[k]) / energy(x[k]) for k, kind in enumerate(KINDS) if k != 1}
        values = {kind: psnr(shown[k].detach(), x[k]) for k, kind in enumerate(KINDS) if k in (0, 2)}
        run.update(loss, x[:, :, 0, 0, 0].numel(), near=near.mean(), crisp=crisp.mean(), **values, **{name: value.detach() for name, value in energies.items()})
        if run.step % 50 == 0:
            pool.refresh()
    run.finish()
    watch.finish()


if __name__ == "__main__":
    loop.launch(work, loop.arguments())
