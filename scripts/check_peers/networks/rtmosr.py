"""RTMoSR, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

RTMoSR = trainner_class("rtmosr_arch", "RTMoSR")
LARGE = {"unshuffle_mod": True}
ULTRALIGHT = {"unshuffle_mod": True, "ffn_expansion": 1.5, "dccm": False}
FOLDING_SCALES = (1, 2, 4, 8)
DERIVED = ("eval_conv", "conv_3x3_rep", "conv5x5_reparam")


def maker(**arguments):
    return lambda scale: RTMoSR(scale=scale, **arguments)


def trained(name):
    return not any(part in name for part in DERIVED)


ROWS = [
    Row("rtmosr", maker(), scales=ALL_SCALES, derived=DERIVED),
    Row("rtmosr_l", maker(**LARGE), scales=FOLDING_SCALES, derived=DERIVED),
    Row("rtmosr_ul", maker(**ULTRALIGHT), scales=FOLDING_SCALES, derived=DERIVED),
    Row("rtmosr", maker(se=False), {"se": False}, scales=(2,), derived=DERIVED),
]

SMALL = {"dim": 8, "n_blocks": 1}
TRAINING = [Row("rtmosr", maker(**SMALL), SMALL, scales=(2,)),
            Row("rtmosr_ul", maker(**ULTRALIGHT, **SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {"dim": 4, "n_blocks": 2, **arguments}
    return Golden("rtmosr", key, lambda: RTMoSR(scale=scale, **small), shape, 0.2, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 5, 6)),
    golden("x2", 2, (2, 3, 7, 5)),
    golden("x3", 3, (1, 3, 5, 6), se=False),
    golden("x8", 8, (1, 3, 4, 6), ffn_expansion=1),
    golden("x1_large", 1, (1, 3, 11, 13), **LARGE),
    golden("x2_ultralight", 2, (1, 3, 7, 9), **ULTRALIGHT),
]

if RTMoSR is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
