"""SPAN. spandrel's class has six blocks and 48 features unless the file says otherwise; traiNNer-redux trains 52 by default."""
from rows import Golden, Row
from spandrel.architectures.SPAN import SPAN

FEATURES = {"span": 52, "span_s": 48, "span_f32": 32, "span_f64": 64, "span_f96": 96}


def maker(features, norm=False):
    return lambda scale: SPAN(num_in_ch=3, num_out_ch=3, feature_channels=features, upscale=scale, norm=norm)


def trained(name):
    return "eval_conv" not in name


ROWS = [Row(type_, maker(features), architecture="SPAN", derived=("eval_conv",)) for type_, features in FEATURES.items()]
ROWS.append(Row("span_s", maker(48, norm=True), {"norm": True}, architecture="SPAN", derived=("eval_conv",)))

TRAINING = [Row("span", maker(16), {"feature_channels": 16}, scales=(2,))]

GOLDEN = [Golden("span", f"{'norm' if norm else 'plain'}{scale}",
                 lambda norm=norm, scale=scale: SPAN(num_in_ch=3, num_out_ch=3, feature_channels=4, upscale=scale, norm=norm),
                 (2, 3, 5, 6), 0.3, trained) for norm, scale in ((False, 1), (False, 2), (True, 3), (False, 4))]
