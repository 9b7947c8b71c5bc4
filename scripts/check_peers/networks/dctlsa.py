"""DCTLSA. traiNNer-redux takes spandrel's class."""
from rows import Golden, Row
from spandrel.architectures.DCTLSA import DCTLSA

BATCH = 2  # one sample alone has no batch statistics
LQ_SIDES = (16, 21)  # the class reflects no features beyond their size


def maker(**arguments):
    return lambda scale: DCTLSA(upscale=scale, **arguments)


ROWS = [
    Row("dctlsa", maker(), lq_sides=LQ_SIDES, architecture="DCTLSA", batch=BATCH),
    Row("dctlsa", maker(nf=20), {"nf": 20}, scales=(2,), lq_sides=LQ_SIDES, architecture="DCTLSA", batch=BATCH),
]
SMALL = {"nf": 6, "num_head": 2}
TRAINING = [Row("dctlsa", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("dctlsa", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 9, 16), 2),
    golden("x3_heads", (2, 3, 10, 11), 3, nf=9, num_head=3),
]
