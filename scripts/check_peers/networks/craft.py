"""CRAFT. traiNNer-redux takes spandrel's class."""
from rows import Golden, Row
from spandrel.architectures.CRAFT import CRAFT


def maker(**arguments):
    return lambda scale: CRAFT(upscale=scale, **arguments)


LQ_SIDES = (16, 21)  # the class mirrors no image beyond its size

ROWS = [
    Row("craft", maker(), lq_sides=LQ_SIDES, architecture="CRAFT"),
    Row("craft", maker(qkv_bias=False, mlp_ratio=1.5, split_size_0=8, split_size_1=8, resi_connection="identity"),
        {"qkv_bias": False, "mlp_ratio": 1.5, "split_size_0": 8, "split_size_1": 8, "resi_connection": "identity"}, scales=(2,),
        lq_sides=LQ_SIDES, architecture="CRAFT"),
]

SMALL = {"window_size": 8, "embed_dim": 32, "depths": [2, 1], "num_heads": [2, 4], "split_size_0": 2, "split_size_1": 8}
TRAINING = [Row("craft", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("craft", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 9), 2),
    golden("x3_plain", (1, 3, 7, 10), 3, qkv_bias=False, mlp_ratio=1.5, resi_connection="identity", qk_scale=0.4, img_range=255),
    golden("x1_uneven", (1, 3, 8, 7), 1, window_size=12, split_size_0=6, split_size_1=4, depths=[1], num_heads=[2]),
]
