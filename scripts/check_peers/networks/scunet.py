"""SCUNet: aaf6aa's by traiNNer-redux's class, the published one by spandrel's. The first adds noise in training, which is left
out where numbers are compared."""
from rows import Golden, Row, trainner_class
from spandrel.architectures.SCUNet import SCUNet as Published

Extended = trainner_class("scunet_aaf6aa_arch", "SCUNet_aaf6aa")
SIDES = {"lq_sides": (72, 80)}  # it reflects up to 60 pixels
FEW = [1, 2, 1, 1, 1, 1, 2]


def quiet(network):
    """The network without noise."""
    for module in network.modules():
        if type(module).__name__ == "GaussianNoise":
            module.sigma = 0
    return network


def extended(**arguments):
    return lambda scale: quiet(Extended(scale=scale, **arguments))


def published(**arguments):
    return lambda scale: Published(**arguments)


ROWS = [
    Row("scunet_aaf6aa", extended(), scales=(1, 2, 4, 8), **SIDES),
    Row("scunet_aaf6aa", extended(config=FEW, residual=False), {"config": FEW, "residual": False}, scales=(2,), **SIDES),
    Row("scunet", published(), scales=(1,), architecture="SCUNet", **SIDES),
    Row("scunet", published(config=FEW), {"config": FEW}, scales=(1,), architecture="SCUNet", **SIDES),
]
ONE = [1] * 7
TRAINING = [
    Row("scunet_aaf6aa", extended(config=ONE), {"config": ONE, "noise": 0}, scales=(1, 2), trained_images=2),
    Row("scunet", published(config=ONE), {"config": ONE}, scales=(1,), trained_images=2),
]


def golden(key, scale, **arguments):
    return Golden("scunet", key, lambda: extended(**arguments)(scale), (1, 3, 40, 64), 0.2)


GOLDEN = [
    golden("x1", 1, config=FEW),
    golden("x2", 2, config=[1, 1, 1, 2, 1, 2, 1], input_resolution=64),
    golden("x4", 4, config=[1, 1, 1, 1, 0, 1, 1], residual=False),
    Golden("scunet", "published", lambda: Published(config=[2, 1, 1, 2, 1, 1, 1]), (1, 3, 50, 37), 0.2),
]

if Extended is None:  # no checkout
    ROWS, TRAINING, GOLDEN = ROWS[2:], TRAINING[2:], []
