#!/usr/bin/env python3
"""Values and gradients of traiNNer-redux's own losses in float64, for test/loss/losses_test.cpp:

    python scripts/golden/redux_losses.py PATH_OF_A_CHECKOUT_OF_traiNNer-redux

Images are those of losses.py. Needs torch, torchvision and numpy. Prints lines for test/loss/losses_golden.txt."""
import importlib
import math
import sys
import types

import torch

# Their code asks for float32 by name; windows rounded to it would hide differences below 1e-8.
torch.set_default_dtype(torch.float64)
torch.float = torch.float64
torch.Tensor.float = torch.Tensor.double

root = sys.argv[1]
for name in ("traiNNer", "traiNNer.losses", "traiNNer.utils", "traiNNer.archs"):
    package = types.ModuleType(name)  # their __init__ files import every model
    package.__path__ = [f"{root}/{name.replace('.', '/')}"]
    sys.modules[name] = package
arch_util = types.ModuleType("traiNNer.archs.arch_util")
arch_util.to_2tuple = lambda x: x if isinstance(x, tuple) else (x, x)
sys.modules["traiNNer.archs.arch_util"] = arch_util


def theirs(module, name):
    return getattr(importlib.import_module(f"traiNNer.losses.{module}"), name)


def images(shape):
    i = torch.arange(math.prod(shape), dtype=torch.float64).view(shape)
    gt = 0.5 + 0.2 * torch.sin(0.37 * i + 0.4) + 0.1 * torch.sin(1.91 * i + 0.8) + 0.1 * torch.sin(i * i * 0.0003 + 1)
    output = gt + (0.05 * torch.sin(2.3 * i + 1) + 0.05 * torch.sin(i * i * 0.0007 + 2))
    return output.requires_grad_(True), gt


def ssim(**settings):
    loss = theirs("mssim_loss", "SSIMLoss")(**settings)
    return lambda x, y: 1 - loss(x, y).mean()  # theirs is the similarity itself, one number per image


basic = "basic_loss"
ODD, EVEN = (2, 3, 37, 45), (2, 3, 48, 64)
CASES = {
    "psnr": (ODD, theirs(basic, "PSNRLoss")(1.0)),
    "psnr_y": (EVEN, theirs(basic, "PSNRLoss")(1.0, to_y=True)),
    "fft": (ODD, theirs(basic, "FFTLoss")()),
    "bicubic": (ODD, theirs(basic, "BicubicLoss")(1.0)),
    "bicubic_charbonnier": (EVEN, theirs(basic, "BicubicLoss")(1.0, "charbonnier", 2)),
    "ncc": ((1, 3, 37, 45), theirs("ncc_loss", "NCCLoss")(1.0)),
    "ssim": (ODD, ssim()),
    "ssim_ycbcr": (EVEN, ssim(color_space="ycbcr")),
    "ssim_rgb": (ODD, ssim(test_y_channel=False)),
    "ms_ssim_l1": (ODD, theirs("ms_ssim_l1_loss", "MSSSIML1Loss")(1.0)),
    "ms_ssim_l1_half": (EVEN, theirs("ms_ssim_l1_loss", "MSSSIML1Loss")(1.0, alpha=0.5)),
}

for name, (shape, loss) in CASES.items():
    output, gt = images(shape)
    value = loss(output, gt)
    value.backward()
    gradient = output.grad.flatten()
    samples = gradient[:: gradient.numel() // 12][:13]
    print(name, f"{value:.12g} {gradient.norm():.12g}", *[f"{v:.10g}" for v in samples])
