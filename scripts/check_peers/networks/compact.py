"""SRVGGNetCompact."""
from rows import Golden, Row
from spandrel.architectures.Compact import Compact


def maker(**arguments):
    return lambda scale: Compact(upscale=scale, **arguments)


ROWS = [
    Row("compact", maker(), architecture="Compact"),
    Row("ultracompact", maker(num_conv=8), architecture="Compact"),
    Row("superultracompact", maker(num_feat=24, num_conv=8), architecture="Compact"),
]

TRAINING = [Row("compact", maker(num_feat=12, num_conv=4), {"num_feat": 12, "num_conv": 4}, scales=(2,))]

GOLDEN = [Golden("compact", f"{act_type}{scale}",
                 lambda act_type=act_type, scale=scale: Compact(num_feat=5, num_conv=2, act_type=act_type, upscale=scale),
                 (2, 3, 4, 6)) for act_type, scale in (("prelu", 2), ("relu", 3), ("leakyrelu", 4), ("prelu", 1))]
