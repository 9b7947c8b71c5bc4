#!/usr/bin/env python3
"""Unsharp masking by its definition in float64, for test/degrade/sharpen_test.cpp. Needs numpy.
Prints `radius y x red green blue`; test/degrade/unsharp_mask.txt holds these lines."""
import numpy as np

WIDTH, HEIGHT = 40, 30


def image():
    y, x, c = np.meshgrid(np.arange(HEIGHT), np.arange(WIDTH), np.arange(3), indexing="ij")
    smooth = 0.5 + 0.3 * np.sin(0.35 * x + 0.2 * y + c)
    return smooth + 0.2 * (x >= 20)


def window(side):
    sigma = 0.3 * ((side - 1) * 0.5 - 1) + 0.8
    taps = np.exp(-((np.arange(side) - side // 2) ** 2) / (2 * sigma**2))
    return taps / taps.sum()


def blurred(values, side):
    taps = window(side)
    for axis in (0, 1):
        pad = [(0, 0)] * 3
        pad[axis] = (side // 2, side // 2)
        padded = np.pad(values, pad, mode="reflect")
        length = values.shape[axis]
        values = sum(t * padded.take(range(i, i + length), axis) for i, t in enumerate(taps))
    return values


def unsharp(values, radius):
    side = radius if radius % 2 else radius + 1
    residual = values - blurred(values, side)
    mask = blurred((np.abs(residual) * 255 > 10).astype(float), side)
    return mask * np.clip(values + 0.5 * residual, 0, 1) + (1 - mask) * values


for radius in (50, 11):
    result = unsharp(image(), radius)
    for y, x in [(0, 0), (0, 39), (29, 20), (15, 19), (15, 20), (15, 21), (7, 3), (22, 33)]:
        print(radius, y, x, *(f"{v:.9g}" for v in result[y, x]))
