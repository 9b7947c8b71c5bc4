#!/usr/bin/env python3
"""Output, loss gradients and buffers of small discriminators by traiNNer-redux's own classes in float64 after three training
passes, for test/nn/discriminator_golden_test.cpp:

    SR_TRAINNER=PATH_OF_A_CHECKOUT_OF_traiNNer-redux python scripts/golden/redux_discriminators.py

Weights, singular vectors and images follow the formulas of discriminators.py. Needs torch. Prints `case name values...`;
test/nn/discriminator_golden.txt holds these lines behind those of discriminators.py. With --parameters it prints how many
parameters the classes have by default."""
import math
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "check_peers"))
from rows import trainner_class  # noqa: E402

MetaGan2 = trainner_class("metagan2_arch", "MetaGan2")
MetaGan3 = trainner_class("metagan3_arch", "MetaGAN3")
Multiscale = trainner_class("patchgan_arch", "MultiscalePatchGANDiscriminatorSN")


def wave(shape, frequency, phase):
    return torch.sin(frequency * torch.arange(math.prod(shape), dtype=torch.float64) + phase).view(shape)


def report(case, network, shape, channels_behind=False):
    network.double().train()
    with torch.no_grad():
        for index, parameter in enumerate(network.parameters()):
            parameter.copy_(0.1 * wave(parameter.shape, 0.7, index))
        for index, (name, buffer) in enumerate(network.named_buffers()):
            vector = wave(buffer.shape, 0.9, index)
            buffer.copy_(vector / vector.norm())
    images = 0.5 + 0.5 * wave(shape, 1.3, 0)
    for _ in range(3):
        output = network(images)
    output = output.permute(0, 3, 1, 2) if channels_behind else output
    output = output.contiguous().flatten()
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64))).sum().backward()
    print(case, "output", *[f"{v:.8g}" for v in output[:: max(1, output.numel() // 12)]])
    for prefix, named in (("", ((n, p.grad) for n, p in network.named_parameters())), ("buffer:", network.named_buffers())):
        for name, tensor in named:
            flat = tensor.flatten()
            print(case, prefix + name, f"{flat[0]:.8g} {flat.norm():.8g}")


if "--parameters" in sys.argv:
    for make in (MetaGan2, MetaGan3, Multiscale):
        print(make.__name__, sum(parameter.numel() for parameter in make().parameters()))
    sys.exit()
report("metagan2", MetaGan2(dims=(8, 17, 20), blocks=(1, 2, 0), downs=(4, 2, 2)), (2, 3, 37, 50), channels_behind=True)
report("metagan3", MetaGan3(dims=(8, 17, 16), blocks=(2, 1, 0)), (2, 3, 41, 50))
report("multiscale", Multiscale(ndf=3, n_layers=2, num_d=3), (2, 3, 61, 75))
