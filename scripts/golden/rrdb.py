#!/usr/bin/env python3
"""Output and loss gradients of small RRDB networks, for test/nn/rrdb_test.cpp. The graph is written out here twice: with
the module tree behind the new parameter names (BasicSR, Real-ESRGAN) and with the one behind the old names (original
ESRGAN, traiNNer-redux); both must give the same numbers. Weights and input follow a formula instead of a file. Needs
torch. Prints `case name values...`; test/nn/rrdb_golden.txt holds these lines."""
import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, 1, 1)


class Dense(nn.Module):
    """One dense block; `wrap` makes conv1 a Sequential, as in the old module tree."""

    def __init__(self, feat, grow, wrap):
        super().__init__()
        for k in range(5):
            layer = conv(feat + k * grow, grow if k < 4 else feat)
            setattr(self, f"conv{k + 1}", nn.Sequential(layer) if wrap else layer)

    def forward(self, x):
        seen = [x]
        for k in range(1, 5):
            seen.append(F.leaky_relu(getattr(self, f"conv{k}")(torch.cat(seen, 1)), 0.2))
        return self.conv5(torch.cat(seen, 1)) * 0.2 + x


class Block(nn.Module):
    def __init__(self, feat, grow, old):
        super().__init__()
        self.names = [f"{'RDB' if old else 'rdb'}{i}" for i in (1, 2, 3)]
        for name in self.names:
            setattr(self, name, Dense(feat, grow, old))

    def forward(self, x):
        y = x
        for name in self.names:
            y = getattr(self, name)(y)
        return y * 0.2 + x


class Shortcut(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.sub = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.sub(x)


STEPS = {1: [], 2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}


class OldTree(nn.Module):
    def __init__(self, inputs, feat, grow, blocks, steps):
        super().__init__()
        layers = [conv(inputs, feat), Shortcut(*[Block(feat, grow, True) for _ in range(blocks)], conv(feat, feat))]
        for factor in steps:
            layers += [nn.Upsample(scale_factor=factor, mode="nearest"), conv(feat, feat), nn.LeakyReLU(0.2)]
        self.model = nn.Sequential(*layers, conv(feat, feat), nn.LeakyReLU(0.2), conv(feat, 3))

    def forward(self, x):
        return self.model(x)


class NewTree(nn.Module):
    def __init__(self, inputs, feat, grow, blocks, steps):
        super().__init__()
        self.conv_first = conv(inputs, feat)
        self.body = nn.Sequential(*[Block(feat, grow, False) for _ in range(blocks)])
        self.conv_body = conv(feat, feat)
        self.steps = steps
        for i in range(len(steps)):
            setattr(self, f"conv_up{i + 1}", conv(feat, feat))
        self.conv_hr = conv(feat, feat)
        self.conv_last = conv(feat, 3)

    def forward(self, x):
        y = self.conv_first(x)
        y = y + self.conv_body(self.body(y))
        for i, factor in enumerate(self.steps):
            y = F.interpolate(y, scale_factor=factor, mode="nearest")
            y = F.leaky_relu(getattr(self, f"conv_up{i + 1}")(y), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(y), 0.2))


def enlarge(network, x, scale, fold):
    """With a fold the network is a 4x one on the unshuffled input, which is reflect-padded first."""
    if fold == 1:
        return network(x)
    height, width = x.shape[2:]
    x = F.pad(x, (0, -width % fold, 0, -height % fold), mode="reflect")
    return network(F.pixel_unshuffle(x, fold))[:, :, : height * scale, : width * scale]


def fill(tensor, index):
    """0.1 sin(0.7 i + index), i over the elements in row-major order."""
    i = torch.arange(tensor.numel(), dtype=torch.float64)
    with torch.no_grad():
        tensor.copy_((0.1 * torch.sin(0.7 * i + index)).view(tensor.shape))


FEAT, GROW, BLOCKS = 4, 3, 2
# case: scale, fold, height, width
CASES = {
    "x1": (1, 4, 8, 8),
    "x1_padded": (1, 4, 7, 10),
    "x1_plain": (1, 1, 4, 6),
    "x2": (2, 2, 4, 6),
    "x2_padded": (2, 2, 5, 7),
    "x2_plain": (2, 1, 4, 6),
    "x3": (3, 1, 4, 6),
    "x4": (4, 1, 4, 6),
    "x8": (8, 1, 4, 3),
}
for case, (scale, fold, height, width) in CASES.items():
    outputs = []
    for tree in (NewTree, OldTree):
        network = tree(3 * fold * fold, FEAT, GROW, BLOCKS, STEPS[scale * fold]).double()
        for index, parameter in enumerate(network.parameters()):
            fill(parameter, index)
        i = torch.arange(2 * 3 * height * width, dtype=torch.float64)
        lq = (0.5 + 0.5 * torch.sin(1.3 * i)).view(2, 3, height, width)
        output = enlarge(network, lq, scale, fold)
        (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view(output.shape)).sum().backward()
        outputs.append(output.detach())
        if tree is NewTree:
            print(case, "output", *[f"{v:.8g}" for v in output.flatten()[:: output.numel() // 12]])
        for name, parameter in network.named_parameters():
            flat = parameter.grad.flatten()
            print(case, name, f"{flat[0]:.8g} {flat.square().sum().sqrt():.8g}")
    assert torch.equal(outputs[0], outputs[1])
