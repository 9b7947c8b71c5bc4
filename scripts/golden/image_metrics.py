#!/usr/bin/env python3
"""Prints the expected numbers of test/metric and test/image/resize_test.cpp: independent NumPy implementations of PSNR and SSIM
as BasicSR defines them, and of MATLAB's imresize, on images that a formula makes (test/support/pattern.h)."""
import numpy as np


def pattern(width, height):
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return ((x * 7 + y * 13 + c * 29 + x * y % 17 * 5) % 256).astype(np.uint8)


def distorted(image):
    height, width, _ = image.shape
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return np.clip(image.astype(int) + (x * 31 + y * 17 + c * 11) % 21 - 10, 0, 255).astype(np.uint8)


def planes(image, crop, luma):
    image = image.astype(np.float64)[crop : image.shape[0] - crop, crop : image.shape[1] - crop]
    if luma:
        image = (image / 255.0) @ np.array([65.481, 128.553, 24.966]) + 16.0
        image = image[..., None]
    return image


def psnr(a, b):
    return 10 * np.log10(255.0**2 / np.mean((a - b) ** 2))


def ssim(a, b):
    d = np.arange(11) - 5
    g = np.exp(-(d**2) / (2 * 1.5**2))
    window = np.outer(g, g) / g.sum() ** 2
    values = []
    for c in range(a.shape[2]):
        va = np.lib.stride_tricks.sliding_window_view(a[..., c], (11, 11))
        vb = np.lib.stride_tricks.sliding_window_view(b[..., c], (11, 11))
        mean = lambda v: (v * window).sum((2, 3))
        ma, mb = mean(va), mean(vb)
        da, db = va - ma[..., None, None], vb - mb[..., None, None]
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        s = (2 * ma * mb + c1) * (2 * mean(da * db) + c2)
        s /= (ma**2 + mb**2 + c1) * (mean(da * da) + mean(db * db) + c2)
        values.append(s.mean())
    return np.mean(values)


def cubic(x):
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def mitchell(x, b=1 / 3, c=1 / 3):
    x = np.abs(x)
    near = (12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + 6 - 2 * b
    far = (-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 + (-12 * b - 48 * c) * x + 8 * b + 24 * c
    return np.where(x < 1, near, np.where(x < 2, far, 0.0)) / 6


def lanczos3(x):
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


KERNELS = {
    "box": lambda x: np.where((x >= -0.5) & (x < 0.5), 1.0, 0.0),
    "bilinear": lambda x: np.maximum(1 - np.abs(x), 0),
    "bicubic": cubic,
    "mitchell": mitchell,
    "lanczos3": lanczos3,
}


def resize_axis(image, axis, scale, kernel):
    size = image.shape[axis]
    out = int(np.ceil(size * scale))
    stretch = min(scale, 1.0)
    matrix = np.zeros((out, size))
    for i in range(out):
        center = (i + 0.5) / scale - 0.5
        for j in range(int(center - 3 / stretch) - 2, int(center + 3 / stretch) + 3):
            matrix[i, min(max(j, 0), size - 1)] += kernel(stretch * (center - j))
    matrix /= matrix.sum(1, keepdims=True)
    result = np.moveaxis(np.tensordot(matrix, image.astype(np.float64), (1, axis)), 0, axis)
    return np.clip(np.floor(result + 0.5), 0, 255).astype(np.uint8)


def imresize(image, scale, kernel=cubic):
    return resize_axis(resize_axis(image, 0, scale, kernel), 1, scale, kernel)


def main():
    gt = pattern(37, 29)
    out = distorted(gt)
    for crop in (0, 4):
        for luma in (False, True):
            a, b = planes(out, crop, luma), planes(gt, crop, luma)
            print(f"crop {crop} luma {luma}: psnr {psnr(a, b):.12f} ssim {ssim(a, b):.12f}")
    for width, height, scale in ((8, 6, 0.5), (9, 6, 1 / 3), (3, 2, 2.0)):
        print(f"{width} x {height} by {scale:.4f}:", *imresize(pattern(width, height), scale).ravel(), sep=", ")
    for name, kernel in KERNELS.items():
        print(f"8 x 6 by 0.5, {name}:", *imresize(pattern(8, 6), 0.5, kernel).ravel(), sep=", ")


if __name__ == "__main__":
    main()
