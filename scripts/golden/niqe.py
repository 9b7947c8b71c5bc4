#!/usr/bin/env python3
"""Numbers of test/metric/niqe_test.cpp by BasicSR's own code: golden/niqe.py BASICSR_FOLDER. Writes
test/metric/niqe_parameters.safetensors, made-up parameters of the same shapes as BasicSR's (features of two images that a
formula makes), and prints the scores of others with them. With a second argument, BasicSR's niqe_pris_params.npz, the scores
with that file too, which is not kept."""
import pathlib
import sys
import types

import numpy as np
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]


def peer(folder):
    """BasicSR's niqe module, without the rest of its package."""
    sys.path.insert(0, folder)
    registry = types.ModuleType("basicsr.utils.registry")
    registry.METRIC_REGISTRY = types.SimpleNamespace(register=lambda: lambda function: function)
    for name in ("basicsr", "basicsr.metrics", "basicsr.utils"):
        package = types.ModuleType(name)
        package.__path__ = [str(pathlib.Path(folder, *name.split(".")))]
        sys.modules[name] = package
    sys.modules["basicsr.utils.registry"] = registry
    import basicsr.utils.color_util as color
    sys.modules["basicsr.utils"].bgr2ycbcr = color.bgr2ycbcr
    import basicsr.metrics.niqe as niqe
    return niqe


def texture(width, height, seed):
    """RGB of waves and cells; the formula of test/metric/niqe_test.cpp."""
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    cells = (x * x * (seed + 1) + y * y * 3 + x * y * (seed + 2) + c * 40) // 64 % 97
    return ((x * (2 + seed) + y * 3 + c * 29) % 128 + cells).astype(np.uint8)


def flat_half(image):
    """The left half becomes one gray."""
    image = image.copy()
    image[:, : image.shape[1] // 2] = 120
    return image


def score(niqe, image, crop, parameters):
    y = niqe.to_y_channel(image[..., ::-1].astype(np.float32))
    y = np.squeeze(y[crop : y.shape[0] - crop, crop : y.shape[1] - crop] if crop else y).round()
    return float(np.squeeze(niqe.niqe(y, *parameters)))


def made_up(niqe):
    """Mean and covariance of the features of 2 x 9 blocks, and BasicSR's kind of window."""
    d = np.arange(7) - 3
    window = np.exp(-(d[:, None] ** 2 + d[None] ** 2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    rows = []
    for seed in (0, 1, 2):
        y = np.squeeze(niqe.to_y_channel(texture(288, 288, seed)[..., ::-1].astype(np.float32))).round()
        for scale in (1, 2):
            mean = niqe.convolve(y, window, mode="nearest")
            deviation = np.sqrt(np.abs(niqe.convolve(np.square(y), window, mode="nearest") - np.square(mean)))
            plane = (y - mean) / (deviation + 1)
            side = 96 // scale
            blocks = [niqe.compute_feature(plane[j * side:(j + 1) * side, i * side:(i + 1) * side])
                      for i in range(3) for j in range(3)]
            if scale == 1:
                first = blocks
                y = niqe.imresize(y / 255.0, scale=0.5, antialiasing=True) * 255.0
            else:
                rows += [a + b for a, b in zip(first, blocks)]
    rows = np.array(rows)
    return rows.mean(axis=0)[None], np.cov(rows, rowvar=False) + 0.01 * np.eye(36), window


def main():
    niqe = peer(sys.argv[1])
    mean, covariance, window = made_up(niqe)
    save_file({"mu_pris_param": mean, "cov_pris_param": covariance, "gaussian_window": window},
              ROOT / "test/metric/niqe_parameters.safetensors")
    sets = {"made-up": (mean, covariance, window)}
    if len(sys.argv) > 2:
        stored = np.load(sys.argv[2])
        sets["BasicSR's"] = tuple(stored[key] for key in ("mu_pris_param", "cov_pris_param", "gaussian_window"))
    images = {"texture(200, 300, 3)": (texture(200, 300, 3), 0), "crop 4": (texture(200, 300, 3), 4),
              "flat half": (flat_half(texture(384, 192, 5)), 0), "texture(97, 192, 7)": (texture(97, 192, 7), 0)}
    for name, parameters in sets.items():
        for label, (image, crop) in images.items():
            print(f"{name:10} {label:22} {score(niqe, image, crop, parameters):.9g}")


main()
