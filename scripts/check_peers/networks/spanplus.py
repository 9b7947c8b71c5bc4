"""SPANPlus, which traiNNer-redux alone has."""
from rows import Golden, Row, trainner_class

SpanPlus = trainner_class("spanplus_arch", "SpanPlus")
VARIANTS = {"spanplus": ([4], 48, "dys"), "spanplus_st": ([4], 48, "ps"), "spanplus_s": ([2], 32, "dys"),
            "spanplus_sts": ([2], 32, "ps")}


def maker(blocks, features, upsampler):
    return lambda scale: SpanPlus(blocks=blocks, feature_channels=features, upscale=scale, upsampler=upsampler)


def trained(name):
    return "eval_conv" not in name


ROWS = [Row(type_, maker(*variant), derived=("eval_conv",)) for type_, variant in VARIANTS.items()]
ROWS.append(Row("spanplus", maker([4], 48, "conv"), {"upsampler": "conv"}, scales=(1,), derived=("eval_conv",)))
ROWS.append(Row("spanplus", maker([1, 2], 48, "ps"), {"blocks": [1, 2], "upsampler": "ps"}, scales=(2,), derived=("eval_conv",)))

SMALL = {"blocks": [1], "feature_channels": 16}
TRAINING = [Row("spanplus", maker([1], 16, "dys"), SMALL, scales=(2,)),
            Row("spanplus_st", maker([1], 16, "ps"), SMALL, scales=(2,))]

GOLDEN = [Golden("spanplus", f"{upsampler}{scale}",
                 lambda upsampler=upsampler, scale=scale, blocks=blocks:
                 SpanPlus(blocks=blocks, feature_channels=4, upscale=scale, upsampler=upsampler), (2, 3, 5, 6), 0.3, trained)
          for upsampler, scale, blocks in (("dys", 2, [1]), ("dys", 3, [1]), ("ps", 4, [1, 2]), ("conv", 1, [1]))]

if SpanPlus is None:
    ROWS, TRAINING, GOLDEN = [], [], []
