"""MoSRv2, which traiNNer-redux alone has."""
import sys

from rows import Golden, Row, trainner_class
from spandrel.architectures.__arch_helpers.dysample import DySample

MoSRv2 = trainner_class("mosrv2_arch", "MoSRv2")
if MoSRv2:  # its own DySample is the same graph with memory that a machine without CUDA cannot have
    sys.modules["traiNNer.archs.arch_util"].DySample = lambda *arguments, end_kernel=1: DySample(*arguments)
UPSAMPLERS = {"pixelshuffledirect": (1, 2, 3, 4, 8), "pixelshuffle": (2, 3, 4), "nearest+conv": (2, 3), "dysample": (2, 3, 4),
              "transpose+conv": (2, 3, 4), "lda": (2, 3), "pa_up": (2, 3)}


def maker(**arguments):
    return lambda scale: MoSRv2(scale=scale, **arguments)


ROWS = [Row("mosrv2", maker(upsampler=upsampler), {"upsampler": upsampler}, scales=scales)
        for upsampler, scales in UPSAMPLERS.items()]
ROWS += [
    Row("mosrv2", maker(unshuffle_mod=False), {"unshuffle_mod": False}, scales=(1, 2)),
    Row("mosrv2", maker(rms_norm=True), {"rms_norm": True}, scales=(2,)),
]

SMALL = {"n_block": 2, "dim": 16, "mid_dim": 8}
TRAINING = [Row("mosrv2", maker(**SMALL), SMALL, scales=(2, 4))]


def golden(key, scale, shape=(2, 3, 5, 7), **arguments):
    small = {"dim": 16, "n_block": 2, "mid_dim": 8, **arguments}
    return Golden("mosrv2", key, lambda: MoSRv2(scale=scale, **small), shape, 0.1)


GOLDEN = [
    golden("x1", 1, (2, 3, 7, 9)),
    golden("x2", 2),
    golden("x1_conv", 1, upsampler="conv", unshuffle_mod=False),
    golden("x3_rms", 3, rms_norm=True),
    golden("x4_pixelshuffle", 4, upsampler="pixelshuffle"),
    golden("x3_pixelshuffle", 3, upsampler="pixelshuffle"),
    golden("x2_nearest", 2, upsampler="nearest+conv", unshuffle_mod=False),
    golden("x3_nearest", 3, upsampler="nearest+conv"),
    golden("x3_dysample", 3, upsampler="dysample"),
    golden("x2_dysample", 2, upsampler="dysample", mid_dim=16, unshuffle_mod=False),
    golden("x2_transpose", 2, upsampler="transpose+conv", unshuffle_mod=False),
    golden("x3_transpose", 3, upsampler="transpose+conv"),
    golden("x4_transpose", 4, upsampler="transpose+conv"),
    golden("x3_lda", 3, upsampler="lda", mid_dim=32),
    golden("x2_lda", 2, upsampler="lda", dim=32, mid_dim=32, unshuffle_mod=False),
    golden("x4_pa_up", 4, upsampler="pa_up"),
    golden("x3_pa_up", 3, upsampler="pa_up"),
    golden("x8", 8),
]

if MoSRv2 is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
