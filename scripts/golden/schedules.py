#!/usr/bin/env python3
"""Learning rates of PyTorch's schedulers, and of BasicSR's restart rules written out, for test/optim/schedule_test.cpp.
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


def multi_step_restart(milestones, gamma, restarts, weights):
    """BasicSR's MultiStepRestartLR, a step after the other."""
    rates = [BASE]
    for step in range(max(STEPS) + 1):
        if step in restarts:
            rates[-1] = BASE * weights[restarts.index(step)]
        else:
            rates[-1] *= gamma ** milestones.count(step)
        rates.append(rates[-1])
    return rates


def stable_decay(total, decay, eta_min):
    """Constant, then a straight line to eta_min at `total`."""
    return [BASE if s <= total - decay else BASE - (BASE - eta_min) * (s - total + decay) / decay for s in range(100)]


def cosine_warmup(total, warmup, ratio):
    """traiNNer-redux's CosineAnnealingWarmupLR."""
    def factor(step):
        if step < warmup:
            return step / warmup
        return ratio + (1 - ratio) * (1 + math.cos(math.pi * min(1, (step - warmup) / (total - warmup)))) / 2
    return [BASE * factor(step) for step in range(max(STEPS) + 1)]


def warmup_stable_decay(shape, ratio=0.0, cycles=0.5):
    """traiNNer-redux's WarmupStableDecayLR: get_wsd_schedule of pytorch_optimizer; 10 + 20 + 30 steps."""
    shapes = {"cosine": lambda p: ratio + (1 - ratio) * max(0.0, 0.5 * (1 + math.cos(2 * math.pi * cycles * p))),
              "1-sqrt": lambda p: 1 - math.sqrt(p), "linear": lambda p: 1 - p, "1-square": lambda p: 1 - p * p}
    def factor(step):
        if step < 10:
            return step / 10
        return 1.0 if step < 30 else shapes[shape]((step - 30) / 30) if step < 60 else ratio
    return from_torch(lambda o: S.LambdaLR(o, factor))


def knee(total, ratio):
    """traiNNer-redux's KneeLR: steps count from 1."""
    explored = int(total * ratio)
    return [BASE if s < explored else max(BASE - BASE / (total - explored) * (s + 1 - explored), 0.0) for s in range(100)]


def warm(rates, warmup):
    return [r * (i + 1) / warmup if i + 1 < warmup else r for i, r in enumerate(rates)]


S = torch.optim.lr_scheduler
multi = from_torch(lambda o: S.MultiStepLR(o, [10, 20, 20, 40], gamma=0.5))
cosine = from_torch(lambda o: S.CosineAnnealingLR(o, T_max=60, eta_min=1e-6))
golden = [("multi", multi), ("multi_warm", warm(multi, 20)), ("cosine", cosine),
          ("restart", restart([20, 40], [1, 0.5], 1e-7)),
          ("multi_restart", multi_step_restart([5, 10, 20, 35, 60], 0.5, [0, 20, 40], [1, 0.5, 0.25])),
          ("warm_restarts", from_torch(lambda o: S.CosineAnnealingWarmRestarts(o, 10, 2, eta_min=1e-6))),
          ("warm_restarts_even", from_torch(lambda o: S.CosineAnnealingWarmRestarts(o, 20))),
          ("polynomial", from_torch(lambda o: S.PolynomialLR(o, total_iters=60, power=1.5))),
          ("one_cycle", from_torch(lambda o: S.OneCycleLR(o, max_lr=1e-3, total_steps=101, cycle_momentum=False))),
          ("one_cycle_linear", from_torch(lambda o: S.OneCycleLR(
              o, max_lr=BASE, total_steps=101, pct_start=0.25, anneal_strategy="linear", div_factor=10,
              final_div_factor=100, three_phase=True, cycle_momentum=False))),
          ("stable_decay", stable_decay(100, 40, 1e-6)),
          ("step", from_torch(lambda o: S.StepLR(o, 20, gamma=0.3))),
          ("exponential", from_torch(lambda o: S.ExponentialLR(o, 0.98))),
          ("linear", from_torch(lambda o: S.LinearLR(o, start_factor=0.25, end_factor=0.9, total_iters=40))),
          ("constant_factor", from_torch(lambda o: S.ConstantLR(o, factor=0.25, total_iters=20))),
          ("cosine_warmup", cosine_warmup(60, 10, 0.1)),
          ("wsd_cosine", warmup_stable_decay("cosine", 0.05, 1.5)), ("wsd_sqrt", warmup_stable_decay("1-sqrt", 0.05)),
          ("wsd_linear", warmup_stable_decay("linear")), ("wsd_square", warmup_stable_decay("1-square", 0.2)),
          ("knee", knee(61, 0.4))]
for mode, down, gamma in (("triangular", None, 1.0), ("triangular2", 11, 1.0), ("exp_range", 4, 0.97)):
    golden.append((f"cyclic_{mode}", from_torch(lambda o: S.CyclicLR(
        o, base_lr=1e-5, max_lr=1e-3, step_size_up=9, step_size_down=down, mode=mode, gamma=gamma, cycle_momentum=False))))
for name, rates in golden:
    for step in STEPS:
        print(name, step, f"{rates[step]:.17g}")
