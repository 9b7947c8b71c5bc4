"""SPANF3, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

SPANF3 = trainner_class("spanf3_arch", "SPANF3")
DERIVED = ("eval_conv",)


def maker(**arguments):
    own = {"num_in_ch": 3, "num_out_ch": 3, "unshuffle_mod": True, **arguments}
    return lambda scale: SPANF3(upscale=scale, **own)


def trained(name):
    return "eval_conv" not in name


SMALL = {"feature_channels": 8, "num_blocks": 2}
PLAIN = {**SMALL, "unshuffle_mod": False}
ROWS = [Row("spanf3", maker(), derived=DERIVED)]
ROWS += [Row("spanf3", maker(**PLAIN), PLAIN, scales=(1, 2), derived=DERIVED)]
TRAINING = [Row("spanf3", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    return Golden("spanf3", key, lambda: maker(**{**SMALL, "feature_channels": 4, **arguments})(scale), shape, 0.3, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 9, 6)),
    golden("x2", 2, (2, 3, 5, 8), num_blocks=1),
    golden("x3", 3, (1, 3, 6, 7)),
    golden("x2_plain", 2, (1, 3, 5, 6), unshuffle_mod=False),
]

if SPANF3 is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
