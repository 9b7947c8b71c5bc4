"""HAT. Without random depth, so that training can be compared."""
from rows import Golden, Row
from spandrel.architectures.HAT import HAT

PLAIN = {"drop_path_rate": 0}


def maker(**arguments):
    return lambda scale: HAT(upscale=scale, **{"window_size": 16, "mlp_ratio": 2, "drop_path_rate": 0, **arguments})


def sized(groups, width=180, **arguments):
    return maker(embed_dim=width, depths=[6] * groups, num_heads=[6] * groups, **arguments)


ROWS = [
    Row("hat_s", sized(6, 144, compress_ratio=24, squeeze_factor=24), PLAIN, scales=(2, 4), architecture="HAT"),
    Row("hat_m", sized(6), PLAIN, scales=(1, 2, 3, 4), architecture="HAT"),
    Row("hat_l", sized(12), PLAIN, scales=(4,), architecture="HAT", giant=True),
    Row("hat_m_aligned", sized(6, 192), PLAIN, scales=(2,), architecture="HAT"),
    Row("hat_l_aligned", sized(12, 192), PLAIN, scales=(2,), architecture="HAT", giant=True),
]

TRAINED = {"embed_dim": 12, "depths": [2, 1], "num_heads": [2, 3], "window_size": 4, "compress_ratio": 3, "squeeze_factor": 4}
TRAINING = [Row("hat_m", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, **arguments):
    small = {"embed_dim": 12, "depths": [2, 1], "num_heads": [2, 3], "window_size": 4, "compress_ratio": 3, "squeeze_factor": 4,
             **arguments}
    return Golden("hat", key, lambda: maker(**small)(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 8), 2),
    golden("x3", (1, 3, 7, 10), 3, conv_scale=0.1),
    golden("x4_plain", (1, 3, 8, 4), 4, qkv_bias=False, patch_norm=False, resi_connection="identity", num_feat=16),
    golden("x1_overlap", (1, 3, 12, 8), 1, overlap_ratio=1.0, img_range=255),
]
