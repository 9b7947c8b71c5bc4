"""DAT. spandrel's class is that of traiNNer-redux but for unshuffle_mod. Without random depth, so that training can be compared."""
from rows import Golden, Row, trainner_class
from spandrel.architectures.DAT import DAT

SIZED = {"split_size": [8, 32], "depth": [6] * 6, "embed_dim": 180, "num_heads": [6] * 6}
LIGHT = {"split_size": [8, 32], "depth": [18], "embed_dim": 60, "num_heads": [6], "expansion_factor": 2, "resi_connection": "3conv"}
PLAIN = {"drop_path_rate": 0}
# One sample alone has no batch statistics.
BATCH = 2


def maker(**arguments):
    return lambda scale: DAT(upscale=scale, **{"drop_path_rate": 0, **arguments})


ROWS = [
    Row("dat", maker(**SIZED), PLAIN, scales=(4,), architecture="DAT", batch=BATCH),
    Row("dat_s", maker(**{**SIZED, "split_size": [8, 16]}, expansion_factor=2), PLAIN, scales=(3,), architecture="DAT", batch=BATCH),
    Row("dat_2", maker(**SIZED, expansion_factor=2), PLAIN, scales=(2,), architecture="DAT", batch=BATCH),
    Row("dat_2_l", maker(**{**SIZED, "depth": [6] * 12, "num_heads": [6] * 12}, expansion_factor=2), PLAIN, scales=(4,),
        architecture="DAT", batch=BATCH, giant=True),
    # Of scale 1 spandrel does not know it.
    Row("dat_light", maker(**LIGHT), PLAIN, scales=(2, 3, 4, 8), architecture="DAT", batch=BATCH),
    Row("dat_light", maker(**LIGHT, upsampler="pixelshuffledirect"), {**PLAIN, "upsampler": "pixelshuffledirect"}, architecture="DAT",
        batch=BATCH),
]

TRAINED = {"embed_dim": 32, "depth": [3, 2], "num_heads": [2, 4], "split_size": [4, 8], "expansion_factor": 2}
TRAINING = [Row("dat", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, make=None, **arguments):
    small = {"img_size": 8, **TRAINED, **arguments}
    return Golden("dat", key, lambda: (make or DAT)(upscale=scale, drop_path_rate=0, **small), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 16), 2),
    golden("x3_odd", (2, 3, 7, 11), 3),
    golden("x4_direct", (3, 3, 4, 9), 4, upsampler="pixelshuffledirect", resi_connection="3conv"),
    golden("x8_plain", (2, 3, 3, 5), 8, qkv_bias=False, expansion_factor=4, img_range=255, qk_scale=0.4),
    golden("x1_square", (2, 3, 8, 5), 1, split_size=[4, 4], depth=[2, 1], num_heads=[4, 2]),
]

Unshuffling = trainner_class("dat_arch", "DAT")
if Unshuffling:
    ROWS += [Row("dat_light", lambda scale: Unshuffling(upscale=scale, unshuffle_mod=True, **PLAIN, **LIGHT),
                 {**PLAIN, "unshuffle_mod": True}, scales=(1, 2), batch=BATCH)]
    GOLDEN += [golden("x1_folded", (2, 3, 14, 17), 1, Unshuffling, unshuffle_mod=True),
               golden("x2_folded", (2, 3, 9, 16), 2, Unshuffling, unshuffle_mod=True)]
