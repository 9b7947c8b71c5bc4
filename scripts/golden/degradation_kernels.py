#!/usr/bin/env python3
"""Blur kernels from their published formulas, for test/degrade/kernel_test.cpp. Needs numpy and torch (Bessel's J1).
Prints `shape size sigma_x sigma_y rotation beta` (`sinc size cutoff 0 0 0`) and the values row by row;
test/degrade/kernels.txt holds these lines."""
import numpy as np
import torch

CASES = [
    ("iso", 7, 1.2, 0.3, 0.7, 3.0),
    ("aniso", 7, 2.0, 0.6, 0.5, 3.0),
    ("aniso", 9, 0.4, 2.5, -2.3, 3.0),
    ("generalized_iso", 7, 1.7, 0.3, 0.7, 0.6),
    ("generalized_iso", 9, 2.2, 0.3, 0.7, 3.1),
    ("generalized_aniso", 7, 0.9, 2.4, 1.9, 1.8),
    ("plateau_iso", 7, 1.1, 0.3, 0.7, 1.5),
    ("plateau_aniso", 9, 1.3, 2.9, -0.4, 1.2),
]
SINCS = [(7, np.pi / 3), (9, 2.5), (13, np.pi / 5), (21, np.pi)]


def grid(size):
    """Offsets from the centre, x to the right and y down, as [size, size, 2]."""
    axis = np.arange(size) - (size - 1) / 2
    x, y = np.meshgrid(axis, axis)
    return np.stack([x, y], axis=-1)


def quadratic_form(size, covariance):
    points = grid(size)
    return np.einsum("yxi,ij,yxj->yx", points, np.linalg.inv(covariance), points)


def blur(shape, size, sigma_x, sigma_y, rotation, beta):
    if shape.endswith("_iso") or shape == "iso":
        covariance = np.eye(2) * sigma_x**2
    else:
        turn = np.array([[np.cos(rotation), -np.sin(rotation)], [np.sin(rotation), np.cos(rotation)]])
        covariance = turn @ np.diag([sigma_x**2, sigma_y**2]) @ turn.T
    q = quadratic_form(size, covariance)
    if shape.startswith("generalized"):
        values = np.exp(-0.5 * q**beta)
    elif shape.startswith("plateau"):
        values = 1 / (1 + q**beta)
    else:
        values = np.exp(-0.5 * q)
    return values / values.sum()


def sinc(size, cutoff):
    r = np.hypot(*np.moveaxis(grid(size), -1, 0))
    r[r == 0] = 1e-6  # the limit at the centre: J1(z) is z / 2 there
    values = cutoff * torch.special.bessel_j1(torch.from_numpy(cutoff * r)).numpy() / (2 * np.pi * r)
    return values / values.sum()


def show(name, size, numbers, values):
    print(name, size, *(f"{n:.17g}" for n in numbers))
    print(*(f"{v:.9g}" for v in values.ravel()))


for shape, size, *numbers in CASES:
    show(shape, size, numbers, blur(shape, size, *numbers))
for size, cutoff in SINCS:
    show("sinc", size, [cutoff, 0, 0, 0], sinc(size, cutoff))
