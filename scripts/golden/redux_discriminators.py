#!/usr/bin/env python3
"""Output, loss gradients and buffers of small discriminators by traiNNer-redux's own classes in float64 after three training
passes, for test/nn/discriminator_golden_test.cpp:

    SR_TRAINNER=PATH_OF_A_CHECKOUT_OF_traiNNer-redux python scripts/golden/redux_discriminators.py

Weights, singular vectors and images follow the formulas of discriminators.py. Cases that begin with r1_ have the value of
that program's r1_penalty for `output` and its gradients. Needs torch and segmentation-models-pytorch. Prints `case name
values...`; test/nn/discriminator_golden.txt holds these lines behind those of discriminators.py. With --parameters it prints how
many parameters the classes have by default."""
import importlib
import math
import os
import pathlib
import sys
import types

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "check_peers"))
from rows import trainner_class  # noqa: E402

MetaGan2 = trainner_class("metagan2_arch", "MetaGan2")
MetaGan3 = trainner_class("metagan3_arch", "MetaGAN3")
Multiscale = trainner_class("patchgan_arch", "MultiscalePatchGANDiscriminatorSN")
PatchGan = trainner_class("patchgan_arch", "PatchGANDiscriminatorSN")
Unet = trainner_class("discriminator_arch", "UNetDiscriminatorSN")
Vgg = trainner_class("discriminator_arch", "VGGStyleDiscriminator")
docres = trainner_class("docres_arch", "docres_discriminator")
unet_segmentation = trainner_class("unetsegmentation_arch", "unetsegmentation")

registry = sys.modules["traiNNer.utils.registry"]
registry.LOSS_REGISTRY = registry.ARCH_REGISTRY
losses = types.ModuleType("traiNNer.losses")  # their __init__ imports every loss
losses.__path__ = [os.environ["SR_TRAINNER"] + "/traiNNer/losses"]
sys.modules[losses.__name__] = losses
r1_penalty = importlib.import_module("traiNNer.losses.gan_loss").r1_penalty


def wave(shape, frequency, phase):
    return torch.sin(frequency * torch.arange(math.prod(shape), dtype=torch.float64) + phase).view(shape)


def with_spectral_norm(network):
    """traiNNer-redux's template of DocRes asks for it, its class has no such setting."""
    for module in list(network.modules()):
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.utils.spectral_norm(module)
    return network


def segmentation(encoder):
    return unet_segmentation(encoder_name=encoder, encoder_weights=None)


def filled(network):
    network.double().train()
    with torch.no_grad():
        for index, parameter in enumerate(network.parameters()):
            parameter.copy_(0.1 * wave(parameter.shape, 0.7, index))
        for index, (name, buffer) in enumerate(network.named_buffers()):
            if name.endswith(("_u", "_v")):
                vector = wave(buffer.shape, 0.9, index)
                buffer.copy_(vector / vector.norm())
    return network


def example_images(shape):
    return 0.5 + 0.5 * wave(shape, 1.3, 0)


def print_tensors(case, prefix, named):
    for name, tensor in named:
        flat = tensor.flatten().double()
        print(case, prefix + name, f"{flat[0]:.8g} {flat.norm():.8g}")


def report(case, network, shape, channels_behind=False):
    filled(network)
    images = example_images(shape)
    for _ in range(3):
        output = network(images)
    output = output.permute(0, 3, 1, 2) if channels_behind else output
    output = output.contiguous().flatten()
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64))).sum().backward()
    print(case, "output", *[f"{v:.8g}" for v in output[:: max(1, output.numel() // 12)]])
    print_tensors(case, "", ((n, p.grad) for n, p in network.named_parameters()))
    print_tensors(case, "buffer:", network.named_buffers())


def report_r1(case, network, shape):
    filled(network)
    images = example_images(shape).requires_grad_(True)
    network(images)
    penalty = r1_penalty(network(images), images)
    penalty.backward()
    print(case, "output", f"{penalty:.8g}")
    print_tensors(case, "", ((n, torch.zeros(1) if p.grad is None else p.grad) for n, p in network.named_parameters()))


if "--parameters" in sys.argv:
    for make in (MetaGan2, MetaGan3, Multiscale, docres, lambda: segmentation("resnet50")):
        print(getattr(make, "__name__", make), sum(parameter.numel() for parameter in make().parameters()))
    sys.exit()
report("metagan2", MetaGan2(dims=(8, 17, 20), blocks=(1, 2, 0), downs=(4, 2, 2)), (2, 3, 37, 50), channels_behind=True)
report("metagan3", MetaGan3(dims=(8, 17, 16), blocks=(2, 1, 0)), (2, 3, 41, 50))
report("multiscale", Multiscale(ndf=3, n_layers=2, num_d=3), (2, 3, 61, 75))
report("docres", docres(dim=5, num_blocks=[1, 2, 2]), (2, 3, 11, 14))
report("docres_bias", docres(out_channels=2, dim=4, num_blocks=[7], bias=True), (2, 3, 9, 8))
report("docres_spectral", with_spectral_norm(docres(dim=5, num_blocks=[1, 2, 2, 3], bias=True)), (2, 3, 11, 14))
report("unet_resnet18", segmentation("resnet18"), (2, 3, 97, 128))
report("unet_resnet50", segmentation("resnet50"), (2, 3, 96, 130))
report_r1("r1_unet", Unet(3, num_feat=3), (2, 3, 16, 24))
report_r1("r1_vgg128", Vgg(3, num_feat=2), (3, 3, 128, 128))
report_r1("r1_patchgan_pad1", PatchGan(ndf=3), (2, 3, 27, 40))
report_r1("r1_metagan2", MetaGan2(dims=(8, 17, 20), blocks=(1, 2, 0), downs=(4, 2, 2)), (2, 3, 37, 50))
report_r1("r1_metagan3", MetaGan3(dims=(8, 17, 16), blocks=(2, 1, 0)), (2, 3, 41, 50))
report_r1("r1_multiscale", Multiscale(ndf=3, n_layers=2, num_d=3), (2, 3, 61, 75))
report_r1("r1_docres_spectral", with_spectral_norm(docres(dim=5, num_blocks=[1, 2, 2, 3], bias=True)), (2, 3, 11, 14))
report_r1("r1_unet_resnet18", segmentation("resnet18"), (2, 3, 97, 128))
