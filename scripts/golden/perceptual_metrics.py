#!/usr/bin/env python3
"""Prints the expected numbers of test/perception: LPIPS and DISTS by the packages lpips and DISTS-pytorch (torch, torchvision),
with weights and images that formulas make (test/perception/example_network.h)."""
import math

import numpy as np
import torch
import torchvision

vgg16 = torchvision.models.vgg16
torchvision.models.vgg16 = lambda pretrained=False: vgg16()  # DISTS would fetch a file that is not used here
import lpips  # noqa: E402
from DISTS_pytorch import DISTS  # noqa: E402
from image_metrics import pattern  # noqa: E402
from scattered import scattered  # noqa: E402


def fill(features):
    """torchvision's `features`, whose names count their layers."""
    for name, parameter in features.named_parameters(prefix="features"):
        if name.endswith(".weight"):
            size = math.sqrt(24 / math.prod(parameter.shape[1:]))
            parameter.data = size * scattered(name, parameter.shape)
        else:
            parameter.data = 0.2 * scattered(name, parameter.shape)


def disturbed(image):
    height, width, _ = image.shape
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return np.clip(image.astype(int) + (x * 31 + y * 17 + c * 11) % 81 - 40, 0, 255).astype(np.uint8)


def tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255


def lpips_of(net):
    model = lpips.LPIPS(net=net, pnet_rand=True, pretrained=False, verbose=False)
    slices = [getattr(model.net, f"slice{i + 1}") for i in range(model.net.N_slices)]
    fill(torch.nn.ModuleDict({name: layer for part in slices for name, layer in part.named_children()}))
    for i, lin in enumerate(model.lins):
        name = f"lin{i}.model.1.weight"
        lin.model[1].weight.data = scattered(name, lin.model[1].weight.shape).abs()
    return lambda a, b: model(a, b, normalize=True).item()


def dists():
    model = DISTS(load_weights=False)
    parts = [getattr(model, f"stage{i}") for i in range(1, 6)]
    fill(torch.nn.ModuleDict({name: layer for part in parts for name, layer in part.named_children()}))
    model.alpha.data = scattered("alpha", model.alpha.shape).abs()
    model.beta.data = scattered("beta", model.beta.shape).abs()
    return lambda a, b: model(a, b).item()


with torch.no_grad():
    for name, metric in (*((f"lpips {net}", lpips_of(net)) for net in ("alex", "vgg", "squeeze")), ("dists", dists())):
        for width, height in ((48, 40), (71, 53)):
            image = pattern(width, height)
            print(f"{name:14} {width}x{height} {metric(tensor(disturbed(image)), tensor(image)):.9g}")
