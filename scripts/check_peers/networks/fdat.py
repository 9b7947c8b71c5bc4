"""FDAT, by traiNNer-redux's class, and in files by spandrel's. Without random depth, so that training can be compared."""
import importlib
import sys

from rows import Golden, Row, trainner_class
from spandrel.architectures.__arch_helpers.dysample import DySample

FDAT = trainner_class("fdat_arch", "FDAT")
if FDAT:  # its own DySample, and that of spandrel's class, is the same graph with memory that a machine without CUDA cannot have
    for module in (sys.modules["traiNNer.archs.arch_util"], importlib.import_module("spandrel.architectures.FDAT.__arch.fdat")):
        module.DySample = lambda *arguments, end_kernel=1: DySample(*arguments)
    VARIANTS = importlib.import_module("traiNNer.archs.fdat_arch")
PLAIN = {"drop_path_rate": 0}
UPSAMPLERS = {"pixelshuffledirect": (1, 2, 8), "pixelshuffle": (2, 3, 4), "nearest+conv": (2, 3), "dysample": (2, 3, 4),
              "transpose+conv": (2, 3, 4), "lda": (2, 3), "pa_up": (2, 3)}


def variant(name, **arguments):
    return lambda scale: getattr(VARIANTS, name)(scale=scale, **{**PLAIN, **arguments})


def maker(**arguments):
    return lambda scale: FDAT(scale=scale, **{**PLAIN, **arguments})


def row(name, make, options=None, **more):
    return Row(name, make, {**PLAIN, **(options or {})}, architecture="FDAT", **more)


ROWS = [row(name, variant(name), scales=(1, 2, 3, 4))
        for name in ("fdat_tiny", "fdat_light", "fdat_medium", "fdat_medium_aligned")]
ROWS += [row(name, variant(name), scales=(2, 4)) for name in ("fdat_large", "fdat_xl")]
SMALL = {"embed_dim": 24, "num_groups": 2, "depth_per_group": 1, "mid_dim": 16}
ROWS += [row("fdat", maker(**SMALL, upsampler_type=kind), {**SMALL, "upsampler_type": kind}, scales=scales)
         for kind, scales in UPSAMPLERS.items()]
FOLDED = {**SMALL, "unshuffle_mod": True}
ROWS += [row("fdat", maker(**FOLDED), FOLDED, scales=(1, 2))]

TRAINED = {"embed_dim": 12, "num_groups": 2, "depth_per_group": 1, "num_heads": 2, "window_size": 4, "aim_reduction_ratio": 3}
TRAINING = [Row("fdat_medium", variant("fdat_medium", **TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, **arguments):
    small = {**TRAINED, "num_groups": 1, "mid_dim": 8, **arguments}
    return Golden("fdat", key, lambda: maker(**small)(scale), shape, 0.2)


GOLDEN = [
    golden("x2", (2, 3, 8, 8), 2, num_groups=2),
    golden("x3_transpose", (1, 3, 7, 10), 3, upsampler_type="transpose+conv"),
    golden("x4_pattern", (1, 3, 4, 9), 4, group_block_pattern=["channel", "spatial", "spatial"], depth_per_group=2,
           ffn_expansion_ratio=1.5, upsampler_type="transpose+conv"),
    golden("x2_unshuffle", (1, 3, 9, 10), 2, unshuffle_mod=True),
    golden("x1_unshuffle", (1, 3, 13, 16), 1, unshuffle_mod=True, upsampler_type="pixelshuffledirect"),
    golden("x2_window", (1, 3, 8, 9), 2, window_size=8, num_heads=3, aim_reduction_ratio=5, upsampler_type="pa_up"),
    golden("x2_lda", (1, 3, 8, 9), 2, upsampler_type="lda", mid_dim=32),
]

if FDAT is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
