#!/usr/bin/env python3
"""What traiNNer-redux's own mixture of augmentations makes of two samples, for test/train/batch_mixer_test.cpp:

    python scripts/golden/batch_mix.py PATH_OF_A_CHECKOUT_OF_traiNNer-redux

Its random numbers are replaced by those of each case, and its permutation by an exchange of the two. Needs torch and
torchvision. Prints lines for test/train/batch_mix_golden.txt: name, weight or share, row and column of the middle, values."""
import importlib
import math
import sys
import types

import torch

root = sys.argv[1]


class Draws:
    def __init__(self, amount, places):
        self.amount, self.places = amount, list(places)

    def uniform(self, low, high):
        assert low <= self.amount < high, (low, self.amount, high)
        return self.amount

    def integers(self, _, dtype=int):
        return dtype(self.places.pop(0))


class RNG:
    draws = None

    @classmethod
    def get_rng(cls):
        return cls.draws


for name in ("traiNNer", "traiNNer.ops", "traiNNer.utils"):
    package = types.ModuleType(name)  # their __init__ files import every model
    package.__path__ = [f"{root}/{name.replace('.', '/')}"]
    sys.modules[name] = package
sys.modules["traiNNer.utils"].RNG = RNG
options = types.ModuleType("traiNNer.utils.redux_options")
options.TrainOptions = object
sys.modules["traiNNer.utils.redux_options"] = options
theirs = importlib.import_module("traiNNer.ops.batchaug")
torch.randperm = lambda count: torch.arange(count - 1, -1, -1)

SIDE = 12


def waves(side, scale, phase):
    i = torch.arange(2 * 3 * side * side, dtype=torch.float64).view(2, 3, side, side)
    return (0.5 + 0.5 * torch.sin(1.3 / scale * i + phase)).float()


def shown(name, scale, amount, row, column):
    """Of the first sample."""
    lq, gt = waves(SIDE, 1, 0.3), waves(SIDE * scale, scale, 1.1)
    # Their resizemix takes the first number for the columns, the others for the rows.
    places = (column, row) if name == "resizemix" else (row, column)
    kept = 1 - amount * amount  # cutmix draws the share of the area that stays
    RNG.draws = Draws(kept if name == "cutmix" else amount, places)
    gt, lq = getattr(theirs, name)(gt, lq, scale)
    values = [tensor[0].flatten()[::step] for tensor, step in ((lq, 9), (gt, 31))]
    print(name, scale, f"{amount!r}", row, column, *(f"{v:.8g}" for v in torch.cat(values).clamp(0, 1).tolist()))


for case in (("mixup", 2, 0.45, 0, 0), ("mixup", 4, 0.59, 0, 0), ("cutmix", 2, 0.6, 3, 9), ("cutmix", 3, math.sqrt(0.5), 11, 0),
             ("resizemix", 2, 0.8, 6, 5), ("resizemix", 4, 0.55, 1, 10), ("cutblur", 2, 0.5, 4, 7), ("cutblur", 4, 0.65, 0, 11)):
    shown(*case)
