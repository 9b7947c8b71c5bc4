"""HiT-SR: HiT-SIR, HiT-SNG and HiT-SRF, which traiNNer-redux alone has."""
from rows import Golden, Row, trainner_class

CLASSES = {f"hit_{kind}": trainner_class(f"hit_{kind}_arch", f"HiT_{kind.upper()}") for kind in ("sir", "sng", "srf")}
LQ_SIDES = (70, 66)  # HiT-SIR's class takes no image of half a window a side or less
SMALL = {"embed_dim": 48, "depths": [2, 1], "num_heads": [2, 3], "base_win_size": [4, 4], "hier_win_ratios": [0.5, 2]}


def maker(type_, **arguments):
    return lambda scale: CLASSES[type_](upscale=scale, **arguments)


def in_one_type(network):
    """The class gives its perceptron of positions float32 in any case, which one of float64 does not take."""
    for name, module in network.named_modules():
        if name.endswith(".pos"):
            module.register_forward_pre_hook(lambda own, inputs: (inputs[0].to(own.pos_proj.weight.dtype),))
    return network


def golden(type_, key, scale, shape, **arguments):
    make = maker(type_, **{**SMALL, **arguments})
    return Golden("hit", f"{type_[4:]}_{key}", lambda: in_one_type(make(scale)), shape, 0.3)


ROWS, TRAINING, GOLDEN = [], [], []
if all(CLASSES.values()):
    for name in CLASSES:
        ROWS += [Row(name, maker(name), lq_sides=LQ_SIDES), Row(name, maker(name, **SMALL), SMALL, lq_sides=(18, 17))]
        TRAINING += [Row(name, maker(name, **SMALL), SMALL, scales=(2,))]
    ENDS = {"resi_connection": "3conv", "upsampler": "nearest+conv", "mlp_ratio": 1.5, "patch_norm": False}
    ROWS += [Row("hit_sir", maker("hit_sir", **SMALL, **ENDS), {**SMALL, **ENDS}, scales=(4,), lq_sides=(18, 17))]
    GOLDEN = [
        golden("hit_sir", "x2", 2, (2, 3, 8, 16)),
        golden("hit_sir", "x3_oblong", 3, (1, 3, 7, 10), base_win_size=[4, 2], hier_win_ratios=[2, 1]),
        golden("hit_sir", "x4_nearest", 4, (1, 3, 5, 6), base_win_size=[2, 4], hier_win_ratios=[2, 0.5], **ENDS),
        golden("hit_sir", "x1_none", 1, (1, 3, 6, 5), upsampler="", img_range=255),
        golden("hit_sir", "x8_shuffle", 8, (1, 3, 8, 8), upsampler="pixelshuffle"),
        golden("hit_sng", "x2", 2, (2, 3, 16, 16)),
        golden("hit_sng", "x3_short", 3, (1, 3, 6, 5)),
        golden("hit_sng", "x4_wide", 4, (1, 3, 9, 13), base_win_size=[2, 2], hier_win_ratios=[3, 1]),
        golden("hit_srf", "x2", 2, (2, 3, 8, 16)),
        golden("hit_srf", "x4_short", 4, (1, 3, 5, 6), hier_win_ratios=[1, 4]),
    ]
