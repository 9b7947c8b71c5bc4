"""DocRes, which traiNNer-redux alone has; its class prints what it does."""
import contextlib
import io

from rows import Golden, Row, trainner_class

DocRes = trainner_class("docres_arch", "DocRes")
LARGE = {"dim": 64, "num_blocks": [3, 4, 4, 6], "num_refinement_blocks": 6, "heads": [2, 4, 8, 16]}


def maker(**arguments):
    def make(_):
        with contextlib.redirect_stdout(io.StringIO()):
            return DocRes(**arguments)
    return make


SMALL = {"dim": 8, "num_blocks": [1, 2, 1, 1], "num_refinement_blocks": 1, "heads": [1, 2, 2, 4]}
PLAIN = {**SMALL, "LayerNorm_type": "BiasFree", "bias": True, "ffn_expansion_factor": 2.0}
ROWS = [Row("docres_base", maker(), scales=(1,)), Row("docres_large", maker(**LARGE), scales=(1,), giant=True)]
ROWS += [Row("docres_base", maker(**own), own, scales=(1,)) for own in (SMALL, PLAIN)]
TRAINING = [Row("docres_base", maker(**own), own, scales=(1,)) for own in (SMALL, PLAIN)]


def golden(key, shape, own):
    return Golden("docres", key, lambda: maker(**own)(1), shape, 0.2)


GOLDEN = [
    golden("x1", (2, 3, 9, 13), SMALL),
    golden("plain", (1, 3, 16, 11), PLAIN),
    golden("clips", (1, 9, 8, 16), {**SMALL, "inp_channels": 9, "num_blocks": [1, 1, 1, 2], "num_refinement_blocks": 2}),
]

if DocRes is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
