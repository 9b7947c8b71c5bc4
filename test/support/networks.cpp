#include "support/networks.h"

#include "arch/catalogue.h"

namespace sr::test {

NetworkConfig network_of(const std::string& type, const arch::Arguments& arguments) {
  return {type, arch::options_from(*arch::find_architecture(type), arguments)};
}

/// Half of its features have their own windows, and few features are too few.
static bool splits_windows(const std::string& type) {
  return type.starts_with("dat") || type.starts_with("rgt") || type.starts_with("grl") ||
         type == "craft";
}

static bool has_four_grids(const std::string& type) {
  return type == "metaflexnet" || type.starts_with("docres");
}

static const char* embedded_features(const std::string& type) {
  return type.starts_with("hit_") ? "16" : splits_windows(type) ? "32" : "8";
}

NetworkConfig tiny_network(const std::string& type) {
  return network_of(type, {{"num_feat", "8"},
                           {"num_conv", "1"},
                           {"num_block", "1"},
                           {"num_grow_ch", "4"},
                           {"feature_channels", "8"},
                           {"num_blocks", has_four_grids(type) ? "1,1,1,1" : "1"},
                           {"hidden_rate", "2"},
                           {"blocks", "0"},
                           {"n_feats", type.starts_with("man") ? "6" : "8"},
                           {"n_resgroups", "1"},
                           {"n_resblocks", "1"},
                           {"reduction", "4"},
                           {"dim", type.find("scunet") != std::string::npos ? "64"
                                   : type == "emt"                          ? "30"
                                                                            : "8"},
                           {"n_layers", "3"},
                           {"layer_kinds", "0,2"},
                           {"window_list", "2,4;4,2"},
                           {"shift_list", "1,2;2,1"},
                           {"n_block", "1"},
                           {"n_blocks", "1"},
                           {"mid_dim", "4"},
                           {"img_size", type.starts_with("hit_") ? "64" : "8"},
                           {"embed_dim", embedded_features(type)},
                           {"depths", "2"},
                           {"depth", "3"},
                           {"split_size", "2,4"},
                           {"split_size_0", "2"},
                           {"embed_dims", "8"},
                           {"nf", "6"},
                           {"num_head", "2"},
                           {"ITL_blocks", "1"},
                           {"SAL_blocks", "1"},
                           {"num_stages", "2"},
                           {"split_size_1", "4"},
                           {"num_heads", type == "emt" ? "3" : "2"},
                           {"window_size", type.ends_with("flexnet") ? "8" : "4"},
                           {"num_heads_window", "2"},
                           {"num_heads_stripe", "2"},
                           {"stripe_size", "4,8"},
                           {"anchor_window_down_factor", "2"},
                           {"base_win_size", "2,2"},
                           {"hier_win_ratios", "2,1"},
                           {"compress_ratio", "2"},
                           {"squeeze_factor", "2"},
                           {"gc", "4"},
                           {"res_num", "1"},
                           {"num_groups", "1"},
                           {"category_size", "16"},
                           {"num_tokens", "4"},
                           {"reducted_dim", "4"},
                           {"depth_per_group", "1"},
                           {"filters", "8"},
                           {"num_features", "8"},
                           {"flow_base_ch", "2"},
                           {"config", "1,1,1,1,1,1,1"},
                           {"nb", "1"},
                           {"num_frames", "3"},
                           {"clip_size", "3"},
                           {"channels", "8"},
                           {"large_kernel", "5"},
                           {"enc_blocks", "1,1"},
                           {"dec_blocks", "1,1"},
                           {"num_latent", "1"},
                           {"sisr_blocks", "1"},
                           {"upsample_mid_dim", "8"},
                           {"c_elan", "6"},
                           {"m_elan", "2"},
                           {"window_sizes", "2,4,4"},
                           {"embedding_dim", "8"},
                           {"num_layers", "1"},
                           {"global_kernel_size", "5"},
                           {"N", "4"},
                           {"pdim", "4"},
                           {"conv_blocks", "1"},
                           {"upsample_dim", "4"},
                           {"history_channels", "4"},
                           {"width", "8"},
                           {"middle_blk_num", "1"},
                           {"num_refinement_blocks", "1"},
                           {"heads", "1,2,2,4"},
                           {"enc_blk_nums", "1,1"},
                           {"dec_blk_nums", "1,1"},
                           {"GCE_CONVS_nums", "3,2"}});
}

int scale_of(const NetworkConfig& network) {
  for (const int scale : {2, 4}) {
    if (!arch::impossible(network.options, scale)) {
      return scale;
    }
  }
  return 1;
}

int channels_of(const NetworkConfig& network) {
  return arch::input_channels(network.options);
}

}  // namespace sr::test
