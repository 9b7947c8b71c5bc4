"""DIS, which traiNNer-redux has, and spandrel after 0.4.2."""
from rows import Golden, Row, trainner_class

DIS = trainner_class("dis_arch", "DIS")
SCALES = (1, 2, 3, 4)
DEPTHWISE = {"use_depthwise": True}


def maker(blocks, **arguments):
    return lambda scale: DIS(num_blocks=blocks, scale=scale, **arguments)


ROWS = [
    Row("dis_balanced", maker(12), scales=SCALES),
    Row("dis_fast", maker(8), scales=SCALES),
    Row("dis_fast", maker(8, **DEPTHWISE), DEPTHWISE, scales=SCALES),
]

SMALL = {"num_features": 16, "num_blocks": 2}
TRAINING = [Row("dis_fast", lambda scale: DIS(scale=scale, **SMALL), SMALL, scales=(2, 4)),
            Row("dis_fast", lambda scale: DIS(scale=scale, **DEPTHWISE, **SMALL), {**DEPTHWISE, **SMALL}, scales=(2,))]


def golden(key, scale, **arguments):
    return Golden("dis", key, lambda: DIS(num_features=6, num_blocks=2, scale=scale, **arguments), (2, 3, 5, 7),
                  0.1)


GOLDEN = [golden(f"x{scale}", scale) for scale in SCALES] + [golden("x2_depthwise", 2, **DEPTHWISE)]

if DIS is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
