#!/usr/bin/env python3
"""Learning rates of PyTorch's schedulers, and of BasicSR's restart rule written out, for test/optim/schedule_test.cpp.
Needs torch. Prints `name step rate`; test/optim/schedules.txt holds these lines."""
import math

import torch

BASE = 2e-4
STEPS = [0, 1, 4, 5, 9, 10, 11, 19, 20, 21, 35, 39, 40, 59, 60, 99]


def from_torch(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    scheduler = make(optimizer)
    rates = []
    for _ in range(max(STEPS) + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def restart(periods, weights, eta_min):
    ends = [sum(periods[: i + 1]) for i in range(len(periods))]
    rates = []
    for step in range(max(STEPS) + 1):
        index = next((i for i, end in enumerate(ends) if step <= end), None)
        if index is None:
            rates.append(eta_min)
            continue
        start = ends[index - 1] if index else 0
        cosine = 1 + math.cos(math.pi * (step - start) / periods[index])
        rates.append(eta_min + weights[index] * 0.5 * (BASE - eta_min) * cosine)
    return rates


def warm(rates, warmup):
    return [r * (i + 1) / warmup if i + 1 < warmup else r for i, r in enumerate(rates)]


S = torch.optim.lr_scheduler
multi = from_torch(lambda o: S.MultiStepLR(o, [10, 20, 20, 40], gamma=0.5))
cosine = from_torch(lambda o: S.CosineAnnealingLR(o, T_max=60, eta_min=1e-6))
for name, rates in [("multi", multi), ("multi_warm", warm(multi, 20)), ("cosine", cosine),
                    ("restart", restart([20, 40], [1, 0.5], 1e-7))]:
    for step in STEPS:
        print(name, step, f"{rates[step]:.10g}")
