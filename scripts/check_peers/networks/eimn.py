"""EIMN, which traiNNer-redux alone has. Without random depth, so that training can be compared."""
import sys
import types

from rows import Golden, Row, trainner_class
from spandrel.util.timm import DropPath

try:
    import timm.layers.drop  # noqa: F401
except ImportError:
    # The class takes DropPath from there, which spandrel has too.
    for name in ("timm", "timm.layers", "timm.layers.drop"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["timm.layers.drop"].DropPath = DropPath

ROWS, TRAINING, GOLDEN = [], [], []
EIMN = trainner_class("eimn_arch", "EIMN")
SMALL = {"embed_dims": 16, "num_stages": 2}
BATCH = 2  # one sample alone has no batch statistics


def maker(**arguments):
    return lambda scale: EIMN(scale=scale, **arguments)


def golden(key, shape, scale, **arguments):
    return Golden("eimn", key, lambda: maker(**{**SMALL, **arguments})(scale), shape, 0.3)


if EIMN:
    ROWS = [
        Row("eimn_l", maker(), scales=(2, 4), batch=BATCH),
        Row("eimn_a", maker(num_stages=14), batch=BATCH),
        Row("eimn_a", maker(num_stages=2, depths=2, mlp_ratios=1.5), {"num_stages": 2, "depths": 2, "mlp_ratios": 1.5}, scales=(3,),
            batch=BATCH),
    ]
    TRAINING = [Row("eimn_l", maker(**SMALL), SMALL, scales=(2,))]
    GOLDEN = [
        golden("x2", (2, 3, 8, 9), 2),
        golden("x3_deep", (2, 3, 7, 5), 3, depths=2, mlp_ratios=1.5),
        golden("x1", (3, 3, 6, 4), 1, num_stages=1),
    ]
