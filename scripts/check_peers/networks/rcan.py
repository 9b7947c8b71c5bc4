"""RCAN."""
from rows import Golden, Row
from spandrel.architectures.RCAN import RCAN

# spandrel takes 64 features for granted where no upscaling convolution tells them.
UPSCALES = (2, 3, 4, 8)


def maker(**arguments):
    return lambda scale: RCAN(scale=scale, **{"norm": False, **arguments})


ROWS = [
    Row("rcan", maker(), architecture="RCAN"),
    Row("rcan", maker(norm=True), {"norm": True}, scales=(2,), architecture="RCAN"),
    Row("rcan", maker(kernel_size=5, reduction=8), {"kernel_size": 5, "reduction": 8}, scales=(2,), architecture="RCAN"),
    Row("rcan_l", maker(n_feats=96), scales=UPSCALES, architecture="RCAN"),
    Row("rcan_unshuffle", maker(unshuffle_mod=True), architecture="RCAN"),
]

SMALL = {"norm": False, "n_resgroups": 2, "n_resblocks": 2, "n_feats": 6, "reduction": 2}

TRAINED = {"n_resgroups": 2, "n_resblocks": 2, "n_feats": 16, "reduction": 4}
TRAINING = [Row("rcan", maker(**TRAINED), TRAINED, scales=(2,)),
            Row("rcan_unshuffle", maker(unshuffle_mod=True, **TRAINED), TRAINED, scales=(2,))]


def golden(key, shape, scale, **arguments):
    return Golden("rcan", key, lambda: RCAN(scale=scale, **{**SMALL, **arguments}), shape, 0.2)


GOLDEN = [
    golden("x1", (2, 3, 5, 6), 1),
    golden("x3_leaky_relu", (2, 3, 5, 6), 3, act_mode="leaky_relu", kernel_size=5),
    golden("x4_elu", (2, 3, 5, 6), 4, act_mode="elu"),
    golden("x8_silu", (1, 3, 4, 3), 8, act_mode="silu"),
    golden("x2_gelu", (2, 3, 5, 6), 2, act_mode="gelu"),
    golden("x2_none", (2, 3, 5, 6), 2, act_mode="none"),
    golden("x1_unshuffle", (2, 3, 7, 9), 1, unshuffle_mod=True),
    golden("x2_unshuffle", (2, 3, 5, 6), 2, unshuffle_mod=True),
    golden("x2_norm", (2, 3, 5, 6), 2, norm=True),
]
