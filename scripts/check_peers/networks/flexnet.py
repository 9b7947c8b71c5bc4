"""FlexNet and MetaFlexNet, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

FlexNet = trainner_class("flexnet_arch", "FlexNet")
DERIVED = ("conv5x5_reparam",)
META = {"pipeline_type": "meta", "num_blocks": [4, 6, 6, 8]}


def maker(**arguments):
    return lambda scale: FlexNet(scale=scale, **arguments)


def trained(name):
    return "conv5x5_reparam" not in name


SMALL = {"dim": 8, "num_blocks": [1, 2], "hidden_rate": 2}
SMALL_META = {"dim": 8, "num_blocks": [1, 2, 1, 1], "hidden_rate": 2, "pipeline_type": "meta"}
SIDES = {"derived": DERIVED}
META_SIDES = {"derived": DERIVED, "lq_sides": (40, 59)}  # it reflects up to 31 pixels
ROWS = [Row("flexnet", maker(), scales=(1, 4), **SIDES),
        Row("metaflexnet", maker(**META), scales=(2,), giant=True, **META_SIDES),
        Row("flexnet", maker(**SMALL), SMALL, scales=ALL_SCALES, **SIDES)]


def small_row(scale, **own):
    arguments = {**SMALL, **own}
    return Row("flexnet", maker(**arguments), arguments, scales=(scale,), **SIDES)


ROWS += [small_row(3, upsampler="nearest+conv"), small_row(4, upsampler="nearest+conv"), small_row(1, upsampler="nearest+conv"),
         small_row(2, upsampler="dysample"), small_row(2, channel_norm=True)]
ROWS += [Row("metaflexnet", maker(**SMALL_META), SMALL_META, scales=(2,), **META_SIDES)]
TRAINING = [Row("flexnet", maker(**SMALL), SMALL, scales=(2,)),
            Row("metaflexnet", maker(**SMALL_META), SMALL_META, scales=(2,), trained_images=2, trained_side=64)]


def golden(key, scale, shape, small, **own):
    return Golden("flexnet", key, lambda: maker(**{**small, **own})(scale), shape, 0.2, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 9, 13), SMALL, upsampler="nearest+conv"),
    golden("x2", 2, (1, 3, 8, 15), SMALL, channel_norm=True, upsampler="dysample"),
    golden("x3", 3, (1, 3, 14, 16), SMALL, upsampler="nearest+conv"),
    golden("x4", 4, (2, 3, 7, 9), SMALL, hidden_rate=3),
    golden("meta", 2, (1, 3, 40, 64), SMALL_META, channel_norm=True),
]

if FlexNet is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
