"""GaterV3, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

GateRV3 = trainner_class("gaterv3_arch", "GateRV3")
VARIANTS = {"gaterv3_s": {"enc_blocks": (2, 2, 4), "dec_blocks": (2, 2, 2)}, "gaterv3_r": {}}
DERIVED = ("eval_conv",)


def maker(**arguments):
    return lambda scale: GateRV3(scale=scale, **arguments)


def trained(name):
    return "eval_conv" not in name


SMALL = {"dim": 8, "enc_blocks": (1, 1), "dec_blocks": (1, 1), "num_latent": 1, "sisr_blocks": 1, "upsample_mid_dim": 12}
ROWS = [Row(name, maker(**own), scales=ALL_SCALES if name == "gaterv3_s" else (2,), derived=DERIVED, lq_sides=(17, 19))
        for name, own in VARIANTS.items()]


def small_row(scale=2, **own):
    arguments = {**SMALL, **own}
    return Row("gaterv3_r", maker(**arguments), {key: list(value) if isinstance(value, tuple) else value
                                                 for key, value in arguments.items()}, scales=(scale,), derived=DERIVED)


ROWS += [small_row(attention=True), small_row(attention=True, flash=False), small_row(upsample="dysample"),
         small_row(upsample="pixelshuffledirect"), small_row(3, upsample="nearest+conv")]
TRAINING = [small_row()]


def golden(key, scale, shape, **arguments):
    small = {**SMALL, **arguments}
    return Golden("gaterv3", key, lambda: GateRV3(scale=scale, **small), shape, 0.2, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 5, 6)),
    golden("x2", 2, (2, 3, 7, 5), enc_blocks=(2, 1), num_latent=2, sisr_blocks=2),
    golden("x3", 3, (1, 3, 5, 6), upsample="nearest+conv", end_gamma_init=2),
    golden("x4", 4, (1, 3, 8, 9), attention=True, upsample="pixelshuffledirect"),
    golden("x2_features", 2, (1, 3, 8, 9), attention=True, flash=False, enc_blocks=(1,), dec_blocks=(1,), num_latent=2),
    golden("x8", 8, (1, 3, 4, 6), upsample="dysample", num_latent=0),
]

if GateRV3 is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
