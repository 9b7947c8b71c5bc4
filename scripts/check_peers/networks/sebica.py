"""Sebica, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

Sebica = trainner_class("sebica_arch", "Sebica")


def maker(**arguments):
    return lambda scale: Sebica(scale=scale, **arguments)


ROWS = [Row("sebica", maker(), scales=ALL_SCALES, batch=2), Row("sebica_mini", maker(N=8), scales=(2,), batch=2)]
TRAINING = [Row("sebica_mini", maker(N=8), scales=(2,))]


def golden(key, scale, shape, **arguments):
    return Golden("sebica", key, lambda: Sebica(scale=scale, **{"N": 4, **arguments}), shape, 0.3)


GOLDEN = [
    golden("x1", 1, (2, 3, 5, 6)),
    golden("x2", 2, (2, 3, 7, 5), N=6),
    golden("x3", 3, (1, 3, 5, 6)),
    golden("x4", 4, (3, 3, 4, 5)),
    golden("x8", 8, (1, 3, 4, 6), N=3),
]

if Sebica is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
