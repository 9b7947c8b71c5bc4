"""ELAN, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

ELAN = trainner_class("elan_arch", "ELAN")
LIGHT = {"m_elan": 24, "c_elan": 60, "n_share": 1}


def maker(**arguments):
    return lambda scale: ELAN(scale=scale, **arguments)


def trained(name):
    return "_mean." not in name and not name.endswith("shift_conv.weight")


SMALL = {"m_elan": 4, "c_elan": 12, "window_sizes": [2, 4, 4]}
NORMED = {**SMALL, "norm": True, "rgb_range": 1}
ROWS = [
    Row("elan", maker(), scales=(2,), giant=True, batch=2, lq_sides=(17, 19)),
    Row("elan_light", maker(**LIGHT), scales=ALL_SCALES, batch=2, lq_sides=(17, 19)),
    Row("elan", maker(**NORMED), NORMED, scales=(2,), batch=2, told_by_tensors=False),
]
TRAINING = [Row("elan_light", maker(**{**LIGHT, **SMALL}), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {"m_elan": 2, "c_elan": 6, "window_sizes": [2, 4, 4], **arguments}
    return Golden("elan", key, lambda: ELAN(scale=scale, **small), shape, 0.3, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 5, 6)),
    golden("x2", 2, (2, 3, 7, 5), n_share=1, m_elan=4),
    golden("x3", 3, (1, 3, 5, 6), norm=True, rgb_range=1),
    golden("x4", 4, (2, 3, 10, 11), window_sizes=[3, 2, 4], r_expand=1),
    golden("x8", 8, (1, 3, 4, 5), c_elan=12, m_elan=1),
]

if ELAN is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
