"""SRFormer, one of spandrel's extra architectures. Without random depth, so that training can be compared."""
import spandrel_extra_arches
from rows import Golden, Row
from spandrel_extra_arches.architectures.SRFormer import SRFormer

spandrel_extra_arches.install(ignore_duplicates=True)

FULL = {"img_size": 48, "window_size": 24, "embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6, "upsampler": "pixelshuffle"}
LIGHT = {"img_size": 64, "window_size": 16, "embed_dim": 180, "depths": [6] * 4, "num_heads": [6] * 4, "upsampler": "pixelshuffledirect"}
PLAIN = {"drop_path_rate": 0}


def maker(**arguments):
    return lambda scale: SRFormer(upscale=scale, **{"mlp_ratio": 2, "drop_path_rate": 0, **arguments})


ROWS = [
    # Smaller images the class cannot grow to its windows.
    Row("srformer", maker(**FULL), PLAIN, scales=(2, 4), architecture="SRFormer", lq_sides=(26, 29)),
    Row("srformer_light", maker(**LIGHT), PLAIN, architecture="SRFormer"),
]

TRAINED = {"img_size": 16, "window_size": 8, "embed_dim": 12, "depths": [2, 1], "num_heads": [2, 3], "upsampler": "pixelshuffle"}
TRAINING = [Row("srformer", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("srformer", key, lambda: maker(**{**TRAINED, **arguments})(scale), shape, 0.2)


GOLDEN = [
    golden("x2", (2, 3, 16, 16), 2),
    golden("x3_odd", (1, 3, 7, 18), 3),
    golden("x2_direct", (2, 3, 8, 16), 2, upsampler="pixelshuffledirect", resi_connection="3conv"),
    golden("x4_nearest", (1, 3, 8, 5), 4, upsampler="nearest+conv", qk_scale=0.4),
    golden("x1_none", (2, 3, 12, 7), 1, upsampler="", window_size=6, img_size=10, img_range=255, mlp_ratio=1.5),
    golden("x8_plain", (1, 3, 8, 8), 8, qkv_bias=False, patch_norm=False),
]
