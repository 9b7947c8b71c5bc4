"""RGT. traiNNer-redux takes spandrel's class, which shrinks an image by other factors in training than for use.
Without random depth, so that training can be compared."""
from rows import Golden, Row
from spandrel.architectures.RGT import RGT

SIZED = {"split_size": [8, 32], "embed_dim": 180, "mlp_ratio": 2}
SMALLER = {"depth": [6] * 6, "num_heads": [6] * 6}
LARGER = {"depth": [6] * 8, "num_heads": [6] * 8}
PLAIN = {"drop_path_rate": 0}
LQ_SIDES = (17, 26)  # the class takes no image of less than 16 pixels a side


def maker(**arguments):
    return lambda scale: RGT(upscale=scale, **{**PLAIN, **arguments})


ROWS = [
    Row("rgt_s", maker(**SIZED, **SMALLER), PLAIN, scales=(1, 2, 3, 4), lq_sides=LQ_SIDES, architecture="RGT"),
    Row("rgt_s", maker(**{**SIZED, "split_size": [8, 16], "mlp_ratio": 1.5}, **SMALLER, c_ratio=0.2, qkv_bias=False,
                       resi_connection="3conv"),
        {**PLAIN, "split_size": [8, 16], "mlp_ratio": 1.5, "c_ratio": 0.2, "qkv_bias": False, "resi_connection": "3conv"}, scales=(2,),
        lq_sides=LQ_SIDES, architecture="RGT"),
    Row("rgt", maker(**SIZED, **LARGER), PLAIN, scales=(4,), lq_sides=LQ_SIDES, architecture="RGT"),
]

TRAINED = {"embed_dim": 32, "depth": [3, 2], "num_heads": [2, 4], "split_size": [4, 8], "mlp_ratio": 2}
TRAINING = [Row("rgt", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, training=True, **arguments):
    return Golden("rgt", key, lambda: maker(**{**TRAINED, **arguments})(scale), shape, 0.3, training=training)


GOLDEN = [
    golden("x2", (2, 3, 8, 16), 2),
    golden("x3_odd", (1, 3, 7, 17), 3),
    golden("x4_close", (2, 3, 4, 9), 4, resi_connection="3conv", split_size=[4, 16]),
    golden("x8_plain", (1, 3, 4, 5), 8, qkv_bias=False, mlp_ratio=3, c_ratio=0.25, img_range=255, qk_scale=0.4),
    golden("x1_square", (1, 3, 8, 18), 1, split_size=[4, 4], depth=[2, 1], num_heads=[4, 2]),
    golden("x2_used", (1, 3, 16, 21), 2, training=False),
]
