"""LKFMixer, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

LKFMixer = trainner_class("lkfmixer_arch", "LKFMixer")
VARIANTS = {"lkfmixer_t": {"channels": 40, "num_block": 6}, "lkfmixer_b": {"channels": 48, "num_block": 8},
            "lkfmixer_l": {"channels": 64, "num_block": 12}}


def maker(**arguments):
    own = {"in_channels": 3, "out_channels": 3, "large_kernel": 31, "split_factor": 0.25, **arguments}
    return lambda scale: LKFMixer(upscale=scale, **own)


ROWS = [Row(name, maker(**own), scales=ALL_SCALES if name == "lkfmixer_t" else (4,), lq_sides=(16, 24))
        for name, own in VARIANTS.items()]
ROWS.append(Row("lkfmixer_t", maker(**VARIANTS["lkfmixer_t"]), scales=(2,)))  # sides that are padded

SMALL = {"channels": 12, "num_block": 1, "large_kernel": 7}
TRAINING = [Row("lkfmixer_t", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {"channels": 8, "num_block": 2, "large_kernel": 5, **arguments}
    return Golden("lkfmixer", key, lambda: maker(**small)(scale), shape, 0.3)


GOLDEN = [
    golden("x1", 1, (2, 3, 9, 10)),
    golden("x2", 2, (2, 3, 16, 11), split_factor=0.5),
    golden("x3", 3, (1, 3, 8, 24), num_block=1, large_kernel=31),
    golden("x4", 4, (1, 3, 12, 8), channels=10, num_block=1),
    golden("x8", 8, (1, 3, 8, 8), num_block=1),
]

if LKFMixer is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
