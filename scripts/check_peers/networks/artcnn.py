"""ArtCNN, which traiNNer-redux alone has."""
from rows import ALL_SCALES, Golden, Row, trainner_class

ArtCNN = trainner_class("artcnn_arch", "ArtCNN")
VARIANTS = {"artcnn_r16f96": (16, 96), "artcnn_r8f64": (8, 64), "artcnn_r8f48": (8, 48), "artcnn_r5f48": (5, 48),
            "artcnn_r8f24": (8, 24), "artcnn_r3f24": (3, 24)}


def maker(blocks, filters, **arguments):
    return lambda scale: ArtCNN(n_block=blocks, filters=filters, scale=scale, **arguments)


ROWS = [Row(type_, maker(*variant), scales=ALL_SCALES) for type_, variant in VARIANTS.items()]
ROWS.append(Row("artcnn_r3f24", maker(3, 24, kernel_size=5), {"kernel_size": 5}, scales=(2,)))

TRAINING = [Row("artcnn_r3f24", maker(3, 24), scales=(2,))]


def golden(scale, **arguments):
    return Golden("artcnn", f"x{scale}", lambda: ArtCNN(n_block=2, filters=6, scale=scale, **arguments), (2, 3, 5, 7), 0.06)


GOLDEN = [golden(1), golden(2, kernel_size=5), golden(3), golden(4), golden(8, kernel_size=1)]

if ArtCNN is None:  # no checkout
    ROWS, TRAINING, GOLDEN = [], [], []
