"""The diffusion process: linear betas, v-prediction, DDIM sampling with guidance."""
import torch

import settings

BETAS = torch.linspace(settings.BETA_START, settings.BETA_END, settings.STEPS, dtype=torch.float64)
ALPHAS = torch.cumprod(1 - BETAS, 0).float()


def sample_timesteps(count, device):
    """Two in five uniform, two from the noisy two thirds, where place, subject and movement are decided, and one from the
    noisiest fifth, where the sentence alone says which way things go."""
    lowest = torch.tensor([0.0, 0.0, 0.3, 0.3, 0.8], device=device)[torch.randint(5, (count,), device=device)]
    t = lowest + (1 - lowest) * torch.rand(count, device=device)
    return (t * settings.STEPS).long().clamp(0, settings.STEPS - 1)


def noised(x, t):
    """Noised latents and the v they should be told apart by; x [batch, …], t [batch]."""
    alpha = ALPHAS.to(x.device)[t].view(-1, *[1] * (x.dim() - 1))
    noise = torch.randn_like(x)
    return alpha.sqrt() * x + (1 - alpha).sqrt() * noise, alpha.sqrt() * noise - (1 - alpha).sqrt() * x


def weights(t, limit=5.0):
    """Min-SNR for v-prediction: full weight where there is noise, less where the picture is nearly clean."""
    alpha = ALPHAS.to(t.device)[t]
    return (limit * (1 - alpha)).clamp(max=1)


@torch.no_grad()
def sample(unet, text, empty, noise, steps=settings.SAMPLE_STEPS, guidance=settings.GUIDANCE, source=None, begin=0):
    """DDIM with trailing timesteps from `noise` [batch, channels, frames, h, w], or from step `begin` on from `source` with
    as much noise as is left there; text and empty [batch, tokens, width]."""
    alphas = ALPHAS.to(noise.device)
    times = (torch.arange(steps, 0, -1, dtype=torch.float64) * settings.STEPS / steps).round().long() - 1
    x = noise if source is None else alphas[times[begin]].sqrt() * source + (1 - alphas[times[begin]]).sqrt() * noise
    for i, t in enumerate(times[begin:], begin):
        both = unet(torch.cat([x, x]), t.float().reshape(1).to(x.device), torch.cat([empty, text]))
        without, wanted = both.chunk(2)
        v = without + guidance * (wanted - without)
        now, after = alphas[t], alphas[times[i + 1]] if i + 1 < steps else alphas[0]
        clean, noise = now.sqrt() * x - (1 - now).sqrt() * v, now.sqrt() * v + (1 - now).sqrt() * x
        x = after.sqrt() * clean + (1 - after).sqrt() * noise
    return clean
