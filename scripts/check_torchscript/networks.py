"""Networks of traiNNer-redux by name, for to_torchscript.py: `networks:man_tiny` is man_tiny of its man_arch.py."""
import dataclasses
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "check_peers"))

from rows import stand_in, trainner_class  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Network:
    """One function or class of traiNNer/archs, with arguments that make it small enough for a CPU where its own do not."""
    file: str            # <file>_arch.py
    arguments: dict = dataclasses.field(default_factory=dict)
    scale: int = 2
    side: int = 24       # of the LQ images that it is trained on, at most
    smallest: int = 16   # and at least
    name: str = ""       # of the function, where the list has it under another
    frames: int = 1      # of the clips that it takes


DROP = {"drop_path_rate": 0}
SMALL_WINDOWS = {"img_size": 8, "embed_dim": 12, "depths": [2, 2], "num_heads": [2, 3], "window_size": 4, **DROP}
SMALL_SPLITS = {"img_size": 8, "embed_dim": 32, "depth": [3, 2], "num_heads": [2, 4], "split_size": [4, 8], **DROP}
SMALL_HIT = {"embed_dim": 48, "depths": [2, 1], "num_heads": [2, 3], "base_win_size": [4, 4], "hier_win_ratios": [0.5, 2], **DROP}
SMALL_U = {"width": 8, "middle_blk_num": 1, "enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1]}

NETWORKS = {
    "artcnn_r8f64": Network("artcnn"),
    "lkfmixer_t": Network("lkfmixer"),
    "spanplus_st": Network("spanplus"),
    "gaterv3_s": Network("gaterv3"),
    "man_tiny": Network("man"),
    "realplksr_tiny": Network("realplksr"),
    "omnisr": Network("omnisr", side=32),
    "fdat_tiny": Network("fdat", DROP, side=32),
    "span_s": Network("span"),
    "safmn": Network("safmn"),
    "eimn_l": Network("eimn"),
    "elan_light": Network("elan"),
    "craft": Network("craft"),
    "lmlt_tiny": Network("lmlt", side=64, smallest=40),
    "dis_fast": Network("dis"),
    "plksr_tiny": Network("plksr"),
    "seemore_t": Network("seemore"),
    "dctlsa": Network("dctlsa", side=32),
    "rcan_l": Network("rcan", {"n_resgroups": 1, "n_resblocks": 2}),
    "mosr_t": Network("mosr"),
    "mosrv2": Network("mosrv2", {"n_block": 4}, name="MoSRv2"),
    "rtmosr_l": Network("rtmosr"),
    "esrgan_lite": Network("rrdbnet", side=32),
    "compact": Network("srvgg"),
    "sebica_mini": Network("sebica"),
    "escrealm_xl": Network("escreal", {"dim": 32, "pdim": 16, "n_blocks": 2, "attn_type": "Naive"}),
    "ditn_real": Network("ditn"),
    "metaflexnet": Network("flexnet", {"dim": 16, "num_blocks": [1, 2, 1, 1]}, side=64, smallest=48),
    "flexnet": Network("flexnet", {"dim": 16, "num_blocks": [1, 2]}, name="FlexNet"),
    "spanf": Network("spanf"),
    "srformerv2": Network("srformerv2", {"img_size": 16, "window_size": 8, "squeeze_dim": 6, "embed_dim": 12, "depths": [2, 2],
                                         "num_heads": [2, 3], **DROP}, name="SRFormerv2"),
    "temporalspan": Network("temporal_span", {"num_frames": 3, "feature_channels": 16, "history_channels": 4}, frames=3),
    "temporalspanv2": Network("temporal_span_v2", {"num_frames": 3, "feature_channels": 16}, frames=3),
    "tfdat": Network("tfdat", {**DROP, "embed_dim": 16, "num_groups": 1, "depth_per_group": 2, "num_heads": 2, "window_size": 4,
                               "flow_base_ch": 8}, frames=3, side=32),
    "tscunet": Network("tscunet", {"clip_size": 3, "nb": 1}, frames=3, side=64, smallest=48, name="TSCUNet"),
    "autoencoder": Network("autoencoder", {"decoder_opt": {"type": "compact"}, "freeze_decoder": False, "freeze_encoder": False},
                           side=32, name="AutoEncoder"),
    "unetsegmentation": Network("unetsegmentation", {"encoder_name": "resnet18", "encoder_weights": None}, scale=1, side=64),
    "spanf3": Network("spanf3"),
    "moesr2": Network("moesr", {"dim": 16, "n_blocks": 2, "n_block": 2}, name="MoESR2"),
    "lawfft": Network("lawfft", {"dim": 20, "n_rblock": 1, "n_mblock": 2}, name="LAWFFT"),
    "realcugan": Network("realcugan", side=48),
    "cascadedgaze": Network("cgnet", {**SMALL_U, "GCE_CONVS_nums": [3, 2]}, scale=1, side=64, smallest=40, name="CascadedGaze"),
    "nafnet32": Network("nafnet", SMALL_U, scale=1, side=64),
    "docres_base": Network("docres", {"dim": 8, "num_blocks": [1, 2, 1, 1], "num_refinement_blocks": 1, "heads": [1, 2, 2, 4]}, scale=1,
                           side=64),
    "scunet_aaf6aa": Network("scunet_aaf6aa", {"dim": 32, "config": [1, 1, 1, 1, 1, 1, 1]}, side=96, smallest=64, name="SCUNet_aaf6aa"),
    "emt": Network("emt", {"dim": 20, "n_blocks": 1, "n_layers": 3, "num_heads": 2, "window_list": [[2, 4], [4, 2]],
                           "shift_list": [[1, 2], [2, 1]]}, name="EMT"),
    "swinir_s": Network("swinir", SMALL_WINDOWS, side=32),
    "swin2sr_s": Network("swin2sr", SMALL_WINDOWS, side=32),
    "hat_s": Network("hat", {**SMALL_WINDOWS, "compress_ratio": 3, "squeeze_factor": 4}, side=32),
    "hat_iln_s": Network("hat_iln", {**SMALL_WINDOWS, "compress_ratio": 3, "squeeze_factor": 4}),
    "drct": Network("drct", {**SMALL_WINDOWS, "gc": 6, "upsampler": "pixelshuffle"}, name="DRCT"),
    "srformer_light": Network("srformer", {**SMALL_WINDOWS, "img_size": 16, "window_size": 8}, side=32),
    "atd_light": Network("atd", {"img_size": 8, "embed_dim": 12, "depths": [2, 1], "num_heads": [2, 3], "window_size": 4,
                                 "category_size": 10, "num_tokens": 5, "reducted_dim": 3}),
    "dat_light": Network("dat", SMALL_SPLITS),
    "dat_iln_light": Network("dat_iln", SMALL_SPLITS),
    "rgt_s": Network("rgt", SMALL_SPLITS),
    "dwt_s": Network("dwt", {"img_size": 16, "embed_dim": 12, "depths": [2, 2, 2], "num_heads": [2, 3, 2], "window_size": 4,
                             "layer_kinds": [[0, -1], [0, 2], [0, 1]], **DROP}),
    "hit_sir": Network("hit_sir", SMALL_HIT, name="HiT_SIR"),
    "hit_sng": Network("hit_sng", SMALL_HIT, name="HiT_SNG"),
    "hit_srf": Network("hit_srf", SMALL_HIT, name="HiT_SRF"),
    "grl_t": Network("grl", {"embed_dim": 24, "depths": [4, 1], "num_heads_window": [2, 3], "num_heads_stripe": [3, 2], "window_size": 4,
                             "stripe_size": [4, 8], "anchor_window_down_factor": 2, **DROP}),
}


def __getattr__(name):
    if name not in NETWORKS:
        raise AttributeError(name)
    network = NETWORKS[name]
    stand_in("traiNNer.utils.misc", require_triton=None)  # for attention on a GPU
    return trainner_class(f"{network.file}_arch", network.name or name)
