"""CascadedGaze, which traiNNer-redux alone has. It takes no images that are smaller than its convolutions without padding need."""
from rows import Golden, Row, trainner_class

CascadedGaze = trainner_class("cgnet_arch", "CascadedGaze")


def maker(**arguments):
    return lambda scale: CascadedGaze(scale=scale, **arguments)


SMALL = {"width": 8, "middle_blk_num": 1, "enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1], "GCE_CONVS_nums": [3, 2]}
FURTHER = {"width": 6, "middle_blk_num": 2, "enc_blk_nums": [1, 2], "dec_blk_nums": [2, 1], "GCE_CONVS_nums": [2, 3]}
ONE = {"width": 8, "middle_blk_num": 0, "enc_blk_nums": [2], "dec_blk_nums": [1], "GCE_CONVS_nums": [3]}
ROWS = [Row("cascadedgaze", maker(), scales=(1,), lq_sides=(61, 70))]
ROWS += [Row("cascadedgaze", maker(**own), own, scales=(1,), lq_sides=(63, 66)) for own in (SMALL, FURTHER, ONE)]
TRAINING = [Row("cascadedgaze", maker(**SMALL), SMALL, scales=(1,), trained_side=36)]


def golden(key, shape, own):
    return Golden("cascadedgaze", key, lambda: maker(**own)(1), shape, 0.2)


GOLDEN = [
    golden("x1", (2, 3, 35, 38), SMALL),
    golden("further", (1, 3, 63, 66), FURTHER),
    golden("one", (1, 3, 33, 40), ONE),
]

if CascadedGaze is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
