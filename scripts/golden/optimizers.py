#!/usr/bin/env python3
"""Weights after steps of NAdam and SGD (torch.optim), Adan and schedule-free AdamW (both written out here from their
papers' formulas in float64; AdanScheduleFree likewise, from traiNNer-redux's), StableAdamW and ADOPT (pytorch_optimizer 4.1), for test/optim/optimizer_golden_test.cpp. Weights and gradients follow formulas. Needs
torch and pytorch_optimizer. Prints `name step weights...`; for schedule-free AdamW also `name.x`, its average. test/optim/optimizers.txt
holds these lines."""

import pytorch_optimizer
import torch

SIZE = 7
STEPS = 20
PRINTED = [1, 2, 5, 20]
LR = 0.01


def start():
    return torch.sin(1.7 * torch.arange(SIZE, dtype=torch.float64) + 0.3)


def gradient(w, step):
    """Depends on the weights, changes its sign now and then; `step` counts from 1."""
    return torch.sin(3 * w + step) + 0.1 * torch.arange(SIZE, dtype=torch.float64)


def show(name, step, w):
    if step in PRINTED:
        print(name, step, *[f"{v:.10g}" for v in w.tolist()])


def from_torch(name, make):
    w = start().requires_grad_()
    optimizer = make([w])
    for step in range(1, STEPS + 1):
        w.grad = gradient(w.detach(), step)
        optimizer.step()
        show(name, step, w.detach())


def adan(name, decay, no_prox, betas=(0.98, 0.92, 0.99), eps=1e-8):
    """Xie et al. 2022, algorithm 1 with bias correction; each beta is the share that is kept."""
    w = start()
    m, v, n, last = torch.zeros(SIZE), torch.zeros(SIZE), torch.zeros(SIZE), None
    for step in range(1, STEPS + 1):
        g = gradient(w, step)
        change = torch.zeros(SIZE, dtype=torch.float64) if last is None else g - last
        last = g
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * change
        n = betas[2] * n + (1 - betas[2]) * (g + betas[1] * change) ** 2
        root = (n / (1 - betas[2] ** step)).sqrt() + eps
        update = (m / (1 - betas[0] ** step) + betas[1] * v / (1 - betas[1] ** step)) / root
        if no_prox:
            w = w * (1 - LR * decay) - LR * update
        else:
            w = (w - LR * update) / (1 + LR * decay)
        show(name, step, w)


def schedule_free(name, decay, warmup, r=0.0, power=2.0, betas=(0.9, 0.999), eps=1e-8):
    """Defazio et al. 2024: z makes AdamW's steps without momentum, x averages z, gradients are taken at y."""
    x, z, y = start(), start(), start()
    n = torch.zeros(SIZE, dtype=torch.float64)
    total, largest = 0.0, 0.0
    for step in range(1, STEPS + 1):
        g = gradient(y, step)
        lr = LR * min(1.0, step / warmup) if warmup else LR
        largest = max(largest, lr)
        weight = step**r * largest**power
        total += weight
        n = betas[1] * n + (1 - betas[1]) * g * g
        z = z - lr * (g / ((n / (1 - betas[1] ** step)).sqrt() + eps) + decay * y)
        x = x + weight / total * (z - x)
        y = betas[0] * x + (1 - betas[0]) * z
        show(name, step, y)
        show(name + ".x", step, x)


def adan_schedule_free(name, decay, warmup, r=0.0, power=2.0, betas=(0.98, 0.92, 0.99), eps=1e-8):
    """y moves with Adan's direction and towards z, which moves with it alone; x lies behind y as seen from z."""
    y, z = start(), start()
    m, v, n, last = torch.zeros(SIZE), torch.zeros(SIZE), torch.zeros(SIZE), None
    total, largest = 0.0, 0.0
    for step in range(1, STEPS + 1):
        g = gradient(y, step)
        change = torch.zeros(SIZE, dtype=torch.float64) if last is None else g - last
        last = g
        largest = max(largest, LR * min(1.0, step / warmup) if warmup else LR)
        weight = step**r * largest**power
        total += weight
        share = weight / total
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * change
        n = betas[2] * n + (1 - betas[2]) * (g + betas[1] * change) ** 2
        root = (n / (1 - betas[2] ** step)).sqrt() + eps
        direction = (m / (1 - betas[0] ** step) + betas[1] * v / (1 - betas[1] ** step)) / root
        y = (y + share * (z - y)) * (1 - LR * decay) - LR * (1 - share) * direction
        z = z - LR * direction
        show(name, step, y)
        show(name + ".x", step, y + (1 - 1 / betas[0]) * (z - y))


O = torch.optim
P = pytorch_optimizer
from_torch("nadam", lambda p: O.NAdam(p, lr=LR, betas=(0.9, 0.99)))
from_torch("nadam_decay", lambda p: O.NAdam(p, lr=LR, betas=(0.9, 0.99), weight_decay=0.1, momentum_decay=0.02))
from_torch("nadam_decoupled", lambda p: O.NAdam(p, lr=LR, betas=(0.9, 0.99), weight_decay=0.1,
                                                decoupled_weight_decay=True))
from_torch("sgd", lambda p: O.SGD(p, lr=LR))
from_torch("sgd_decay", lambda p: O.SGD(p, lr=LR, momentum=0.9, dampening=0.3, weight_decay=0.1))
from_torch("sgd_nesterov", lambda p: O.SGD(p, lr=LR, momentum=0.9, nesterov=True))
adan("adan", 0.0, False)
adan("adan_decay", 0.1, False)
adan("adan_no_prox", 0.1, True)
schedule_free("schedule_free", 0.0, 0)
schedule_free("schedule_free_decay", 0.1, 5)
schedule_free("schedule_free_weights", 0.1, 5, r=1.5, power=1.0)
adan_schedule_free("adan_schedule_free", 0.0, 0)
adan_schedule_free("adan_schedule_free_decay", 0.1, 5)
adan_schedule_free("adan_schedule_free_weights", 0.1, 5, r=1.5, power=1.0)
from_torch("stable_adamw", lambda p: P.StableAdamW(p, lr=LR, weight_decay=0.0))
from_torch("stable_adamw_decay", lambda p: P.StableAdamW(p, lr=LR, betas=(0.8, 0.95), weight_decay=0.1))
from_torch("stable_adamw_coupled", lambda p: P.StableAdamW(p, lr=LR, weight_decay=0.1, weight_decouple=False))
from_torch("adopt", lambda p: P.ADOPT(p, lr=LR))
from_torch("adopt_decay", lambda p: P.ADOPT(p, lr=LR, betas=(0.8, 0.95), weight_decay=0.1))
from_torch("adopt_decoupled", lambda p: P.ADOPT(p, lr=LR, weight_decay=0.1, weight_decouple=True))
