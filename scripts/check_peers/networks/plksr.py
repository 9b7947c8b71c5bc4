"""PLKSR. The tensors of SparsePLK do not tell its dilations."""
from rows import Golden, Row
from spandrel.architectures.PLKSR import PLKSR


def maker(**arguments):
    return lambda scale: PLKSR(upscaling_factor=scale, **{"ccm_type": "DCCM", **arguments})


TINY = {"n_blocks": 12, "kernel_size": 13, "use_ea": False}
RECTANGLES = {"lk_type": "RectSparsePLK"}
SPARSE = {"lk_type": "SparsePLK", "use_max_kernel": True, "with_idt": True}

ROWS = [
    Row("plksr", maker(), architecture="PLKSR"),
    Row("plksr", maker(ccm_type="CCM"), {"ccm_type": "CCM"}, scales=(2,), architecture="PLKSR"),
    Row("plksr", maker(ccm_type="ICCM"), {"ccm_type": "ICCM"}, scales=(2,), architecture="PLKSR"),
    Row("plksr", maker(**RECTANGLES), RECTANGLES, scales=(2,), architecture="PLKSR"),
    Row("plksr", maker(**SPARSE), SPARSE, scales=(2,), told_by_tensors=False),
    Row("plksr_tiny", maker(**TINY), architecture="PLKSR"),
]

SMALL = {"n_blocks": 2, "dim": 16, "kernel_size": 9}
TRAINING = [Row("plksr", maker(**SMALL), SMALL, scales=(2,))]


def golden(key, scale, **arguments):
    small = {"dim": 8, "n_blocks": 2, "kernel_size": 5, "ccm_type": "DCCM", **arguments}
    return Golden("plksr", key, lambda: PLKSR(upscaling_factor=scale, **small), (2, 3, 5, 7), 0.1)


GOLDEN = [
    golden("x1", 1),
    golden("x2_ccm", 2, ccm_type="CCM", with_idt=True),
    golden("x3_iccm", 3, ccm_type="ICCM", use_ea=False),
    golden("x4_rectangles", 4, lk_type="RectSparsePLK", kernel_size=17),
    golden("x2_sparse", 2, lk_type="SparsePLK", sparse_kernels=[3, 5], sparse_dilations=[1, 2]),
    golden("x2_sparse_max", 2, lk_type="SparsePLK", sparse_kernels=[3, 5], sparse_dilations=[1, 3],
           use_max_kernel=True, with_idt=True),
    golden("x8", 8, kernel_size=13),
]
