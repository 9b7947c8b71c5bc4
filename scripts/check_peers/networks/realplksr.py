"""RealPLKSR. spandrel's class chooses the upsampler by a flag."""
from rows import Golden, Row
from spandrel.architectures.PLKSR import RealPLKSR


def maker(**arguments):
    return lambda scale: RealPLKSR(upscaling_factor=scale, **{"layer_norm": True, **arguments})


TINY = {"n_blocks": 12, "kernel_size": 13, "use_ea": False}
GROUP_NORM = {"layer_norm": False}
DYSAMPLE = {"upsampler": "dysample"}

ROWS = [
    Row("realplksr", maker(), architecture="PLKSR"),
    Row("realplksr", maker(dysample=True), DYSAMPLE, architecture="PLKSR"),
    Row("realplksr", maker(**GROUP_NORM), GROUP_NORM, architecture="PLKSR"),
    Row("realplksr", maker(dysample=True, **GROUP_NORM), {**DYSAMPLE, **GROUP_NORM}, architecture="PLKSR"),
    Row("realplksr_tiny", maker(**TINY), architecture="PLKSR"),
    Row("realplksr_tiny", maker(dysample=True, **TINY), DYSAMPLE, architecture="PLKSR"),
    Row("realplksr_large", maker(dim=96), scales=(2, 4), architecture="PLKSR"),
]

SMALL = {"n_blocks": 2, "dim": 16, "kernel_size": 17}
TRAINING = [Row("realplksr", maker(**SMALL), SMALL, scales=(2,)),
            Row("realplksr", maker(dysample=True, **GROUP_NORM, **SMALL), {**DYSAMPLE, **GROUP_NORM, **SMALL}, scales=(2,))]


def golden(key, scale, **arguments):
    small = {"dim": 8, "n_blocks": 2, "kernel_size": 5, "layer_norm": True, **arguments}
    return Golden("realplksr", key, lambda: RealPLKSR(upscaling_factor=scale, **small), (2, 3, 5, 7), 0.1)


GOLDEN = [
    golden("x1", 1),
    golden("x2", 2, split_ratio=0.5),
    golden("x3_group_norm", 3, layer_norm=False, norm_groups=2),
    golden("x4_plain", 4, use_ea=False),
    golden("x1_dysample", 1, dysample=True),
    golden("x2_dysample", 2, dysample=True, layer_norm=False),
    golden("x3_dysample", 3, dysample=True),
    golden("x8", 8, kernel_size=17),
]
