"""GRL. traiNNer-redux takes spandrel's class, which works in single precision alone where an image is not of img_size: golden images
are. Without random depth, so that training can be compared."""
from rows import Golden, Row
from spandrel.architectures.GRL import GRL

LARGE = {"embed_dim": 180, "depths": [4, 4, 8, 8, 8, 4, 4], "num_heads_window": [3] * 7, "num_heads_stripe": [3] * 7,
         "local_connection": True, "upsampler": "pixelshuffle"}
SMALL = {"depths": [4] * 4, "num_heads_window": [2] * 4, "num_heads_stripe": [2] * 4}
MEDIUM = {**SMALL, "embed_dim": 128, "upsampler": "pixelshuffle"}
TINY = {**SMALL, "embed_dim": 64, "upsampler": "pixelshuffledirect"}
FRAME = {"window_size": 32, "stripe_size": [64, 64], "stripe_shift": True, "mlp_ratio": 2, "anchor_window_down_factor": 4}
PLAIN = {"drop_path_rate": 0}


def maker(**arguments):
    return lambda scale: GRL(upscale=scale, **{**FRAME, **PLAIN, **arguments})


# What spandrel takes for networks of scale 1 and for those with nearest+conv.
DENOISING = {"window_size": 8, "stripe_size": [8, 8]}
REAL = {"window_size": 16, "stripe_size": [32, 64]}
OTHER = {"qkv_proj_type": "separable_conv", "qkv_bias": False, "anchor_one_stage": False, "conv_type": "3conv", "mlp_ratio": 1.5}

ROWS = [
    Row("grl_t", maker(**TINY), PLAIN, scales=(2, 3, 4, 8), architecture="GRL"),
    Row("grl_t", maker(**TINY, **DENOISING), {**PLAIN, **DENOISING}, scales=(1,), architecture="GRL"),
    Row("grl_t", maker(**{**TINY, "upsampler": ""}, **DENOISING), {**PLAIN, **DENOISING, "upsampler": "none"}, scales=(1,), architecture="GRL"),
    Row("grl_t", maker(**{**TINY, "upsampler": "nearest+conv"}, **REAL), {**PLAIN, **REAL, "upsampler": "nearest+conv"}, scales=(4,),
        architecture="GRL"),
    Row("grl_t", maker(**{**TINY, **OTHER, "anchor_proj_type": "conv2d"}), {**PLAIN, **OTHER, "anchor_proj_type": "conv2d"}, scales=(2,),
        architecture="GRL"),
    Row("grl_t", maker(**{**TINY, **OTHER, "anchor_proj_type": "patchmerging", "conv_type": "linear"}),
        {**PLAIN, **OTHER, "anchor_proj_type": "patchmerging", "conv_type": "linear"}, scales=(2,), architecture="GRL"),
    Row("grl_t", maker(**TINY, anchor_proj_type="separable_conv", conv_type="1conv1x1"),
        {**PLAIN, "anchor_proj_type": "separable_conv", "conv_type": "1conv1x1"}, scales=(2,), architecture="GRL"),
    Row("grl_s", maker(**MEDIUM), PLAIN, scales=(2, 4), architecture="GRL"),
    Row("grl_b", maker(**LARGE), PLAIN, scales=(4,), architecture="GRL", giant=True),
]

TRAINED = {"embed_dim": 24, "depths": [4, 1], "num_heads_window": [2, 3], "num_heads_stripe": [3, 2], "window_size": 4,
           "stripe_size": [4, 8], "anchor_window_down_factor": 2, "upsampler": "pixelshuffle"}
TRAINING = [Row("grl_s", maker(**TRAINED), {**TRAINED, **PLAIN}, scales=(2,))]


def golden(key, shape, scale, padded, **arguments):
    return Golden("grl", key, lambda: maker(**{**TRAINED, "img_size": padded, **arguments})(scale), shape, 0.3)


GOLDEN = [
    golden("x2", (2, 3, 8, 16), 2, (8, 16), local_connection=True),
    golden("x3_direct", (1, 3, 7, 10), 3, (8, 16), upsampler="pixelshuffledirect", qkv_bias=False, anchor_proj_type="maxpool",
           anchor_window_down_factor=4, window_size=8, stripe_size=[8, 8], conv_type="3conv", mlp_ratio=1.5),
    golden("x4_nearest", (1, 3, 3, 9), 4, (8, 16), upsampler="nearest+conv", qkv_proj_type="separable_conv", anchor_proj_type="conv2d",
           init_method="r", conv_type="linear"),
    golden("x1_none", (1, 3, 6, 8), 1, (8, 8), upsampler="", anchor_proj_type="separable_conv", anchor_one_stage=False,
           anchor_window_down_factor=4, stripe_size=[8, 4], img_range=255, conv_type="1conv1x1", stripe_shift=False),
    golden("x1_clip", (1, 9, 8, 8), 1, (8, 8), upsampler="", in_channels=9, anchor_proj_type="patchmerging", qkv_bias=False,
           qkv_proj_type="separable_conv"),
    golden("x2_groups", (1, 3, 16, 15), 2, (16, 16), stripe_groups=[2, None], stripe_size=[None, 16], euclidean_dist=True,
           pretrained_window_size=[8, 6], pretrained_stripe_size=[12, 16]),
    golden("x8_group", (1, 3, 8, 8), 8, (8, 8), stripe_groups=[None, 1], stripe_size=[4, None], anchor_proj_type="patchmerging",
           anchor_one_stage=False, anchor_window_down_factor=4, depths=[4], num_heads_window=[1], num_heads_stripe=[4]),
]
