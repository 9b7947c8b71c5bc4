"""LMLT, which traiNNer-redux alone has."""
from rows import Golden, Row, trainner_class

ROWS, TRAINING, GOLDEN = [], [], []
LMLT = trainner_class("lmlt_arch", "LMLT")
SMALL = {"dim": 8, "n_blocks": 2}


def maker(**arguments):
    return lambda scale: LMLT(scale=scale, **arguments)


def golden(key, shape, scale, **arguments):
    return Golden("lmlt", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.3)


if LMLT:
    ROWS = [Row(f"lmlt_{size}", maker(dim=dim), scales=scales, lq_sides=(33, 40))
            for size, dim, scales in (("tiny", 36, (1, 2, 3, 4, 8)), ("base", 60, (4,)), ("large", 84, (2,)))]
    ROWS += [Row("lmlt_tiny", maker(dim=36, ffn_scale=1.5, n_blocks=3), {"ffn_scale": 1.5, "n_blocks": 3}, scales=(2,), lq_sides=(33, 40))]
    TRAINING = [Row("lmlt_tiny", maker(**SMALL), SMALL, scales=(2,))]
    GOLDEN = [
        golden("x2", (1, 3, 33, 64), 2),
        golden("x3_narrow", (1, 3, 64, 40), 3, ffn_scale=1.3, n_blocks=1),
    ]
