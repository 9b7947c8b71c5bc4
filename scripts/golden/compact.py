#!/usr/bin/env python3
"""Output and loss gradients of small SRVGGNetCompact networks, for test/nn/compact_test.cpp. The graph is written out
here as BasicSR and traiNNer-redux describe it; weights and input follow a formula instead of a file. Needs torch.
Prints `name values...`; test/nn/compact_golden.txt holds these lines."""
import torch
from torch import nn
from torch.nn import functional as F


class Compact(nn.Module):
    def __init__(self, feat, convs, scale, act):
        super().__init__()
        activation = {"prelu": lambda: nn.PReLU(feat), "relu": nn.ReLU, "leakyrelu": lambda: nn.LeakyReLU(0.1)}[act]
        layers = [nn.Conv2d(3, feat, 3, 1, 1), activation()]
        for _ in range(convs):
            layers += [nn.Conv2d(feat, feat, 3, 1, 1), activation()]
        layers.append(nn.Conv2d(feat, 3 * scale * scale, 3, 1, 1))
        self.body = nn.ModuleList(layers)
        self.scale = scale

    def forward(self, x):
        y = x
        for layer in self.body:
            y = layer(y)
        return F.pixel_shuffle(y, self.scale) + F.interpolate(x, scale_factor=self.scale, mode="nearest")


def fill(tensor, index):
    """0.3 sin(0.7 i + index), i over the elements in row-major order: slopes become negative too."""
    i = torch.arange(tensor.numel(), dtype=torch.float64)
    with torch.no_grad():
        tensor.copy_((0.3 * torch.sin(0.7 * i + index)).view(tensor.shape))


for act, scale in [("prelu", 2), ("relu", 3), ("leakyrelu", 4), ("prelu", 1)]:
    network = Compact(5, 2, scale, act).double()
    parameters = list(network.named_parameters())
    for index, (_, parameter) in enumerate(parameters):
        fill(parameter, index)
    i = torch.arange(2 * 3 * 4 * 6, dtype=torch.float64)
    lq = (0.5 + 0.5 * torch.sin(1.3 * i)).view(2, 3, 4, 6)
    output = network(lq)
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view(output.shape)).sum().backward()
    print(f"{act}{scale}", "output", *[f"{v:.8g}" for v in output.flatten()[:: output.numel() // 12]])
    for name, parameter in parameters:
        flat = parameter.grad.flatten()
        print(f"{act}{scale}", name, f"{flat[0]:.8g} {flat.square().sum().sqrt():.8g}")
