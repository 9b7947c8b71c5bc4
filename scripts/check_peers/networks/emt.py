"""EMT, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

EMT = trainner_class("emt_arch", "EMT")


def maker(**arguments):
    return lambda scale: EMT(scale=scale, **arguments)


def trained(name):
    return "_mean." not in name and not name.endswith("mask")


DIRECT = {"upsampler": "pixelshuffledirect", "n_blocks": 2, "n_GTLs": 3, "mlp_ratio": 1}
ROWS = [
    Row("emt", maker(), scales=ALL_SCALES, batch=2, lq_sides=(17, 19)),
    Row("emt", maker(**DIRECT), DIRECT, scales=(2,), batch=2, lq_sides=(17, 19)),
]
SMALL = {"dim": 20, "n_blocks": 1, "n_layers": 3, "num_heads": 2, "window_list": [[2, 4], [4, 2]], "shift_list": [[1, 2], [2, 1]]}
TRAINING = [Row("emt", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    return Golden("emt", key, lambda: EMT(scale=scale, **{**SMALL, **arguments}), shape, 0.3, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 5, 6)),
    golden("x2", 2, (2, 3, 8, 9), n_blocks=2, n_GTLs=1),
    golden("x3_direct", 3, (1, 3, 7, 10), upsampler="pixelshuffledirect", mlp_ratio=3, shift_list=None),
    golden("x4_shapes", 4, (2, 3, 9, 8), dim=30, num_heads=1, window_list=[[2, 2], [4, 2], [3, 4]],
           shift_list=[[-1, 1], [2, 0], [0, 3]]),
    golden("x8_mixed", 8, (1, 3, 4, 5), n_layers=2, n_GTLs=0),
]

if EMT is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
