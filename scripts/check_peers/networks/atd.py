"""ATD. spandrel's class is traiNNer-redux's. It sorts pixels by the entry of the dictionary that they are like, and leaves it to the
processor's sort in which order those of one entry come: attention sees other groups of them, and the output differs. Here, as in the
network that is compared, they keep the order in which they lie in the image."""
import torch
from rows import Golden, Row
from spandrel.architectures.ATD import ATD

sort = torch.sort
torch.sort = lambda *inputs, **options: sort(*inputs, **{**options, "stable": True})

FULL = {"img_size": 96, "embed_dim": 210, "depths": [6] * 6, "num_heads": [6] * 6, "window_size": 16, "category_size": 256,
        "num_tokens": 128, "reducted_dim": 20, "convffn_kernel_size": 5, "mlp_ratio": 2, "upsampler": "pixelshuffle"}
LIGHT = {"embed_dim": 48, "depths": [6] * 4, "num_heads": [6] * 4, "window_size": 16, "category_size": 128, "num_tokens": 64,
         "reducted_dim": 8, "convffn_kernel_size": 7, "mlp_ratio": 1, "upsampler": "pixelshuffledirect"}


def maker(**arguments):
    return lambda scale: ATD(upscale=scale, **arguments)


ROWS = [
    Row("atd", maker(**FULL), scales=(2, 3, 4), architecture="ATD"),
    Row("atd_light", maker(**LIGHT), architecture="ATD"),
    Row("atd_light", maker(**LIGHT, norm=False), {"norm": False}, scales=(2,), architecture="ATD"),
    Row("atd_light", maker(**{**LIGHT, "upsampler": "nearest+conv", "resi_connection": "3conv", "category_size": 256}),
        {"upsampler": "nearest+conv", "resi_connection": "3conv", "category_size": 256}, scales=(4,), architecture="ATD"),
]

SMALL = {"img_size": 8, "embed_dim": 12, "depths": [2, 1], "num_heads": [2, 3], "window_size": 4, "category_size": 10,
         "num_tokens": 5, "reducted_dim": 3, "convffn_kernel_size": 3, "mlp_ratio": 2, "upsampler": "pixelshuffle"}
TRAINING = [Row("atd", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("atd", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 8), 2),
    golden("x3_direct", (1, 3, 7, 10), 3, upsampler="pixelshuffledirect"),
    golden("x4_nearest", (1, 3, 4, 8), 4, upsampler="nearest+conv", resi_connection="3conv", mlp_ratio=1.5),
    golden("x1_none", (1, 3, 6, 5), 1, upsampler="", norm=False, img_range=255),
    golden("x2_plain", (1, 3, 8, 4), 2, category_size=1000, qkv_bias=False, patch_norm=False, depths=[3, 2], img_range=255,
           convffn_kernel_size=5),
]
