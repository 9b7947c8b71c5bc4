"""TemporalSPAN and TSPANv2, which traiNNer-redux alone has. Its classes take clips [N, frames, 3, H, W]."""
from rows import ALL_SCALES, Golden, Row, trainner_class

FRAMES = 5


def with_frames_in_channels(module, name):
    found = trainner_class(module, name)
    if found is None:
        return None

    class Clip(found):
        def forward(self, x):
            return super().forward(x.unflatten(1, (-1, 3)))
    return Clip


First = with_frames_in_channels("temporal_span_arch", "TemporalSPAN")
Second = with_frames_in_channels("temporal_span_v2_arch", "TSPANv2")


def first(**arguments):
    return lambda scale: First(upscale=scale, **{"num_in_ch": 3, "num_out_ch": 3, "num_frames": FRAMES, **arguments})


def second(**arguments):
    return lambda scale: Second(upscale=scale, **{"clip_size": FRAMES, **arguments})


def trained(name):
    return "eval_conv" not in name


CLIPS = {"frames": FRAMES, "derived": ("eval_conv",), "lq_sides": (40, 50)}
THREE = {**CLIPS, "frames": 3}
ROWS = [
    Row("temporalspan", first(), scales=ALL_SCALES, **CLIPS),
    Row("temporalspan", first(num_frames=3, feature_channels=16, history_channels=4),
        {"num_frames": 3, "feature_channels": 16, "history_channels": 4}, scales=(2,), **THREE),
    Row("temporalspanv2", second(), scales=ALL_SCALES, **CLIPS),
    Row("temporalspanv2", second(clip_size=3, dim=16, residual=False),
        {"num_frames": 3, "feature_channels": 16, "residual": False}, scales=(2,), **THREE),
]

TRAINING = [
    Row("temporalspan", first(num_frames=3, feature_channels=16, history_channels=4),
        {"num_frames": 3, "feature_channels": 16, "history_channels": 4}, scales=(2,), frames=3),
    Row("temporalspanv2", second(clip_size=3, dim=16), {"num_frames": 3, "feature_channels": 16}, scales=(2,), frames=3),
]


def golden_first(key, scale, frames=FRAMES):
    return Golden("temporal_span", key, lambda: first(num_frames=frames, feature_channels=8, history_channels=2)(scale),
                  (2, 3 * frames, 5, 6), 0.3, trained)


def golden_second(key, scale, frames, **arguments):
    return Golden("temporal_span_v2", key, lambda: second(clip_size=frames, dim=4, **arguments)(scale),
                  (1, 3 * frames, 33, 47), 0.2, trained)


GOLDEN = [
    golden_first("x1", 1),
    golden_first("x2", 2),
    golden_first("x3", 3, frames=3),
    golden_first("x4", 4),
    golden_second("x1", 1, 3),
    golden_second("x2", 2, 5),
    golden_second("x3", 3, 3, residual=False),
    golden_second("x4", 4, 3, img_range=1.0),
]

if First is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
