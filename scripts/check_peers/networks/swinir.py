"""SwinIR. spandrel's class is traiNNer-redux's. Without random depth, so that training can be compared."""
from rows import Golden, Row
from spandrel.architectures.SwinIR import SwinIR

SMALL = {"embed_dim": 60, "depths": [6] * 4, "num_heads": [6] * 4, "upsampler": "pixelshuffledirect"}
MEDIUM = {"img_size": 48, "embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6, "upsampler": "pixelshuffle"}
LARGE = {"embed_dim": 240, "depths": [6] * 9, "num_heads": [8] * 9, "upsampler": "nearest+conv", "resi_connection": "3conv"}
PLAIN = {"drop_path_rate": 0}


def maker(**arguments):
    return lambda scale: SwinIR(upscale=scale, **{"window_size": 8, "mlp_ratio": 2, "drop_path_rate": 0, **arguments})


ROWS = [
    Row("swinir_s", maker(**SMALL), PLAIN, architecture="SwinIR"),
    Row("swinir_m", maker(**MEDIUM), PLAIN, scales=(2, 3, 4), architecture="SwinIR"),
    Row("swinir_l", maker(**LARGE), PLAIN, scales=(2, 4), architecture="SwinIR", giant=True),
]

TRAINED = {"img_size": 8, "embed_dim": 12, "depths": [2, 2], "num_heads": [2, 3], "window_size": 4, "upsampler": "pixelshuffle"}
TRAINING = [Row("swinir_m", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, **arguments):
    small = {"img_size": 8, "embed_dim": 12, "depths": [2, 2], "num_heads": [2, 3], "window_size": 4, "upsampler": "pixelshuffle",
             **arguments}
    return Golden("swinir", key, lambda: maker(**small)(scale), shape, 0.2)


GOLDEN = [
    golden("x2", (2, 3, 8, 8), 2),
    golden("x3", (2, 3, 7, 10), 3),
    golden("x2_direct", (2, 3, 12, 8), 2, upsampler="pixelshuffledirect"),
    golden("x4_nearest", (1, 3, 4, 8), 4, upsampler="nearest+conv", resi_connection="3conv"),
    golden("x8_nearest", (1, 3, 4, 5), 8, upsampler="nearest+conv"),
    golden("x1_none", (2, 3, 9, 8), 1, upsampler="", window_size=7, img_size=14, img_range=255, mlp_ratio=1.5),
    golden("x2_plain", (1, 3, 8, 9), 2, qkv_bias=False, patch_norm=False),
]
