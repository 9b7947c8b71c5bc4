"""DWT, which traiNNer-redux alone has. Without random depth, so that training can be compared."""
from rows import ALL_SCALES, Golden, Row, trainner_class

DWT = trainner_class("dwt_arch", "DWT")
PUBLISHED = {"embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6, "mlp_ratio": 2}
PLAIN = {"drop_path_rate": 0}


def maker(**arguments):
    return lambda scale: DWT(upscale=scale, upsampler="pixelshuffle", **{**PLAIN, **arguments})


LQ_SIDES = (17, 34)  # the class reflects no image beyond its size
SHORT = {"depths": [2, 2, 2], "num_heads": [6, 5, 6], "layer_kinds": [[0, -1], [0, 2], [0, 1]]}
ROWS = [
    Row("dwt_s", maker(window_size=8, **PUBLISHED), PLAIN, scales=(4,), giant=True, lq_sides=LQ_SIDES, derived=("attn_mask",)),
    Row("dwt_s", maker(window_size=8, **{**PUBLISHED, **SHORT}), {**PLAIN, **SHORT}, scales=ALL_SCALES, lq_sides=LQ_SIDES,
        derived=("attn_mask",)),
    Row("dwt", maker(window_size=16, **{**PUBLISHED, **SHORT}), {**PLAIN, **SHORT}, scales=(2,), lq_sides=(33, 64),
        derived=("attn_mask",)),
]

SMALL = {"img_size": 16, "embed_dim": 12, "depths": [2, 2, 2], "num_heads": [2, 3, 2], "window_size": 4, "mlp_ratio": 2,
         "layer_kinds": [[0, -1], [0, 2], [0, 1]]}
TRAINING = [Row("dwt", maker(**SMALL), {**SMALL, **PLAIN}, scales=(2,))]


def golden(key, scale, shape, **arguments):
    return Golden("dwt", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.2)


GOLDEN = [
    golden("x2", 2, (2, 3, 16, 16)),
    golden("x3_other", 3, (1, 3, 9, 22)),
    golden("x4_in_place", 4, (1, 3, 8, 16), depths=[2, 2], num_heads=[2, 3], layer_kinds=[[-1, 2], [1, -1]],
           resi_connection="3conv", qkv_bias=False, patch_norm=False, qk_scale=0.4),
    golden("x1_odd", 1, (1, 3, 7, 9), img_size=12, window_size=3, depths=[2], num_heads=[2], layer_kinds=[[0, 2]],
           img_range=255, mlp_ratio=1.5),
    golden("x8_four", 8, (1, 3, 16, 32), depths=[2], num_heads=[2], layer_kinds=[[0, 4]]),
]

if DWT is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
