"""MAN, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

MAN = trainner_class("man_arch", "MAN")
VARIANTS = {"man": {}, "man_light": {"n_resblocks": 24, "n_feats": 60}, "man_tiny": {"n_resblocks": 5, "n_feats": 48}}


def maker(**arguments):
    return lambda scale: MAN(scale=scale, **arguments)


def trained(name):
    return "_mean." not in name


ROWS = [Row(name, maker(**own), scales=ALL_SCALES if name == "man_tiny" else (2,), giant=name == "man")
        for name, own in VARIANTS.items()]
GROUPS = {"n_resgroups": 2, "n_resblocks": 1, "n_feats": 12}
ROWS.append(Row("man_tiny", maker(**GROUPS), GROUPS, scales=(2,)))

SMALL = {"n_resblocks": 2, "n_feats": 12}
TRAINING = [Row("man_tiny", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {"n_resblocks": 2, "n_feats": 6, **arguments}
    return Golden("man", key, lambda: MAN(scale=scale, **small), shape, 0.3, trained)


GOLDEN = [
    golden("x1", 1, (2, 3, 5, 6)),
    golden("x2", 2, (2, 3, 7, 5), n_resgroups=2, n_resblocks=1),
    golden("x3", 3, (1, 3, 5, 6)),
    golden("x4", 4, (1, 3, 21, 23), n_feats=9),
    golden("x8", 8, (1, 3, 4, 5), n_resblocks=1),
]

if MAN is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
