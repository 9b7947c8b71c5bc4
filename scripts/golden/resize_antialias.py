#!/usr/bin/env python3
"""Inner pixels of images resized as traiNNer-redux's resize_pt (data/degradations.py) does it, for test/degrade/resized_test.cpp:
PyTorch's antialiased bilinear and bicubic; lanczos as a low-pass of three lobes along each side that shrinks, then bicubic. Needs torch.
Prints `mode width height to_width to_height x y r g b`; test/degrade/resize_antialias.txt holds these lines."""
import math

import torch
from torch.nn import functional as F


def waves(width, height):
    x = torch.arange(width, dtype=torch.float64)[None, None, :]
    y = torch.arange(height, dtype=torch.float64)[None, :, None]
    c = torch.arange(3, dtype=torch.float64)[:, None, None]
    image = 0.5 + 0.5 * torch.sin(0.9 * x + 0.11 * x * y + 1.7 * c) * torch.cos(0.37 * y - 0.02 * x)
    return image[None].float().double()


def low_pass(ratio, lobes=3):
    reach = math.ceil(lobes / ratio + 1) - 2
    x = ratio * torch.arange(-reach, reach + 1, dtype=torch.float64)
    kernel = torch.sinc(x) * torch.sinc(x / lobes)
    return kernel / kernel.sum()


def resize(image, width, height, mode):
    if mode != "lanczos":
        return F.interpolate(image, (height, width), mode=mode, antialias=True).clamp(0, 1)
    for axis, size in ((2, height), (3, width)):
        if size < image.shape[axis]:
            kernel = low_pass(size / image.shape[axis])
            reach = len(kernel) // 2
            pad = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
            shape = (3, 1, len(kernel), 1) if axis == 2 else (3, 1, 1, len(kernel))
            image = F.conv2d(F.pad(image, pad, "reflect"), kernel.reshape(1, 1, *shape[2:]).expand(shape), groups=3)
    return F.interpolate(image, (height, width), mode="bicubic", align_corners=False).clamp(0, 1)


for mode in ("bilinear", "bicubic", "lanczos"):
    for width, height, to_width, to_height in ((60, 48, 15, 12), (61, 47, 23, 19), (64, 64, 58, 40), (40, 40, 57, 55), (64, 48, 90, 20)):
        result = resize(waves(width, height), to_width, to_height, mode)[0]
        for i in range(3):
            for j in range(3):
                x, y = (i + 1) * to_width // 4, (j + 1) * to_height // 4
                print(mode, width, height, to_width, to_height, x, y, *[f"{v:.9g}" for v in result[:, y, x]])
