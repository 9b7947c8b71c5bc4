#!/usr/bin/env python3
"""Output and loss gradients of spandrel's DySample, for test/nn/dysample_test.cpp; weights and features follow formulas.
Needs torch and spandrel. Prints `case name values...`; test/nn/dysample_golden.txt holds these lines."""
import torch
from spandrel.architectures.__arch_helpers.dysample import DySample

torch.set_default_dtype(torch.float64)


def wave(shape, frequency, phase):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return torch.sin(frequency * i + phase).view(shape)


# case: channels, outputs, scale, groups, end convolution
CASES = {
    "x1": (3, 3, 1, 3, False),
    "x2": (12, 3, 2, 4, True),
    "x2_plain": (8, 3, 2, 4, False),
    "x3": (27, 3, 3, 3, True),
    "x4": (16, 3, 4, 4, True),
}
for case, (channels, outputs, scale, groups, end) in CASES.items():
    layer = DySample(channels, outputs, scale, groups, end)
    with torch.no_grad():
        for index, parameter in enumerate(layer.parameters()):
            parameter.copy_(0.3 * wave(parameter.shape, 0.7, index))
    features = (0.5 + 0.5 * wave((2, channels, 5, 7), 1.3, 0)).requires_grad_()
    output = layer(features)
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view(output.shape)).sum().backward()
    flat = output.detach().flatten()
    print(case, "output", *(f"{value:.8g}" for value in flat[:: max(1, flat.numel() // 12)]))
    for name, parameter in [*layer.named_parameters(), ("features", features)]:
        flat = parameter.grad.flatten()
        print(case, name, f"{flat[0]:.8g} {flat.square().sum().sqrt():.8g}")
