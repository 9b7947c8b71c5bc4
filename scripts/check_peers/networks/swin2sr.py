"""Swin2SR. traiNNer-redux takes spandrel's class. Without random depth, so that training can be compared."""
from rows import Golden, Row
from spandrel.architectures.Swin2SR import Swin2SR

FRAME = {"window_size": 8, "mlp_ratio": 2}
SMALL = {**FRAME, "embed_dim": 60, "depths": [6] * 4, "num_heads": [6] * 4, "upsampler": "pixelshuffledirect"}
MEDIUM = {**FRAME, "embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6, "upsampler": "pixelshuffle"}
LARGE = {**FRAME, "embed_dim": 240, "depths": [6] * 9, "num_heads": [8] * 9, "upsampler": "nearest+conv", "resi_connection": "3conv"}
PLAIN = {"drop_path_rate": 0}


def maker(**arguments):
    return lambda scale: Swin2SR(upscale=scale, **{**PLAIN, **arguments})


ROWS = [
    Row("swin2sr_s", maker(**SMALL), PLAIN, architecture="Swin2SR"),
    Row("swin2sr_s", maker(**{**SMALL, "upsampler": "pixelshuffle_aux"}, qkv_bias=False, patch_norm=False),
        {**PLAIN, "upsampler": "pixelshuffle_aux", "qkv_bias": False, "patch_norm": False}, scales=(2, 3), architecture="Swin2SR"),
    Row("swin2sr_s", maker(**{**SMALL, "upsampler": ""}), {**PLAIN, "upsampler": "none"}, scales=(1,), architecture="Swin2SR"),
    Row("swin2sr_m", maker(**MEDIUM), PLAIN, scales=(2, 4), architecture="Swin2SR"),
    Row("swin2sr_l", maker(**LARGE), PLAIN, scales=(4,), architecture="Swin2SR", giant=True),
]

TRAINED = {"img_size": 8, "embed_dim": 12, "depths": [2, 1], "num_heads": [2, 3], "window_size": 4, "mlp_ratio": 2,
           "upsampler": "pixelshuffle"}
TRAINING = [Row("swin2sr_m", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("swin2sr", key, lambda: maker(**{**TRAINED, **arguments})(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 8), 2),
    golden("x3_direct", (1, 3, 7, 10), 3, upsampler="pixelshuffledirect"),
    golden("x4_nearest", (1, 3, 4, 8), 4, upsampler="nearest+conv", resi_connection="3conv", mlp_ratio=1.5),
    golden("x1_none", (1, 3, 6, 5), 1, upsampler="", img_range=255),
    golden("x2_aux", (1, 3, 7, 9), 2, upsampler="pixelshuffle_aux"),
    golden("x8_plain", (1, 3, 4, 4), 8, qkv_bias=False, patch_norm=False, depths=[3, 2], window_size=3, img_size=9),
]
