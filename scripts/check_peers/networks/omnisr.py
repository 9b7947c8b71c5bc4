"""OmniSR. spandrel's class is traiNNer-redux's."""
from rows import Golden, Row
from spandrel.architectures.OmniSR import OmniSR


def maker(**arguments):
    return lambda scale: OmniSR(up_scale=scale, **{"num_feat": 64, "res_num": 5, "block_num": 1, "window_size": 8, **arguments})


ROWS = [
    Row("omnisr", maker(), architecture="OmniSR"),
    Row("omnisr", maker(block_num=2, bias=False), {"block_num": 2, "bias": False}, scales=(2,), architecture="OmniSR"),
    Row("omnisr", maker(pe=False), {"pe": False}, scales=(2,), architecture="OmniSR"),
]

TRAINED = {"num_feat": 8, "res_num": 2, "window_size": 4}
TRAINING = [Row("omnisr", maker(**TRAINED), TRAINED, scales=(2,))]


def golden(key, shape, scale, **arguments):
    small = {"num_feat": 8, "res_num": 2, "window_size": 4, **arguments}
    return Golden("omnisr", key, lambda: maker(**small)(scale), shape, 0.2)


GOLDEN = [
    golden("x2", (2, 3, 16, 20), 2),
    golden("x3", (1, 3, 15, 18), 3, block_num=2, res_num=1),
    golden("x4_plain", (1, 3, 16, 16), 4, pe=False, bias=False),
    golden("x1_large_window", (1, 3, 17, 16), 1, window_size=8),
]
