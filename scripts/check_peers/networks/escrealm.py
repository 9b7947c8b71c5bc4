"""ESCRealM, which traiNNer-redux alone has. Its attention is the naive one here: others need triton or a GPU."""
import sys
import types

from rows import Golden, Row, trainner_class

misc = sys.modules.setdefault("traiNNer.utils.misc", types.ModuleType("traiNNer.utils.misc"))
misc.require_triton = None
ESCRealM = trainner_class("escreal_arch", "ESCRealM")
NAIVE = {"attn_type": "Naive"}
XL = {"dim": 128, "pdim": 32, "n_blocks": 16, "num_heads": 8, "upsampler": "pixelshuffle"}


def maker(**arguments):
    return lambda scale: ESCRealM(scale=scale, **NAIVE, **arguments)


SMALL = {"dim": 8, "pdim": 4, "kernel_size": 5, "n_blocks": 1, "conv_blocks": 2, "window_size": 4, "num_heads": 2,
         "mid_dim": 8}


def small_row(scale, **own):
    return Row("escrealm", maker(**SMALL, **own), {**SMALL, **own}, scales=(scale,))


# One image at a time: the class's way of validation, in place, knows no batches.
ROWS = [
    Row("escrealm", maker(), scales=(1, 2, 3, 4), lq_sides=(33, 35)),
    Row("escrealm_xl", maker(**XL), scales=(4,), giant=True, lq_sides=(33, 35)),
    Row("escrealm_xl", maker(**XL), {"n_blocks": 1}, scales=(8,), giant=True, lq_sides=(33, 35)),
    small_row(2, upsampler="dysample"),
    small_row(1, unshuffle_mod=True, upsampler="pixelshuffledirect"),
    small_row(2, unshuffle_mod=True),
    small_row(3, upsampler="nearest+conv"),
]
ROWS[2] = Row("escrealm_xl", maker(**{**XL, "n_blocks": 1}), {"n_blocks": 1}, scales=(8,), lq_sides=(33, 35))
# The other way of validation fills the large kernel's margin for 13 pixels alone.
ROWS = [row if "kernel_size" not in row.options else
        Row(row.type, maker(**{**row.options, "kernel_size": 13}), {**row.options, "kernel_size": 13}, scales=row.scales)
        for row in ROWS]
TRAINING = [Row("escrealm", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {**SMALL, "upsampler": "pixelshuffledirect", **arguments}
    return Golden("escrealm", key, lambda: maker(**small)(scale), shape, 0.3)


GOLDEN = [
    golden("x1", 1, (2, 3, 6, 7)),
    golden("x2", 2, (2, 3, 7, 6), n_blocks=2, upsampler="transpose+conv"),
    golden("x3", 3, (1, 3, 6, 8), exp_ratio=1.5, kernel_size=7),
    golden("x4", 4, (1, 3, 9, 6), upsampler="pixelshuffle", conv_blocks=1),
    golden("x1_folded", 1, (2, 3, 18, 22), unshuffle_mod=True),
    golden("x8", 8, (1, 3, 5, 6), pdim=6, num_heads=4),
]

if ESCRealM is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
