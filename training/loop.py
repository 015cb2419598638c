"""What every training program needs: seeds, devices, several processes, moving averages, checkpoints, a log.

Start a program with `--processes 2` to share the batches between single-threaded processes (CPU);
stop it at any time: it goes on from its last checkpoint.
"""
import argparse
import copy
import math
import os
import random
import time

import numpy as np
import torch
import torch.distributed as dist

import settings
from muon import Muon


def arguments(**extra):
    """The arguments all programs share; `extra` are further ones with their defaults."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=None, help="stop after this long (default: settings)")
    parser.add_argument("--processes", type=int, default=1, help="CPU processes that share the work")
    for name, value in extra.items():
        parser.add_argument("--" + name.replace("_", "-"), default=value, type=type(value) if value is not None else str)
    return parser.parse_args()


def launch(work, options):
    """Runs `work(options, rank)` in one or several processes."""
    if options.processes == 1:
        return work(options, 0)
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", str(29500 + os.getpid() % 2000))
    torch.multiprocessing.spawn(_member, (work, options), nprocs=options.processes)


def _member(rank, work, options):
    dist.init_process_group("gloo", rank=rank, world_size=options.processes)
    work(options, rank)
    dist.destroy_process_group()


def setup(rank):
    """Seeds everything, one thread a process on CPU; returns device and this process's random generator."""
    seed = settings.SEED + 1000 * rank + int(time.time()) % 997
    torch.manual_seed(seed)
    np.random.seed(seed % 2**31)
    if torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        return torch.device("cuda"), random.Random(seed)
    torch.set_num_threads(1)
    return torch.device("cpu"), random.Random(seed)


class Run:
    """One training run: optimizer steps with warm-up, decay to the end, averages, checkpoints and a log line a minute."""

    def __init__(self, name, modules, groups, rate, minutes, rank=0, ema=None, betas=(0.9, 0.99)):
        self.name, self.modules, self.rank = name, modules, rank
        self.groups = [{"params": [p for p in params if p.requires_grad], "factor": factor, "muon": any(muon)}
                       for params, factor, *muon in groups]
        self.optimizer = Muon(self.groups, lr=rate, betas=betas)
        self.rate, self.seconds, self.ema_rate = rate, minutes * 60, ema
        self.averages = {n: copy.deepcopy(m).eval().requires_grad_(False) for n, m in modules.items()} if ema else {}
        self.step, self.trained, self.seen, self.sums = 0, 0.0, 0, {}
        self.file = settings.HOME / f"{name}.pt"
        self.resume()
        self.started = self.logged = self.saved = time.time()
        self.before, self.since = self.trained, 0

    def resume(self):
        if not self.file.exists():
            return
        state = torch.load(self.file, map_location="cpu", weights_only=True)
        for n, m in self.modules.items():
            m.load_state_dict(state["modules"][n])
            if self.averages:
                self.averages[n].load_state_dict(state["averages"][n])
        if len(state["optimizer"]["state"]):
            self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.trained, self.seen = state["step"], state["trained"], state["seen"]

    def save(self):
        state = {"modules": {n: m.state_dict() for n, m in self.modules.items()},
                 "averages": {n: m.state_dict() for n, m in self.averages.items()},
                 "optimizer": self.optimizer.state_dict(), "step": self.step, "trained": self.trained, "seen": self.seen}
        torch.save(state, self.file.with_suffix(".part"))
        self.file.with_suffix(".part").replace(self.file)

    def going(self):
        """True until the time is up; over all sessions together. Several processes agree on it when they meet."""
        self.trained = self.before + time.time() - self.started
        if not dist.is_initialized():
            return self.trained < self.seconds
        if self.step % settings.MEET_EVERY:
            return True
        going = torch.tensor(float(self.trained < self.seconds))
        dist.broadcast(going, 0)
        return bool(going.item())

    @torch.no_grad()
    def meet(self):
        """Local SGD: processes train alone and average their weights now and then, so that none waits for another
        at every step on a busy machine."""
        parameters = [p for g in self.groups for p in g["params"]]
        flat = torch.cat([p.flatten() for p in parameters])
        dist.all_reduce(flat)
        flat /= dist.get_world_size()
        for p, mean in zip(parameters, flat.split([p.numel() for p in parameters])):
            p.copy_(mean.view_as(p))

    def update(self, loss, count, **values):
        """Backward, step, average over the processes, moving average; logs and saves when it is time."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        parameters = [p for g in self.groups for p in g["params"] if p.grad is not None]
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        progress = min(self.trained / max(self.seconds, 1), 1)
        now = self.rate * min((self.step + 1) / settings.WARMUP, 1) * (0.05 + 0.95 * (0.5 + 0.5 * math.cos(math.pi * progress)))
        for group, own in zip(self.optimizer.param_groups, self.groups):
            group["lr"] = now * own["factor"]
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        if dist.is_initialized() and self.step % settings.MEET_EVERY == 0:
            self.meet()
        self.seen += count * (dist.get_world_size() if dist.is_initialized() else 1)
        self.since += count
        if self.ema_rate:
            keep = min(self.ema_rate, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                for n, m in self.modules.items():
                    for old, new in zip(self.averages[n].state_dict().values(), m.state_dict().values()):
                        old.lerp_(new, 1 - keep) if old.is_floating_point() else old.copy_(new)
        for key, value in {"loss": loss, **values}.items():
            total, times = self.sums.get(key, (0.0, 0))
            self.sums[key] = (total + float(value.detach() if torch.is_tensor(value) else value), times + 1)
        self.report()

    def report(self):
        clock = time.time()
        if self.rank:
            return
        if clock - self.logged > 60:
            means = " ".join(f"{k} {total / times:.4f}" for k, (total, times) in self.sums.items())
            speed = self.since / (clock - self.logged) * (dist.get_world_size() if dist.is_initialized() else 1)
            print(f"{self.name} {self.trained / 60:.0f} min, step {self.step}, seen {self.seen}, {speed:.1f}/s: {means}", flush=True)
            self.logged, self.sums, self.since = clock, {}, 0
        if clock - self.saved > settings.SAVE_EVERY:
            self.save()
            self.saved = time.time()

    def finish(self):
        if self.rank == 0:
            self.save()
            print(f"{self.name} done: {self.trained / 60:.0f} min, seen {self.seen}", flush=True)


def averaged(name, part, module):
    """Loads the averaged (or plain) weights of a finished or running stage into `module`."""
    state = torch.load(settings.HOME / f"{name}.pt", map_location="cpu", weights_only=True)
    module.load_state_dict((state["averages"] or state["modules"])[part])
    return module.eval().requires_grad_(False)
