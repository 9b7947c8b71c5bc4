"""EDSR and SRResNet without norms, which BasicSR has."""
from rows import Golden, Row, basicsr_class

EDSR = basicsr_class("edsr_arch", "EDSR")
MSRResNet = basicsr_class("srresnet_arch", "MSRResNet")
LARGE = {"num_feat": 256, "num_block": 32, "res_scale": 0.1}


def edsr(**arguments):
    return lambda scale: EDSR(num_in_ch=3, num_out_ch=3, upscale=scale, **arguments)


def msrresnet(**arguments):
    return lambda scale: MSRResNet(upscale=scale, **arguments)


SMALL = {"num_feat": 12, "num_block": 2}
OWN = {**SMALL, "res_scale": 0.5, "img_range": 1.0, "rgb_mean": [0.1, 0.2, 0.3]}
ROWS = [Row("edsr", edsr()), Row("edsr_l", edsr(**LARGE), scales=(2,), giant=True), Row("edsr", edsr(**OWN), OWN, scales=(2, 3)),
        Row("msrresnet", msrresnet(), scales=(2, 3, 4)), Row("msrresnet", msrresnet(**SMALL), SMALL, scales=(4,))]
TRAINING = [Row("edsr", edsr(**SMALL), SMALL, scales=(2,)), Row("msrresnet", msrresnet(**SMALL), SMALL, scales=(4,))]


def golden(key, make, scale, shape):
    return Golden("edsr", key, lambda: make(scale), shape, 0.2)


TINY = {"num_feat": 6, "num_block": 2}
GOLDEN = [
    golden("x1", edsr(**TINY), 1, (2, 3, 5, 6)),
    golden("x2", edsr(**TINY, res_scale=0.5, img_range=1.0, rgb_mean=[0.1, 0.2, 0.3]), 2, (2, 3, 5, 7)),
    golden("x3", edsr(**TINY), 3, (1, 3, 4, 5)),
    golden("x4", edsr(**TINY, res_scale=0.1), 4, (1, 3, 5, 4)),
    golden("x8", edsr(num_feat=4, num_block=1), 8, (1, 3, 3, 4)),
    golden("msrresnet2", msrresnet(**TINY), 2, (2, 3, 5, 7)),
    golden("msrresnet3", msrresnet(**TINY), 3, (1, 3, 4, 5)),
    golden("msrresnet4", msrresnet(**TINY), 4, (1, 3, 5, 4)),
]

if EDSR is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
