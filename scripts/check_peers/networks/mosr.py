"""MoSR. spandrel has short names of the upsamplers."""
from rows import Golden, Row
from spandrel.architectures.MoSR import MoSR

DYSAMPLE = {"upsampler": "dysample"}
ENSEMBLE = {"upsampler": "geoensemblepixelshuffle"}


def maker(**arguments):
    return lambda scale: MoSR(upscale=scale, **arguments)


ROWS = [
    Row("mosr", maker(), architecture="MoSR"),
    Row("mosr", maker(upsampler="dys"), DYSAMPLE, architecture="MoSR"),
    Row("mosr", maker(upsampler="gps"), ENSEMBLE, architecture="MoSR"),
    Row("mosr_t", maker(n_block=5, dim=48), architecture="MoSR"),
    Row("mosr_t", maker(n_block=5, dim=48, upsampler="gps"), ENSEMBLE, architecture="MoSR"),
]

SMALL = {"n_block": 2, "dim": 16}
TRAINING = [Row("mosr", maker(**SMALL), SMALL, scales=(2,)), Row("mosr", maker(upsampler="gps", **SMALL), {**ENSEMBLE, **SMALL}, scales=(2,)),
            Row("mosr", maker(upsampler="dys", **SMALL), {**DYSAMPLE, **SMALL}, scales=(2,))]


def golden(key, scale, **arguments):
    small = {"dim": 8, "n_block": 2, **arguments}
    return Golden("mosr", key, lambda: MoSR(upscale=scale, **small), (2, 3, 5, 7), 0.1)


GOLDEN = [
    golden("x1", 1),
    golden("x2", 2, kernel_size=3, conv_ratio=0.5, expansion_ratio=2),
    golden("x3_gps", 3, upsampler="gps"),
    golden("x4", 4),
    golden("x1_dys", 1, upsampler="dys"),
    golden("x2_dys", 2, upsampler="dys"),
    golden("x8_gps", 8, upsampler="gps"),
]
