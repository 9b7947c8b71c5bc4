#!/usr/bin/env python3
"""Values and gradients of traiNNer-redux's own losses in float64, for test/loss/losses_test.cpp:

    python scripts/golden/redux_losses.py PATH_OF_A_CHECKOUT_OF_traiNNer-redux [NAME ...]

Images are those of losses.py. Needs torch, torchvision, numpy and antialiased-cnns. Prints lines for test/loss/losses_golden.txt."""
import importlib
import math
import sys
import types

import torch
import torchvision

from scattered import scattered

# Their code asks for float32 by name; windows rounded to it would hide differences below 1e-8.
torch.set_default_dtype(torch.float64)
single = torch.float32
torch.float = torch.float32 = torch.float64
torch.Tensor.float = torch.Tensor.double
# ... and for a GPU.
torch.Tensor.cuda = torch.nn.Module.cuda = lambda self: self
zeros, tensor = torch.zeros, torch.tensor
torch.zeros = lambda *shape, device=None, **more: zeros(*shape, **more)
# contextualloss adds to a whole number in place, which PyTorch refuses.
torch.tensor = lambda data, **more: tensor(float(data) if type(data) is int else data, **more)

root = sys.argv[1]
for name in ("traiNNer", "traiNNer.losses", "traiNNer.utils", "traiNNer.archs"):
    package = types.ModuleType(name)  # their __init__ files import every model
    package.__path__ = [f"{root}/{name.replace('.', '/')}"]
    sys.modules[name] = package
arch_util = types.ModuleType("traiNNer.archs.arch_util")
arch_util.to_2tuple = lambda x: x if isinstance(x, tuple) else (x, x)
arch_util.default_init_weights = lambda *_: None
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


def example(features):
    """A classifier's features with weights of a formula (test/loss/example_images.h); their files are not read."""
    for position, layer in enumerate(features):
        if isinstance(layer, torch.nn.Conv2d):
            size = math.sqrt(4 / math.prod(layer.weight.shape[1:]))
            index = [torch.arange(math.prod(shape)).view(shape).double() for shape in (layer.weight.shape, layer.bias.shape)]
            layer.weight.data = size * torch.sin(0.7 * index[0] ** 1.1 + position)
            layer.bias.data = 0.1 * torch.sin(index[1] + position)
    return features


def classifiers(module):
    """Hands out example networks where a module of theirs would load torchvision's."""
    def maker(make):
        def made(*_, **settings):
            model = make(**{name: value for name, value in settings.items() if name == "filter_size"})
            example(model.features)
            model.classifier = None
            return model
        return made
    for name in ("vgg16", "vgg19"):
        setattr(module, name, maker(getattr(module, name)))


classifiers(torchvision.models)
classifiers(torchvision.models.vgg)
classifiers(importlib.import_module("antialiased_cnns"))


def perceptual(**settings):
    """fd's projections are those that lib/loss/distributions.cpp draws."""
    loss = theirs("perceptual_loss", "PerceptualLoss")(1.0, **settings)
    for i in range(5 if "fd" in settings.get("criterion", "") else 0):
        rand = getattr(loss, f"rand_{i}")
        rand[:] = torch.randn(rand.shape, generator=torch.Generator().manual_seed(i))
        rand[:] = (rand / rand.flatten(1).norm(dim=1).view(-1, 1, 1, 1)).to(single)
    return loss


def contextual(**settings):
    """Their sampling of large maps is random, and for each map another; here it is that of lib/loss/contextual_loss.cpp."""
    module = importlib.import_module("traiNNer.losses.contextual_loss")

    def sampled(maps, count, _):
        n, c, h, w = maps.shape
        step = int(h * w / ((1 + 5**0.5) / 2))
        while step > 1 and math.gcd(step, h * w) > 1:
            step -= 1
        return maps.view(n, c, -1)[:, :, torch.arange(count) * step % (h * w)], None

    module.ContextualLoss._random_sampling = staticmethod(sampled)
    return module.ContextualLoss(1.0, **settings)


def dists(**settings):
    loss = theirs("dists_loss", "DISTSLoss")(1.0, load_weights=False, **settings)
    index = torch.arange(1475).view(1, -1, 1, 1).double()
    loss.alpha.data, loss.beta.data = 1.1 + torch.sin(index), 1.2 + torch.sin(2 * index + 1)
    return loss


def structure_texture(**settings):
    """Theirs gives the two terms apart."""
    loss = theirs("structure_texture_loss", "StructureTextureLoss")(1.0, **settings)
    return lambda x, y: sum(loss(x, y).values())


def fill(network, name_of=lambda name: name):
    """Weights of test/loss/example_networks.h, by the names that the file of weights has for them."""
    for name, tensor in network.state_dict().items():
        name = name_of(name)
        if name.endswith("num_batches_tracked"):
            continue
        values = scattered(name, tensor.shape).to(single).double()
        if tensor.dim() == 4:
            gain = 0.25 if name.endswith(("left.8.weight", "conv3.weight")) else 1
            tensor[:] = values * gain * math.sqrt(24 / math.prod(tensor.shape[1:]))
        else:
            tensor[:] = 1 + values if name.endswith((".weight", ".running_var")) else 0.2 * values
    return network


def perceptual_anime(**settings):
    module = importlib.import_module("traiNNer.losses.perceptual_anime_loss")
    parts = {"0": "conv1", "1": "bn1", **{str(i + 3): f"layer{i}" for i in range(1, 5)}}

    def named(name):
        part, rest = name.split(".", 1)
        return f"{parts[part]}.{rest}"

    module.resnet50 = lambda: fill(module._resnet(torchvision.models.resnet50, 6000), named)
    return module.PerceptualAnimeLoss(1.0, **settings)


def line_distiller(**settings):
    module = importlib.import_module("traiNNer.losses.line_distiller_loss")
    load, torch.load = torch.load, lambda *_, **__: fill(module.LineDistiller()).state_dict()
    loss = module.LineDistillerLoss(1.0, **settings)
    torch.load = load
    return loss


def aesop(decoder, scale, criterion="charbonnier"):
    """`decoder`: the settings of SRVGGNetCompact."""
    models = types.ModuleType("traiNNer.models.sr_model")
    models.build_network = lambda settings: importlib.import_module("traiNNer.archs.srvgg_arch").SRVGGNetCompact(
        **decoder, upscale=settings["scale"])
    sys.modules["traiNNer.models"] = types.ModuleType("traiNNer.models")
    sys.modules["traiNNer.models.sr_model"] = models
    module = importlib.import_module("traiNNer.losses.aesop_loss")
    places = {"encoder.0.": "conv_first.", "encoder.2.": "body.", "encoder.3.": "conv_last."}

    def named(name):
        return next((own + name[len(there):] for there, own in places.items() if name.startswith(there)), name)

    autoencoder = module.AutoEncoder({}, True, True, scale)
    with torch.no_grad():
        module.load_file = lambda _: fill(autoencoder, named).state_dict()
    return module.AESOPLoss(1.0, {}, scale, "", criterion)


basic = "basic_loss"
ODD, EVEN = (2, 3, 37, 45), (2, 3, 48, 64)
CASES = {
    "psnr": (ODD, lambda: theirs(basic, "PSNRLoss")(1.0)),
    "psnr_y": (EVEN, lambda: theirs(basic, "PSNRLoss")(1.0, to_y=True)),
    "fft": (ODD, lambda: theirs(basic, "FFTLoss")()),
    "bicubic": (ODD, lambda: theirs(basic, "BicubicLoss")(1.0)),
    "bicubic_charbonnier": (EVEN, lambda: theirs(basic, "BicubicLoss")(1.0, "charbonnier", 2)),
    "ncc": ((1, 3, 37, 45), lambda: theirs("ncc_loss", "NCCLoss")(1.0)),
    "ssim": (ODD, lambda: ssim()),
    "ssim_ycbcr": (EVEN, lambda: ssim(color_space="ycbcr")),
    "ssim_rgb": (ODD, lambda: ssim(test_y_channel=False)),
    "ms_ssim_l1": (ODD, lambda: theirs("ms_ssim_l1_loss", "MSSSIML1Loss")(1.0)),
    "flip": (ODD, lambda: theirs("flip_loss", "FLIPLoss")()),
    "flip_coarse": (EVEN, lambda: theirs("flip_loss", "FLIPLoss")(1.0, 20.5)),
    "dists": ((1, 3, 32, 35), lambda: dists()),
    "adists": ((1, 3, 24, 30), lambda: theirs("adists_loss", "ADISTSLoss")(1.0)),
    "adists_small": ((1, 3, 32, 33), lambda: theirs("adists_loss", "ADISTSLoss")(1.0, window_size=9)),
    "perceptual_pd": ((1, 3, 32, 32), lambda: perceptual(criterion="pd")),
    "perceptual_pd_l1": ((2, 3, 32, 35), lambda: perceptual(criterion="pd+l1", w_lambda=0.3, alpha=[0.25, 0.5],
                                                    layer_weights={"relu2_2": 0.5, "relu1_2": 2})),
    "perceptual_fd_l1": ((1, 3, 39, 47), lambda: perceptual(criterion="fd+l1", num_proj_fd=8, stride_fd=2, phase_weight_fd=0.7,
                                                    alpha=[0.6, 0], layer_weights={"conv2_2": 0.5, "relu1_2": 2})),
    "perceptual_antialiased": ((1, 3, 32, 36), lambda: perceptual(antialiased=True)),
    "contextual": ((1, 3, 32, 36), lambda: contextual(layer_weights={"conv_3_2": 1, "conv_4_2": 1})),
    "contextual_quarters": ((1, 3, 24, 28), lambda: contextual(layer_weights={"conv_2_1": 0.5}, distance_type="l1", calc_type="symetric",
                                                       crop_quarter=True, band_width=0.3, b=0.8, z_norm=True)),
    "contextual_bilateral": ((1, 3, 24, 28), lambda: contextual(layer_weights={"conv_2_2": 2}, distance_type="l2", calc_type="bilateral",
                                                        max_1d_size=6)),
    "contextual_pixels": ((1, 3, 17, 19), lambda: contextual(use_vgg=False)),
    "structure_texture": (EVEN, lambda: structure_texture()),
    "structure_texture_rgb": (EVEN, lambda: structure_texture(
        pixel_weight=0.5, perceptual_weight=0.3, layer_weights={"relu2_2": 0.5, "conv1_2": 2}, structure_k=20.0, structure_t=0.3,
        test_y_channel=False, include_luminance=True)),
    "structure_alone": (EVEN, lambda: structure_texture(perceptual_weight=0.0, color_space="ycbcr")),
    "perceptual_anime": ((1, 3, 32, 36), lambda: perceptual_anime()),
    "perceptual_anime_shallow": ((2, 3, 33, 35), lambda: perceptual_anime(criterion="charbonnier",
                                                               layer_weights={"4_0_conv1": 0.5, "5_0_conv2": 2})),
    "line_distiller": ((2, 3, 32, 48), lambda: line_distiller()),
    "line_distiller_charbonnier": ((1, 3, 32, 32), lambda: line_distiller(criterion="charbonnier")),
    "aesop": ((2, 3, 32, 48), lambda: aesop({"num_feat": 8, "num_conv": 2}, 2)),
    "aesop_l1": ((1, 3, 32, 32), lambda: aesop({"num_feat": 6, "num_conv": 1}, 4, "l1")),
    "bce_dice": (ODD, lambda: theirs("bcewithlogitsdice_loss", "BCEWithLogitsDiceLoss")(1.0)),
    "bce_dice_weighted": (EVEN, lambda: theirs("bcewithlogitsdice_loss", "BCEWithLogitsDiceLoss")(1.0, 0.5, 2.0, 0.1)),
    "mssim_lhm": (EVEN, lambda: theirs("mssim_loss", "MSSIMLoss")(1.0, color_space="lhm")),
    "ssim_lhm": (ODD, lambda: ssim(color_space="lhm")),
    "ms_ssim_l1_half": (EVEN, lambda: theirs("ms_ssim_l1_loss", "MSSSIML1Loss")(1.0, alpha=0.5)),
}

for name, (shape, loss) in CASES.items():
    if sys.argv[2:] and name not in sys.argv[2:]:
        continue
    output, gt = images(shape)
    value = loss()(output, gt)
    value.backward()
    gradient = output.grad.flatten()
    samples = gradient[:: gradient.numel() // 12][:13]
    print(name, f"{value:.12g} {gradient.norm():.12g}", *[f"{v:.10g}" for v in samples])
