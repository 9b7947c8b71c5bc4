"""MoESR2, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

MoESR2 = trainner_class("moesr_arch", "MoESR2")
UPSAMPLERS = ("pixelshuffle", "nearest+conv", "dysample")


def maker(**arguments):
    return lambda scale: MoESR2(scale=scale, **arguments)


SMALL = {"dim": 8, "n_blocks": 1, "n_block": 1, "upsample_dim": 12}


def small(**own):
    return {**SMALL, **own}


ROWS = [Row("moesr2", maker(), scales=(4,), giant=True),
        Row("moesr2", maker(**SMALL), SMALL, scales=ALL_SCALES)]
ROWS += [Row("moesr2", maker(**small(upsampler=kind)), small(upsampler=kind), scales=(3 if "nearest" in kind else 2,))
         for kind in UPSAMPLERS]
TRAINING = [Row("moesr2", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    return Golden("moesr2", key, lambda: MoESR2(scale=scale, **small(**arguments)), shape, 0.1)


GOLDEN = [
    golden("x1", 1, (2, 3, 6, 7)),
    golden("x2", 2, (2, 3, 7, 5), n_blocks=2, upsampler="dysample"),
    golden("x3", 3, (1, 3, 5, 6), n_block=2, upsampler="nearest+conv"),
    golden("x4", 4, (1, 3, 8, 9), upsampler="pixelshuffle", expansion_msg=2),
    golden("x8", 8, (1, 3, 4, 6), dim=12, expansion_factor=2),
]

if MoESR2 is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
