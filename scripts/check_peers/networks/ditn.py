"""DITN for real images. traiNNer-redux takes spandrel's class."""
from rows import Golden, Row
from spandrel.architectures.DITN import DITN

SMALL = {"dim": 8, "ITL_blocks": 2, "SAL_blocks": 1}


def maker(**arguments):
    return lambda scale: DITN(upscale=scale, **arguments)


ROWS = [
    Row("ditn_real", maker(), architecture="DITN"),
    Row("ditn_real", maker(ITL_blocks=2, SAL_blocks=3, UFONE_blocks=2, bias=True, dim=24, ffn_expansion_factor=1.5),
        {"ITL_blocks": 2, "SAL_blocks": 3, "UFONE_blocks": 2, "bias": True, "dim": 24, "ffn_expansion_factor": 1.5}, scales=(2,),
        architecture="DITN"),
]
TRAINING = [Row("ditn_real", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("ditn", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 13), 2),
    golden("x3_stages", (1, 3, 7, 6), 3, UFONE_blocks=2, bias=True, ffn_expansion_factor=1.5, patch_size=4),
]
