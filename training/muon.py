"""Muon for matrices and kernels, AdamW for everything else, in one optimizer.

Muon (Jordan et al., 2024) replaces a matrix's momentum by its nearest orthogonal matrix, found by four
Newton–Schulz steps; scaled as in Moonlight (Liu et al., 2025) its step has the size of AdamW's, so one
learning rate serves both. It learns more from each sample, and samples are what is scarce here.
"""
import torch


def orthogonal(matrix, steps=4):
    """About U Vᵀ of a matrix's singular value decomposition."""
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)
    turned = x.shape[0] > x.shape[1]
    x = x.T if turned else x
    for _ in range(steps):
        a = x @ x.T
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return (x.T if turned else x).float()


class Muon(torch.optim.Optimizer):
    """Groups are {"params", "muon": bool}; parameters of a muon group have two dimensions or more."""

    def __init__(self, groups, lr, momentum=0.95, betas=(0.9, 0.99), decay=1e-4):
        super().__init__(groups, dict(lr=lr, momentum=momentum, betas=betas, decay=decay, muon=False))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                p.mul_(1 - group["lr"] * group["decay"])
                if group["muon"]:
                    average = state.setdefault("momentum", torch.zeros_like(p))
                    average.lerp_(p.grad, 1 - group["momentum"])
                    ahead = p.grad.lerp(average, group["momentum"]).flatten(1)
                    step = orthogonal(ahead) * 0.2 * max(ahead.shape) ** 0.5
                    p.add_(step.view_as(p), alpha=-group["lr"])
                else:
                    self.adam(p, state, group)

    def adam(self, p, state, group):
        if not state:
            state.update(first=torch.zeros_like(p), second=torch.zeros_like(p), count=torch.tensor(0.0))
        a, b = group["betas"]
        state["count"] += 1
        state["first"].lerp_(p.grad, 1 - a)
        state["second"].lerp_(p.grad.square(), 1 - b)
        n = state["count"].item()
        root = (state["second"] / (1 - b ** n)).sqrt() + 1e-8
        p.addcdiv_(state["first"] / (1 - a ** n), root, value=-group["lr"])


def muon_groups(module, factor, without=()):
    """Two groups of a module's parameters: kernels and matrices for Muon, the rest (and names `without`) for AdamW."""
    named = [(n, p) for n, p in module.named_parameters() if p.requires_grad]
    matrix = lambda n, p: p.dim() >= 2 and min(p.flatten(1).shape) >= 32 and not n.startswith(without)
    return [([p for n, p in named if matrix(n, p)], factor, True), ([p for n, p in named if not matrix(n, p)], factor, False)]
