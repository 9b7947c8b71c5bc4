#!/usr/bin/env python3
"""Output, loss gradients and buffers of small discriminators after three training passes, for
test/nn/discriminator_golden_test.cpp. The graphs are written out here as BasicSR and traiNNer-redux describe them,
with PyTorch's own spectral normalisation and batch normalisation; weights and images follow formulas. Needs torch.
Prints `case name values...`; test/nn/discriminator_golden.txt holds these lines."""
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm as hook_norm
from torch.nn.utils.parametrizations import spectral_norm as parametrization_norm


def leaky(x):
    return F.leaky_relu(x, 0.2)


class Unet(nn.Module):
    def __init__(self, f, skip):
        super().__init__()
        self.skip = skip
        self.conv0 = nn.Conv2d(3, f, 3, 1, 1)
        for i in (1, 2, 3):
            setattr(self, f"conv{i}", hook_norm(nn.Conv2d(f << (i - 1), f << i, 4, 2, 1, bias=False)))
        for i, (inputs, outputs) in enumerate([(8, 4), (4, 2), (2, 1), (1, 1), (1, 1)]):
            setattr(self, f"conv{i + 4}", hook_norm(nn.Conv2d(inputs * f, outputs * f, 3, 1, 1, bias=False)))
        self.conv9 = nn.Conv2d(f, 1, 3, 1, 1)

    def forward(self, x):
        skips = [leaky(self.conv0(x))]
        for i in (1, 2, 3):
            skips.append(leaky(getattr(self, f"conv{i}")(skips[-1])))
        y = skips.pop()
        for i in (4, 5, 6):
            y = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
            y = leaky(getattr(self, f"conv{i}")(y))
            y = y + skips.pop() if self.skip else y
        return self.conv9(leaky(self.conv8(leaky(self.conv7(y)))))


class DySample(nn.Module):
    GROUPS = 4

    def __init__(self, channels):
        super().__init__()
        self.offset = nn.Conv2d(channels, 8 * self.GROUPS, 1)
        self.scope = nn.Conv2d(channels, 8 * self.GROUPS, 1, bias=False)
        # Order of channels: x or y, group, row and column of the sub-pixel.
        position = torch.zeros(2, self.GROUPS, 2, 2)
        position[0] = torch.tensor([-0.25, 0.25]).view(1, 1, 2)
        position[1] = torch.tensor([-0.25, 0.25]).view(1, 2, 1)
        self.register_buffer("init_pos", position.view(1, -1, 1, 1))

    def forward(self, x):
        n, c, h, w = x.shape
        offset = self.offset(x) * torch.sigmoid(self.scope(x)) * 0.5 + self.init_pos
        offset = offset.view(n, 2, self.GROUPS, 2, 2, h, w)
        rows = torch.arange(h, dtype=x.dtype).view(h, 1) + 0.5
        columns = torch.arange(w, dtype=x.dtype).view(1, w) + 0.5
        places = torch.stack([(offset[:, 0] + columns) * 2 / w - 1, (offset[:, 1] + rows) * 2 / h - 1], -1)
        # n, group, i, j, h, w, xy -> n * group, h, i, w, j, xy
        grid = places.permute(0, 1, 4, 2, 5, 3, 6).reshape(n * self.GROUPS, 2 * h, 2 * w, 2)
        sampled = F.grid_sample(x.reshape(n * self.GROUPS, c // self.GROUPS, h, w), grid, mode="bilinear",
                                padding_mode="border", align_corners=False)
        return sampled.reshape(n, c, 2 * h, 2 * w)


class DUnet(nn.Module):
    def __init__(self, f):
        super().__init__()
        norm = parametrization_norm
        self.in_to_dim = nn.Conv2d(3, f, 3, 1, 1)
        for i in (1, 2, 3):
            down = norm(nn.Conv2d(f << (i - 1), f << i, 3, 2, 1))
            setattr(self, f"e_x{i}", nn.Sequential(down, nn.Mish()))
        for i in (1, 2, 3):
            dim = f << (4 - i)
            setattr(self, f"up{i}", nn.Sequential(DySample(dim), norm(nn.Conv2d(dim, dim // 2, 3, 1, 1))))
        self.end_conv = nn.Sequential(norm(nn.Conv2d(f, f, 3, 1, 1, bias=False)), nn.Mish(),
                                      norm(nn.Conv2d(f, f, 3, 1, 1, bias=False)), nn.Mish(),
                                      nn.Conv2d(f, 1, 3, 1, 1))

    def forward(self, x):
        x0 = self.in_to_dim(x)
        x1 = self.e_x1(x0)
        x2 = self.e_x2(x1)
        y = self.up1(self.e_x3(x2)) + x2
        y = self.up2(y) + x1
        return self.end_conv(self.up3(y) + x0)


class Vgg(nn.Module):
    def __init__(self, f, side):
        super().__init__()
        self.stages = {128: 5, 256: 6}[side]
        channels = [3] + [f * min(2**i, 8) for i in range(self.stages)]
        for i in range(self.stages):
            inputs, outputs = channels[i], channels[i + 1]
            setattr(self, f"conv{i}_0", nn.Conv2d(inputs, outputs, 3, 1, 1, bias=i == 0))
            if i > 0:
                setattr(self, f"bn{i}_0", nn.BatchNorm2d(outputs))
            setattr(self, f"conv{i}_1", nn.Conv2d(outputs, outputs, 4, 2, 1, bias=False))
            setattr(self, f"bn{i}_1", nn.BatchNorm2d(outputs))
        self.linear1 = nn.Linear(8 * f * 16, 100)
        self.linear2 = nn.Linear(100, 1)

    def forward(self, x):
        for i in range(self.stages):
            for j in (0, 1):
                x = getattr(self, f"conv{i}_{j}")(x)
                x = leaky(x if (i, j) == (0, 0) else getattr(self, f"bn{i}_{j}")(x))
        return self.linear2(leaky(self.linear1(x.flatten(1))))


class PatchGan(nn.Module):
    """traiNNer-redux pads by 1 since its commit 5da708d1 (June 2025), and padded by 2, as pix2pixHD, before."""

    def __init__(self, f, layers, padding):
        super().__init__()
        channels = [3] + [min(f * 2**i, 512) for i in range(layers + 1)] + [1]
        modules = []
        for i in range(layers + 2):
            stride = 2 if i < layers else 1
            modules += [hook_norm(nn.Conv2d(channels[i], channels[i + 1], 4, stride, padding)), nn.LeakyReLU(0.2)]
        self.model = nn.Sequential(*modules[:-1])

    def forward(self, x):
        return self.model(x)


def wave(shape, frequency, phase):
    count = torch.Size(shape).numel()
    return torch.sin(frequency * torch.arange(count, dtype=torch.float64) + phase).view(shape)


def report(case, network, shape):
    network.double()
    with torch.no_grad():
        for index, parameter in enumerate(network.parameters()):
            parameter.copy_(0.1 * wave(parameter.shape, 0.7, index))
        for index, (name, buffer) in enumerate(network.named_buffers()):
            if name.endswith(("_u", "_v")):
                vector = wave(buffer.shape, 0.9, index)
                buffer.copy_(vector / vector.norm())
    images = 0.5 + 0.5 * wave(shape, 1.3, 0)
    for _ in range(3):
        output = network(images)
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view(output.shape)).sum().backward()
    print(case, "output", *[f"{v:.8g}" for v in output.flatten()[:: max(1, output.numel() // 12)]])
    for name, parameter in network.named_parameters():
        flat = parameter.grad.flatten()
        print(case, name, f"{flat[0]:.8g} {flat.norm():.8g}")
    for name, buffer in network.named_buffers():
        flat = buffer.flatten().double()
        print(case, "buffer:" + name, f"{flat[0]:.8g} {flat.norm():.8g}")


report("unet", Unet(3, True), (2, 3, 16, 24))
report("unet_no_skip", Unet(3, False), (2, 3, 16, 24))
report("dunet", DUnet(4), (2, 3, 16, 24))
report("vgg128", Vgg(2, 128), (3, 3, 128, 128))
report("vgg256", Vgg(1, 256), (2, 3, 256, 256))
report("patchgan", PatchGan(3, 3, 2), (2, 3, 19, 32))
report("patchgan1", PatchGan(3, 1, 2), (2, 3, 9, 8))
report("patchgan_pad1", PatchGan(3, 3, 1), (2, 3, 27, 40))
report("patchgan1_pad1", PatchGan(3, 1, 1), (2, 3, 9, 8))
