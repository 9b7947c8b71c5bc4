#!/usr/bin/env python3
"""TOPIQ by traiNNer-redux's own calculate_topiq and calculate_topiq_nr, for test/perception/topiq_test.cpp:

    python scripts/golden/topiq.py PATH_OF_A_CHECKOUT_OF_traiNNer-redux

Weights and images are those that formulas make (test/perception/example_topiq.h, example_network.h). Needs torch, timm,
torchvision, numpy and OpenCV."""
import importlib
import math
import sys
import types

import numpy as np
import torch
from image_metrics import pattern
from scattered import scattered

root = sys.argv[1]
for name in ("traiNNer", "traiNNer.archs", "traiNNer.metrics", "traiNNer.utils"):
    package = types.ModuleType(name)  # their __init__ files import every model
    package.__path__ = [f"{root}/{name.replace('.', '/')}"]
    sys.modules[name] = package
arch_util = types.ModuleType("traiNNer.archs.arch_util")
arch_util.load_pretrained_network = None  # no file is read
sys.modules["traiNNer.archs.arch_util"] = arch_util
sys.modules["pyvips"] = types.SimpleNamespace(Image=None)  # only their image files need it
theirs = importlib.import_module("traiNNer.metrics.topiq")
network = theirs.CFANet


def example(name, shape):
    values = scattered(name, shape)
    if name.endswith("running_var"):
        return 1 + values
    if len(shape) == 1 and name.endswith(".weight"):  # of a norm; the last one of a branch is small
        return 0.3 + 0.3 * values if name.endswith("bn3.weight") else 1 + values
    if len(shape) == 1:
        return 0.2 * values
    if name in ("h_emb", "w_emb"):
        return values
    return math.sqrt(24 / math.prod(shape[1:])) * values


def filled(**settings):
    model = network(pretrained=False, backbone_pretrain=False, **{**settings, "model_name": "none"})
    model.load_state_dict({name: tensor if name.endswith("num_batches_tracked") else example(name, tuple(tensor.shape))
                           for name, tensor in model.state_dict().items()})
    return model.eval()


def disturbed(image):
    height, width, _ = image.shape
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return np.clip(image.astype(int) + (x * 31 + y * 17 + c * 11) % 81 - 40, 0, 255).astype(np.uint8)


models = {True: filled(), False: filled(use_ref=False)}
theirs.CFANet = lambda use_ref=True, **settings: models[use_ref]
cpu = torch.device("cpu")


def show(name, output, gt):
    with_gt = theirs.calculate_topiq(output, gt, cpu).item()
    alone = theirs.calculate_topiq_nr(img=output, img2=gt, device=cpu).item()
    print(f"{name:12} topiq {with_gt:.9g} topiq_nr {alone:.9g}")


if __name__ == "__main__":
    for width, height in ((48, 40), (71, 53), (230, 131), (300, 16), (3, 70), (1, 1)):
        image = pattern(width, height)
        show(f"{width}x{height}", disturbed(image), image)
    image = pattern(97, 66)
    show("equal", image, image)
    gray = pattern(97, 66)[..., 0]  # their tensor of a gray image repeats it
    show("gray", np.ascontiguousarray(disturbed(pattern(97, 66))[..., 1]), gray)
