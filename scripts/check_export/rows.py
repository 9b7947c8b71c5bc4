"""The networks that are tried: each family and each variant whose graph is another one. Few features and blocks, because more of them
are only more of the same; scripts/check_export.sh --full takes the catalogue's sizes."""
RRDB = {"num_feat": 16, "num_block": 1}  # spandrel knows no other num_grow_ch
SPAN = {"feature_channels": 16}
SPANPLUS = {"feature_channels": 16, "blocks": [1]}
RCAN = {"n_feats": 16, "n_resgroups": 1, "n_resblocks": 1, "reduction": 4}
PLK = {"dim": 16, "n_blocks": 1}
MOSR = {"dim": 16, "n_block": 1}
# Numbers that a weight file does not tell are those that spandrel takes: CRAFT's window of 16, DCTLSA's 5 heads,
# GRL's windows and stripes.
MOSRV2 = {"dim": 16, "n_block": 1, "mid_dim": 8}
DIS = {"num_features": 8, "num_blocks": 1}
WINDOWS = {"img_size": 16, "window_size": 8, "embed_dim": 16, "depths": [2], "num_heads": [2]}

# What is shown, type, scales, sizes, what makes the variant.
ROWS = [
    ("compact", "compact", (1, 2, 4), {"num_feat": 16, "num_conv": 2}, {}),
    ("compact, clips", "compact", (2,), {"num_feat": 16, "num_conv": 2}, {"num_in_ch": 15}),
    ("esrgan", "esrgan", (1, 2, 4), RRDB, {}),
    ("rrdbnet", "rrdbnet", (4,), RRDB, {}),
    ("span", "span", (2, 4), SPAN, {}),
    ("spanplus", "spanplus", (2,), SPANPLUS, {}),
    ("spanplus_st", "spanplus_st", (2,), SPANPLUS, {}),
    ("rcan", "rcan", (2,), RCAN, {}),
    ("rcan_unshuffle", "rcan_unshuffle", (2,), RCAN, {}),
    ("realplksr", "realplksr", (2,), PLK, {"layer_norm": True}),
    ("realplksr, GroupNorm", "realplksr", (2,), PLK, {"layer_norm": False}),
    ("realplksr, dysample", "realplksr", (2,), PLK, {"upsampler": "dysample"}),
    ("plksr", "plksr", (2,), PLK, {}),
    ("mosr, geo ensemble", "mosr", (2,), MOSR, {"upsampler": "geoensemblepixelshuffle"}),
    ("mosr, pixel shuffle", "mosr", (2,), MOSR, {"upsampler": "pixelshuffle"}),
    ("mosr, dysample", "mosr", (2,), MOSR, {"upsampler": "dysample"}),
    *((f"mosrv2, {upsampler}", "mosrv2", (2,), MOSRV2, {"unshuffle_mod": False, "upsampler": upsampler})
      for upsampler in ("pixelshuffledirect", "pixelshuffle", "nearest+conv", "dysample", "transpose+conv", "lda", "pa_up")),
    ("mosrv2, unshuffled", "mosrv2", (2,), MOSRV2, {"unshuffle_mod": True}),
    ("artcnn", "artcnn_r3f24", (2,), {"filters": 8, "n_block": 1}, {}),
    ("dis", "dis_fast", (2, 3), DIS, {}),
    ("dis, depthwise", "dis_fast", (2,), DIS, {"use_depthwise": True}),
    ("realcugan", "realcugan", (2, 3, 4), {}, {}),
    ("realcugan, pro", "realcugan", (2,), {}, {"pro": True}),
    ("realcugan, fast", "realcugan", (2,), {}, {"fast": True}),
    *((f"swinir, {upsampler}", "swinir_s", (2,), WINDOWS, {"upsampler": upsampler})
      for upsampler in ("pixelshuffle", "pixelshuffledirect", "nearest+conv")),
    ("omnisr", "omnisr", (2,), {"num_feat": 16, "res_num": 1}, {}),
    ("hat", "hat_s", (2,), {**WINDOWS, "compress_ratio": 4, "squeeze_factor": 4}, {}),
    ("drct", "drct", (2,), {**WINDOWS, "gc": 8}, {}),
    ("dat", "dat_light", (2,), {"img_size": 16, "embed_dim": 32, "split_size": [4, 8], "depth": [4], "num_heads": [2]}, {}),
    ("swin2sr", "swin2sr_s", (2,), WINDOWS, {}),
    ("craft", "craft", (2,), {"embed_dim": 32, "window_size": 16, "split_size_0": 4, "split_size_1": 8, "depths": [1], "num_heads": [2]}, {}),
    ("grl", "grl_b", (2,), {"embed_dim": 24, "depths": [4], "num_heads_window": [2], "num_heads_stripe": [2]}, {}),
    ("lmlt", "lmlt_tiny", (2,), {"dim": 8, "n_blocks": 1}, {}),
    ("eimn", "eimn_a", (2,), {"embed_dims": 8, "num_stages": 2}, {}),
    ("ditn", "ditn_real", (2,), {"dim": 8, "ITL_blocks": 1, "SAL_blocks": 1}, {}),
    ("dctlsa", "dctlsa", (2,), {"nf": 10, "num_head": 5}, {}),
    ("rgt", "rgt_s", (2,), {"embed_dim": 32, "split_size": [4, 8], "depth": [4], "num_heads": [2]}, {}),
    *((kind, kind, (2,), {"embed_dim": 16, "num_heads": [2], "depths": [2], "base_win_size": [4, 4], "hier_win_ratios": [0.5, 2]}, {})
      for kind in ("hit_sir", "hit_sng", "hit_srf")),
    ("srformer", "srformer_light", (2,), {"img_size": 16, "window_size": 8, "embed_dim": 16, "depths": [2], "num_heads": [2]}, {}),
    *((f"fdat, {upsampler}", "fdat", (2,), {"embed_dim": 16, "num_groups": 1, "depth_per_group": 1, "num_heads": 2, "mid_dim": 8},
       {"upsampler_type": upsampler}) for upsampler in ("pixelshuffle", "transpose+conv")),
    ("rtmosr", "rtmosr", (2,), {"dim": 16, "n_blocks": 1}, {}),
    ("rtmosr, unshuffled", "rtmosr_l", (2,), {"dim": 16, "n_blocks": 1}, {}),
    ("rtmosr, narrowed by 1x1", "rtmosr_ul", (2,), {"dim": 16, "n_blocks": 1}, {}),
    ("lkfmixer", "lkfmixer_t", (2,), {"channels": 16, "num_block": 1}, {}),
    ("man", "man_tiny", (2,), {"n_feats": 18, "n_resblocks": 1}, {}),
    ("safmn", "safmn", (2,), {"dim": 16, "n_blocks": 1}, {}),
    ("gaterv3", "gaterv3_s", (2,), {"dim": 8, "enc_blocks": [1, 1], "dec_blocks": [1, 1], "num_latent": 1, "sisr_blocks": 1,
                                    "upsample_mid_dim": 8}, {}),
    ("gaterv3, attention", "gaterv3_s", (2,), {"dim": 16, "enc_blocks": [1], "dec_blocks": [1], "num_latent": 1, "sisr_blocks": 1,
                                               "upsample_mid_dim": 8}, {"attention": True}),
    ("elan", "elan", (2,), {"c_elan": 18, "m_elan": 1}, {}),
    ("elan, shared attention", "elan_light", (2,), {"c_elan": 18, "m_elan": 2}, {}),
    ("seemore", "seemore_t", (2,), {"num_layers": 1, "embedding_dim": 16}, {}),
    ("sebica", "sebica", (2,), {"N": 8}, {}),
    ("moesr2", "moesr2", (2,), {"dim": 16, "n_blocks": 1, "n_block": 1, "upsample_dim": 8}, {}),
    ("escrealm", "escrealm", (2,), {"dim": 16, "pdim": 8, "n_blocks": 1, "conv_blocks": 1, "num_heads": 2, "mid_dim": 8}, {}),
    ("scunet, as published", "scunet", (1,), {"config": [1, 1, 1, 1, 1, 1, 1]}, {}),
    ("scunet", "scunet_aaf6aa", (2,), {"config": [1, 1, 1, 1, 1, 1, 1]}, {}),
    ("tscunet", "tscunet", (2,), {"nb": 1, "clip_size": 3}, {}),
    ("tfdat", "tfdat", (2,), {"embed_dim": 16, "num_groups": 1, "depth_per_group": 1, "num_heads": 2, "mid_dim": 8, "num_frames": 3,
                              "flow_base_ch": 8}, {}),
    ("edsr", "edsr", (2, 4), {"num_feat": 8, "num_block": 1}, {}),
    ("msrresnet", "msrresnet", (4,), {"num_feat": 8, "num_block": 1}, {}),
    ("spanf3", "spanf3", (2, 4), {"feature_channels": 8, "num_blocks": 1}, {}),
    *((f"flexnet, {upsampler}", "flexnet", (2,), {"dim": 8, "num_blocks": [1], "hidden_rate": 2}, {"upsampler": upsampler})
      for upsampler in ("pixelshuffle", "nearest+conv", "dysample")),
    ("metaflexnet", "metaflexnet", (2,), {"dim": 8, "num_blocks": [1, 1, 1, 1], "hidden_rate": 2}, {}),
    ("docres", "docres_base", (1,), {"dim": 8, "num_blocks": [1, 1, 1, 1], "num_refinement_blocks": 1, "heads": [1, 2, 2, 4]}, {}),
    ("cascadedgaze", "cascadedgaze", (1,), {"width": 8, "middle_blk_num": 1, "enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1],
                                            "GCE_CONVS_nums": [3, 2]}, {}),
    ("dwt", "dwt_s", (2,), {**WINDOWS, "img_size": 32, "depths": [2, 2, 2], "num_heads": [2, 2, 2]},
     {"layer_kinds": [[0, -1], [0, 2], [0, 1]]}),
    ("emt", "emt", (2,), {"dim": 20, "n_blocks": 1, "n_layers": 3, "num_heads": 2}, {}),
    ("temporalspan", "temporalspan", (2,), {}, {}),  # norms of four groups, in which few features differ little
    ("temporalspanv2", "temporalspanv2", (2,), {"feature_channels": 8, "num_blocks": 1}, {}),
]
ONE_SIZE = {"craft", "scunet_aaf6aa", "tscunet"}  # exported for images of one size alone
NCNN = {"compact", "esrgan", "span"}  # by what is shown


def rows(wanted, full):
    """(what is shown, type, scale, options) of these types or names; of all without any."""
    for shown, kind, scales, sizes, variant in ROWS:
        if wanted and kind not in wanted and shown not in wanted:
            continue
        for scale in scales:
            yield shown, kind, scale, {**({} if full else sizes), **variant}
