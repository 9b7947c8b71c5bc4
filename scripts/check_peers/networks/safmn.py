"""SAFMN, which traiNNer-redux has from spandrel."""
from spandrel.architectures.SAFMN import SAFMN

from rows import ALL_SCALES, Golden, Row

VARIANTS = {"safmn": {"dim": 36}, "safmn_l": {"dim": 128, "n_blocks": 16}}


def maker(**arguments):
    return lambda scale: SAFMN(upscaling_factor=scale, **arguments)


ROWS = [Row(name, maker(**own), scales=ALL_SCALES if name == "safmn" else (4,), architecture="SAFMN")
        for name, own in VARIANTS.items()]
WIDE = {"dim": 16, "n_blocks": 2, "ffn_scale": 1.5}
ROWS.append(Row("safmn", maker(**WIDE), WIDE, scales=(2,), architecture="SAFMN", lq_sides=(16, 24)))

SMALL = {"dim": 12, "n_blocks": 2}
TRAINING = [Row("safmn", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {"dim": 8, "n_blocks": 2, **arguments}
    return Golden("safmn", key, lambda: maker(**small)(scale), shape, 0.3)


GOLDEN = [
    golden("x1", 1, (2, 3, 9, 11)),
    golden("x2", 2, (2, 3, 16, 8), ffn_scale=1.5),
    golden("x3", 3, (1, 3, 13, 10)),
    golden("x4", 4, (1, 3, 17, 24), n_blocks=1),
    golden("x8", 8, (1, 3, 8, 9), dim=12, n_blocks=1),
]
