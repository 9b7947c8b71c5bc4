"""DRCT. Without random depth, so that training can be compared. spandrel pads images around its class, traiNNer-redux in it."""
from rows import Golden, Row
from spandrel.architectures.__arch_helpers.padding import pad_to_multiple
from spandrel.architectures.DRCT import DRCT

PLAIN = {"drop_path_rate": 0}


class PaddedDRCT(DRCT):
    def forward(self, x):
        height, width = x.shape[2:]
        output = super().forward(pad_to_multiple(x, self.window_size, mode="reflect"))
        return output[:, :, :height * self.upscale, :width * self.upscale]


def maker(groups, **arguments):
    settings = {"window_size": 16, "mlp_ratio": 2, "drop_path_rate": 0, "upsampler": "pixelshuffle", "depths": [6] * groups,
                "num_heads": [6] * groups, **arguments}
    return lambda scale: PaddedDRCT(upscale=scale, **settings)


TRAINED = {"img_size": 8, "embed_dim": 12, "num_heads": [2, 3], "window_size": 4, "gc": 6}
WHOLE = {"architecture": "DRCT", "lq_sides": (16, 32)}  # windows: what spandrel loads does not pad

ROWS = [
    Row("drct", maker(6), PLAIN, scales=(1, 2, 4), **WHOLE),
    Row("drct", maker(2, **TRAINED), {"depths": [6, 6], **TRAINED, **PLAIN}, scales=(2,)),
    Row("drct_l", maker(12), PLAIN, scales=(4,), giant=True, **WHOLE),
    Row("drct_xl", maker(14), PLAIN, scales=(4,), giant=True, **WHOLE),
]

TRAINING = [Row("drct", maker(2, **TRAINED), {"depths": [6, 6], **TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, **arguments):
    small = {"img_size": 8, "embed_dim": 12, "num_heads": [2, 3], "window_size": 4, "gc": 6, **arguments}
    return Golden("drct", key, lambda: maker(2, **small)(scale), shape, 0.4)


GOLDEN = [
    golden("x2", (2, 3, 8, 8), 2),
    golden("x3_growth", (1, 3, 4, 8), 3, gc=2, num_heads=[3, 3]),
    golden("x4_plain", (1, 3, 8, 4), 4, qkv_bias=False, patch_norm=False, resi_connection="identity"),
]
