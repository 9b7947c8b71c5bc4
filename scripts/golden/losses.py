#!/usr/bin/env python3
"""Values and gradients of the losses in float64, for test/loss/losses_test.cpp: the formulas of docs/losses.md written
out with PyTorch's plain operators. Images and VGG weights follow formulas. Needs torch.
Prints `name value norm-of-gradient 13 gradient samples`; test/loss/losses_golden.txt holds these lines."""
import math

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def index(shape):
    return torch.arange(math.prod(shape), dtype=torch.float64).view(shape)


def images(shape, noise):
    """Output, ground truth and averaged output with structure at many scales, from 0 to 1."""
    i = index(shape)
    gt = 0.5 + 0.2 * torch.sin(0.37 * i + 0.4) + 0.1 * torch.sin(1.91 * i + 0.8) + 0.1 * torch.sin(i * i * 0.0003 + 1)
    output = gt + noise * (0.05 * torch.sin(2.3 * i + 1) + 0.05 * torch.sin(i * i * 0.0007 + 2))
    averaged = gt + noise * 0.08 * torch.sin(1.7 * i + 2)
    return output.requires_grad_(True), gt, averaged


def crit(kind):
    return {"l1": lambda a, b: (a - b).abs(), "l2": lambda a, b: (a - b) ** 2,
            "charbonnier": lambda a, b: ((a - b) ** 2 + 1e-12).sqrt()}[kind]


def mix(x, *rows):
    return torch.stack([sum(k * x[:, c] for c, k in enumerate(row)) for row in rows], 1)


def window(size, sigma):
    d = torch.arange(size) - size // 2
    g = torch.exp(-d**2 / (2 * sigma**2))
    return torch.outer(g, g) / g.sum() ** 2


def mssim(x, y, luma, luminance):
    x, y = x.clamp(0, 1), y.clamp(0, 1)
    if luma:
        rows = {"yiq": (0.299, 0.587, 0.114), "ycbcr": (65.481 / 255, 128.553 / 255, 24.966 / 255)}[luma]
        offset = 16 / 255 if luma == "ycbcr" else 0
        x, y = mix(x, rows) + offset, mix(y, rows) + offset
    win = window(11, 1.5)[None, None].repeat(x.shape[1], 1, 1, 1)
    product = 1
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    for level, weight in enumerate(weights):
        pad = 5 if min(x.shape[2:]) < 11 else 0
        f = lambda v: F.conv2d(v, win, padding=pad, groups=x.shape[1])
        mx, my = f(x), f(y)
        cs = F.relu((2 * (f(x * y) - mx * my) + 0.03**2) / (f(x * x) - mx**2 + f(y * y) - my**2 + 0.03**2))
        if luminance and level == 4:
            cs = cs * (2 * mx * my + 0.01**2) / (mx**2 + my**2 + 0.01**2)
        product = product * cs.mean((1, 2, 3)) ** weight
        padding = (x.shape[2] % 2, x.shape[3] % 2)
        x, y = F.avg_pool2d(x, 2, padding=padding), F.avg_pool2d(y, 2, padding=padding)
    return 1 - product.mean().clamp(0, 1)


def ldl(x, y, averaged, kind="l1"):
    residual = (y - x).abs().sum(1, keepdim=True)
    windows = F.pad(residual, (3, 3, 3, 3), mode="reflect").unfold(2, 7, 1).unfold(3, 7, 1)
    weight = residual.var((1, 2, 3), keepdim=True) ** 0.2 * windows.var((-1, -2))
    weight = torch.where(residual < (y - averaged).abs().sum(1, keepdim=True), 0, weight)
    return crit(kind)(weight * x, weight * y).mean()


def ff(x, y, alpha=1, factor=1, average=True, log=False, batch=False):
    h, w = x.shape[2] // factor, x.shape[3] // factor

    def spectrum(v):
        parts = [v[:, :, i * h : (i + 1) * h, j * w : (j + 1) * w] for i in range(factor) for j in range(factor)]
        f = torch.fft.fft2(torch.stack(parts, 1), norm="ortho")
        return f.mean(0, keepdim=True) if average else f

    distance = (spectrum(x) - spectrum(y)).abs()
    weight = distance.detach() ** alpha
    weight = torch.log(weight + 1) if log else weight
    weight = weight / (weight.max() if batch else weight.amax((-1, -2), keepdim=True))
    return 50 * (weight * distance**2).mean()


def color(x, y, kind="l1", scale=4):
    rows = (-37.797 / 255, -74.203 / 255, 112 / 255), (112 / 255, -93.786 / 255, -18.214 / 255)
    return crit(kind)(F.avg_pool2d(mix(x, *rows), scale), F.avg_pool2d(mix(y, *rows), scale)).mean()


def linear(x):
    return torch.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def lightness(x):
    y = mix(linear(x), (0.2126, 0.7152, 0.0722))
    return torch.where(y <= 216 / 24389, y * 24389 / 27, y ** (1 / 3) * 116 - 16) / 100


M = [[3.240969941904521, -1.537383177570093, -0.498610760293], [-0.96924363628087, 1.87596750150772, 0.041555057407175],
     [0.055630079696993, -0.20397695888897, 1.056971514242878]]
M_INV = [[0.41239079926595, 0.35758433938387, 0.18048078840183], [0.21263900587151, 0.71516867876775, 0.072192315360733],
         [0.019330818715591, 0.11919477979462, 0.95053215224966]]


def hsluv(rgb):
    """Hue in turns, saturation and lightness from 0 to 1, as https://www.hsluv.org defines them."""
    x, y, z = mix(linear(rgb), *M_INV).unbind(1)
    light = torch.where(y > 0.0088564516, 116 * y ** (1 / 3) - 16, y * 903.2962962)
    u = 13 * light * (4 * x / (x + 15 * y + 3 * z) - 0.19783000664283)
    v = 13 * light * (9 * y / (x + 15 * y + 3 * z) - 0.46831999493879)
    # The hue of what rounding in float32 makes of a gray is that of no colour.
    theta = torch.where(u**2 + v**2 < 0.028972067**2, 0, torch.atan2(v, u))
    sub = torch.where((light + 16) ** 3 / 1560896 > 0.0088564516, (light + 16) ** 3 / 1560896, light / 903.2962962)
    lengths = []
    for m1, m2, m3 in M:
        for t in (0, 1):
            bottom = (632260 * m3 - 126452 * m2) * sub + 126452 * t
            slope = (284517 * m1 - 94839 * m3) * sub / bottom
            intercept = ((838422 * m3 + 769860 * m2 + 731718 * m1) * light * sub - 769860 * t * light) / bottom
            length = intercept / (torch.sin(theta) - slope * torch.cos(theta))
            lengths.append(torch.where(length >= 0, length, torch.inf))
    saturation = (u**2 + v**2).sqrt() / torch.stack(lengths).amin(0)
    return theta / (2 * math.pi) % 1, saturation.clamp(0, 1), light / 100


def hsluv_loss(x, y, kind="l1", weights=(1 / 3, 1 / 3, 1 / 3), factor=1, blur=0):
    if blur:
        taps = window(4 * blur + 1, blur)[None, None].repeat(3, 1, 1, 1)
        x, y = (F.conv2d(F.pad(v, (2 * blur,) * 4, mode="reflect"), taps, groups=3) for v in (x, y))
    if factor > 1:
        x, y = (F.interpolate(v, scale_factor=1 / factor, mode="bicubic", antialias=True).clamp(0, 1) for v in (x, y))
    (xh, xs, xl), (yh, ys, yl) = hsluv(x), hsluv(y)
    turn = (xh - yh).abs()
    hue = 2 * torch.minimum(turn, 1 - turn)
    hue = torch.where((xs < 0.1) & (ys < 0.1), 0, hue)
    hue = torch.where((xs < 0.1) != (ys < 0.1), torch.maximum(xs, ys), hue)
    hue = torch.where((xl < 0.1) & (yl < 0.1) | (xl > 0.9) & (yl > 0.9), 0, hue)
    trust = torch.minimum(xl, 1 - xl) + torch.minimum(yl, 1 - yl)
    c = crit(kind)
    return weights[0] * hue.mean() + weights[1] * (c(xs, ys) * trust).mean() + weights[2] * c(xl, yl).mean()


def cosine(x, y, dim):
    return (x * y).sum(dim) / (x.square().sum(dim) * y.square().sum(dim)).sqrt()


def consistency(x, y, blur=True, cosim=True, saturation=1, brightness=1):
    x, y = x.clamp(1 / 255, 1), y.clamp(1 / 255, 1)

    def smooth(v):
        win = window(21, 3)[None, None].repeat(3, 1, 1, 1)
        return F.conv2d(F.pad(v, (10,) * 4, mode="reflect"), win, groups=3) if blur else v

    def chroma(v):
        lms = mix(linear(v), (0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
                  (0.0883024619, 0.2817188376, 0.6299787005)) ** (1 / 3)
        return mix(lms, (1.9779984951, -2.4285922050, 0.4505937099), (0.0259040371, 0.7827717662, -0.8086757660))

    xl, yl = lightness(smooth(x)), lightness(smooth(y)) * brightness
    xc, yc = (chroma(x) + 0.5).clamp(0, 1), (chroma(y) * saturation + 0.5).clamp(0, 1)
    c = crit("charbonnier")
    loss = c(xl, yl).mean() + c(xc, yc).mean()
    extra = 0.5 * (1 - cosine(xc, yc, 1).mean()) + 0.5 * (1 - cosine(xl, yl, 2).mean())
    return loss + extra if cosim and extra < 1e-3 else loss


SOBEL = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def sobel(gray):
    return F.conv2d(gray, torch.stack([SOBEL, SOBEL.T])[:, None], padding=1)


def gradient_variance(x, y, kind="charbonnier", size=16):
    def variances(v):
        g = sobel(mix(v, (0.2989, 0.5870, 0.1140)))
        return torch.stack([F.unfold(g[:, k : k + 1], size, stride=size).var(1) for k in (0, 1)])

    a, b = variances(x), variances(y)
    return sum(crit(kind)(a[k], b[k]).mean() for k in (0, 1))


def sobel_edge(x, y):
    rows = (0.299, 0.587, 0.114)
    return ((sobel(mix(x, rows)) / 4 - sobel(mix(y, rows)) / 4) ** 2).mean()


def tv(x):
    return (x[:, :, :-1] - x[:, :, 1:]).abs().mean() + (x[..., :-1] - x[..., 1:]).abs().mean()


def vgg_features(x, layers, replicate, norm=True):
    if norm:
        x = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    features, position, channels = {}, 0, 3
    for block, (convs, width) in enumerate([(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)], 1):
        for conv in range(1, convs + 1):
            shape = (width, channels, 3, 3)
            weight = math.sqrt(4 / (9 * channels)) * torch.sin(0.7 * index(shape) ** 1.1 + position)
            if replicate and position == 0:
                x = F.conv2d(F.pad(x, (1,) * 4, mode="replicate"), weight, 0.1 * torch.sin(index((width,)) + position))
            else:
                x = F.conv2d(x, weight, 0.1 * torch.sin(index((width,)) + position), padding=1)
            features[f"conv{block}_{conv}"] = x
            x = F.relu(x)
            features[f"relu{block}_{conv}"] = x
            position, channels = position + 2, width
        x = F.max_pool2d(x, 2)
        features[f"pool{block}"] = x
        position += 1
    return {name: features[name] for name in layers}


FIVE = {"conv1_2": 0.1, "conv2_2": 0.1, "conv3_4": 1, "conv4_4": 1, "conv5_4": 1}


def perceptual(x, y, kind="charbonnier", layers=None, replicate=True, weight=1, style=0, norm=True):
    layers = layers or FIVE
    a, b = vgg_features(x, layers, replicate, norm), vgg_features(y, layers, replicate, norm)

    def gram(v):
        n, c, h, w = v.shape
        v = v.view(n, c, h * w)
        return v @ v.transpose(1, 2) / (c * h * w)

    def distance(p, q):
        return (p - q).norm() if kind == "fro" else crit(kind)(p, q).mean()

    loss = sum(weight * k * distance(a[name], b[name]) for name, k in layers.items())
    return loss + (sum(style * k * distance(gram(a[n]), gram(b[n])) for n, k in layers.items()) if style else 0)


ODD, EVEN, VGG = (2, 3, 37, 45), (2, 3, 48, 64), (1, 3, 32, 32)
CASES = {
    "mssim": (ODD, lambda x, y, e: mssim(x, y, "yiq", False)),
    "mssim_large": ((2, 3, 176, 190), lambda x, y, e: mssim(x, y, "yiq", False)),
    "mssim_ycbcr": (EVEN, lambda x, y, e: mssim(x, y, "ycbcr", True)),
    "mssim_rgb": (ODD, lambda x, y, e: mssim(x, y, None, False)),
    "ldl": (ODD, ldl),
    "ldl_charbonnier": (EVEN, lambda x, y, e: ldl(x, y, e, "charbonnier")),
    "ff": (ODD, lambda x, y, e: ff(x, y)),
    "ff_patches": (EVEN, lambda x, y, e: ff(x, y, 0.5, 2, False, True, False)),
    "ff_batch": (EVEN, lambda x, y, e: ff(x, y, 1, 1, False, False, True)),
    "color": (ODD, lambda x, y, e: color(x, y)),
    "color_l2": (EVEN, lambda x, y, e: color(x, y, "l2", 2)),
    "average": (ODD, lambda x, y, e: crit("l1")(F.avg_pool2d(x, 4), F.avg_pool2d(y, 4)).mean()),
    "luma": (ODD, lambda x, y, e: crit("l1")(lightness(x), lightness(y)).mean()),
    "hsluv": (ODD, lambda x, y, e: hsluv_loss(x, y)),
    "hsluv_charbonnier": (EVEN, lambda x, y, e: hsluv_loss(x, y, "charbonnier", (0.5, 0.25, 1))),
    "hsluv_small": (EVEN, lambda x, y, e: hsluv_loss(x, y, "l2", factor=2)),
    "hsluv_blur": (ODD, lambda x, y, e: hsluv_loss(x, y, blur=3)),
    "cosim": (ODD, lambda x, y, e: 5 * (1 - cosine(x, y, 1).mean())),
    "consistency": (ODD, lambda x, y, e: consistency(x, y)),
    "consistency_near": (ODD, lambda x, y, e: consistency(x, y)),
    "consistency_far": (EVEN, lambda x, y, e: consistency(x, y, False, True, 1.2, 1.1)),
    "tv": (ODD, lambda x, y, e: tv(x)),
    "gradient_variance": (ODD, lambda x, y, e: gradient_variance(x, y)),
    "gradient_variance_small": (EVEN, lambda x, y, e: gradient_variance(x, y, "l2", 8)),
    "sobel_edge": (ODD, lambda x, y, e: sobel_edge(x, y)),
    "perceptual": (VGG, lambda x, y, e: perceptual(x, y)),
    "perceptual_style": ((2, 3, 33, 35), lambda x, y, e: perceptual(x, y, "l1", {"conv2_1": 0.5, "relu3_2": 2}, False, 0.7, 30)),
    "perceptual_fro": (VGG, lambda x, y, e: perceptual(x, y, "fro", {"pool2": 1, "conv3_1": 0.3}, True, norm=False)),
}

for name, (shape, loss) in CASES.items():
    output, gt, averaged = images(shape, 0.1 if name.endswith("_near") else 1)
    value = loss(output, gt, averaged)
    value.backward()
    gradient = output.grad.flatten()
    samples = gradient[:: gradient.numel() // 12][:13]
    print(name, f"{value:.12g} {gradient.norm():.12g}", *[f"{v:.10g}" for v in samples])

# https://www.hsluv.org's own conversion of this colour: 127.71501, 67.94319, 17.82953
print("hsluv_color", *[f"{v.item():.10g}" for v in hsluv(torch.tensor([20, 50, 20]).view(1, 3, 1, 1) / 255)])
