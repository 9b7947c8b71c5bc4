"""TSCUNet, which traiNNer-redux alone has; its class takes clips [N, frames, 3, H, W]."""
from networks.scunet import quiet
from rows import Golden, Row, trainner_class

FRAMES = 5
Found = trainner_class("tscunet_arch", "TSCUNet")
if Found:
    class Clip(Found):
        def forward(self, x):
            return super().forward(x.unflatten(1, (-1, 3)))


def make(**arguments):
    return lambda scale: quiet(Clip(scale=scale, **arguments))


SIDES = {"lq_sides": (72, 80)}  # it reflects up to 60 pixels
SMALL = {"clip_size": 3, "nb": 1}
ROWS = [
    Row("tscunet", make(), scales=(1, 2, 4, 8), frames=FRAMES, **SIDES),
    Row("tscunet", make(**SMALL, residual=False), {**SMALL, "residual": False}, scales=(2,), frames=3, **SIDES),
    Row("tscunet", make(**SMALL, sigma=True), {**SMALL, "sigma": True}, scales=(2,), frames=3, **SIDES),
]
TRAINING = [Row("tscunet", make(**SMALL), {**SMALL, "noise": 0}, scales=(2,), frames=3, trained_images=2)]


def golden(key, scale, **arguments):
    frames = arguments["clip_size"]
    return Golden("tscunet", key, lambda: make(nb=1, **arguments)(scale), (1, 3 * frames, 40, 64), 0.2)


GOLDEN = [
    golden("x1", 1, clip_size=3),
    golden("x2", 2, clip_size=5),
    golden("x4", 4, clip_size=3, residual=False),
]

if Found is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
