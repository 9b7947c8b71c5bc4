"""SeemoRe, which traiNNer-redux has from spandrel."""
from spandrel.architectures.SeemoRe import SeemoRe

from rows import ALL_SCALES, Golden, Row

TINY = {"num_experts": 3, "num_layers": 6, "embedding_dim": 36, "lr_space": "exp"}


def maker(**arguments):
    own = {**TINY, **arguments}
    return lambda scale: SeemoRe(scale=scale, **own)


SMALL = {"embedding_dim": 8, "num_layers": 2, "global_kernel_size": 5}
LINEAR = {**SMALL, "lr_space": "linear", "num_experts": 4}
ROWS = [
    Row("seemore_t", maker(), scales=ALL_SCALES, architecture="SeemoRe", lq_sides=(17, 19)),
    Row("seemore_t", maker(**LINEAR), LINEAR, scales=(2,), architecture="SeemoRe", lq_sides=(17, 19)),
]
TRAINING = [Row("seemore_t", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, shape, **arguments):
    small = {"embedding_dim": 4, "num_layers": 1, "global_kernel_size": 5, **arguments}
    return Golden("seemore", key, lambda: maker(**small)(scale), shape, 0.3)


GOLDEN = [
    golden("x1", 1, (2, 3, 17, 18)),
    golden("x2", 2, (2, 3, 16, 19), num_layers=2, topk=2),
    golden("x3", 3, (1, 3, 16, 17), lr_space="linear", use_shuffle=False, img_range=2.5),
    golden("x4", 4, (2, 3, 7, 9), lr_space="double", recursive=1, num_experts=2),
    golden("x8", 8, (1, 3, 5, 4), recursive=0, topk=3, embedding_dim=6),
]
