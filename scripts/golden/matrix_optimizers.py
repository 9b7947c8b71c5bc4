#!/usr/bin/env python3
"""Weights after steps of Muon (its iteration in float64 instead of bfloat16) and SOAP, both of pytorch_optimizer 4.1, for
test/optim/matrix_optimizers_test.cpp. Weights and gradients follow formulas. Needs torch and pytorch_optimizer. Prints
`name step parameter values...`, every fifth value of a parameter; test/optim/matrix_optimizers.txt holds these lines."""
import functools

import pytorch_optimizer
import torch
from pytorch_optimizer.optimizer.muon import base

base.zero_power_via_newton_schulz_5 = functools.partial(base.zero_power_via_newton_schulz_5, dtype=torch.float64)

SHAPES = {"a.weight": (4, 3, 3, 3), "b.weight": (4, 3, 3, 3), "tall.weight": (24, 2, 1, 1), "small.weight": (5, 4, 1, 1),
          "square.weight": (6, 6), "a.bias": (7,)}
MUON = ["a.weight", "b.weight", "tall.weight", "square.weight", "a.bias"]
SOAP = ["a.weight", "b.weight", "small.weight", "square.weight", "a.bias"]  # of full rank: a null space has no basis of its own
PRINTED = [1, 2, 5, 10]


def index(shape):
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float64).view(shape)


def run(name, keys, make):
    weights = {key: torch.sin(1.7 * index(SHAPES[key]) + 0.3 + i).requires_grad_() for i, key in enumerate(keys)}
    optimizer = make(weights.values())
    for step in range(1, PRINTED[-1] + 1):
        for i, w in enumerate(weights.values()):
            w.grad = torch.sin(3 * w.detach() + step + i) + 0.1 * torch.cos(index(w.shape))
        optimizer.step()
        if step in PRINTED:
            for key, w in weights.items():
                print(name, step, key, *[f"{v:.10g}" for v in w.detach().flatten()[::5].tolist()])


def muon(name, lr, decay, **settings):
    def make(weights):
        groups = [{"params": [w for w in weights if (w.dim() > 1) == matrices], "use_muon": matrices} for matrices in (True, False)]
        return pytorch_optimizer.Muon(groups, lr=lr, weight_decay=decay, **settings)

    run(name, MUON, make)


def soap(name, lr, decay, **settings):
    run(name, SOAP, lambda weights: pytorch_optimizer.SOAP(weights, lr=lr, weight_decay=decay, **settings))


muon("muon", 0.02, 0.0)
muon("muon_decay", 0.05, 0.1, momentum=0.8, adamw_lr=0.002, adamw_betas=(0.8, 0.9), adamw_wd=0.2, adamw_eps=1e-6)
muon("muon_plain", 0.02, 0.0, nesterov=False, ns_steps=3)
soap("soap", 0.01, 0.0)
soap("soap_often", 0.01, 0.1, precondition_frequency=3, shampoo_beta=0.8, betas=(0.9, 0.95))
soap("soap_limited", 0.01, 0.0, precondition_frequency=4, max_precondition_dim=4, correct_bias=False)
