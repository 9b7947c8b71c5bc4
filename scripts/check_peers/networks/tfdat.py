"""TFDAT, which traiNNer-redux alone has; its class takes clips [N, frames, 3, H, W]. Without random depth, so that training can
be compared."""
from networks.fdat import PLAIN, SMALL, TRAINED
from rows import Golden, Row, trainner_class

FRAMES = 5
USUAL = {"embed_dim": 120, "upsampler_type": "transpose+conv", **PLAIN}  # of the function that has its name there
Found = trainner_class("tfdat_arch", "TFDAT")
if Found:
    class Clip(Found):
        def forward(self, x):
            return super().forward(x.unflatten(1, (-1, 3)))


def make(**arguments):
    return lambda scale: Clip(scale=scale, **{**USUAL, **arguments})


SIDES = {"lq_sides": (40, 50)}
KINDS = {"pixelshuffledirect": (2, 8), "pixelshuffle": (1, 3), "nearest+conv": (2, 3), "dysample": (4,), "pa_up": (3,)}
ROWS = [Row("tfdat", make(), PLAIN, scales=(1, 2, 3, 4), frames=FRAMES, **SIDES)]
ROWS += [Row("tfdat", make(**SMALL, upsampler_type=kind), {**PLAIN, **SMALL, "upsampler_type": kind}, scales=scales,
             frames=FRAMES, **SIDES) for kind, scales in KINDS.items()]

TRAINING = [Row("tfdat", make(**TRAINED, clip_size=3, flow_base_ch=8),
                {**PLAIN, **TRAINED, "num_frames": 3, "flow_base_ch": 8}, scales=(2, 4), frames=3)]


def golden(key, shape, scale, **arguments):
    small = {**TRAINED, "num_groups": 1, "mid_dim": 8, "flow_base_ch": 4, **arguments}
    return Golden("tfdat", key, lambda: make(**small)(scale), shape, 0.2)


GOLDEN = [
    golden("x1", (1, 9, 13, 16), 1, upsampler_type="pixelshuffledirect"),
    golden("x2", (2, 15, 8, 9), 2, num_groups=2),
    golden("x3", (1, 9, 7, 10), 3, upsampler_type="pixelshuffle", flow_base_ch=2),
    golden("x4", (1, 15, 24, 17), 4, window_size=8, group_block_pattern=["channel", "spatial"], flow_base_ch=3),
]

if Found is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
