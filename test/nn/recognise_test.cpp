#include <map>
#include <string>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "nn/network.h"
#include "support/catch.h"
#include "support/networks.h"

namespace {

using Shapes = std::map<std::string, std::vector<std::int64_t>, std::less<>>;
using Codes = std::map<std::string, sr::arch::TensorShapes::Codes, std::less<>>;

sr::NamedTensors derived_of(const sr::Network& network) {
  std::vector<at::Tensor> values;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    values.push_back(parameter.tensor);
  }
  return network.derived_tensors(values);
}

Shapes shapes_of(const sr::Network& network) {
  Shapes shapes;
  for (const sr::NamedTensors* group : {&network.parameters(), &network.buffers()}) {
    for (const sr::NamedTensor& named : *group) {
      shapes[named.name] = named.tensor.sizes().vec();
    }
  }
  for (const sr::NamedTensor& derived : derived_of(network)) {
    shapes[derived.name] = derived.tensor.sizes().vec();
  }
  return shapes;
}

/// The values of the buffers of bytes.
Codes codes_of(const sr::Network& network) {
  Codes codes;
  for (const sr::NamedTensor& buffer : network.buffers()) {
    if (buffer.tensor.scalar_type() == at::kByte || buffer.tensor.scalar_type() == at::kBool) {
      const at::Tensor bytes = buffer.tensor.to(at::kByte);
      const auto* values = bytes.const_data_ptr<std::uint8_t>();
      codes[buffer.name].assign(values, values + bytes.numel());
    }
  }
  for (const sr::NamedTensor& derived : derived_of(network)) {
    if (derived.name.ends_with("attn_mask")) {
      const at::Tensor bytes = derived.tensor.ne(0).flatten(1).any(1).to(at::kByte);
      const auto* values = bytes.const_data_ptr<std::uint8_t>();
      codes[derived.name].assign(values, values + bytes.numel());
    }
  }
  return codes;
}

/// The network that the tensors of `network` are taken for has the same tensors.
void require_recognised(const sr::NetworkConfig& config, int scale) {
  CAPTURE(config.type, scale);
  const auto network = sr::make_network(config, scale, 0);
  const Shapes shapes = shapes_of(*network);
  const auto found = sr::arch::recognise(sr::arch::TensorShapes(shapes, codes_of(*network)));
  REQUIRE(found);
  REQUIRE(found->scale == scale);
  const auto again = sr::make_network({found->type, found->options}, found->scale, 0);
  REQUIRE(shapes_of(*again) == shapes);
  REQUIRE(codes_of(*again) == codes_of(*network));
}

}  // namespace

TEST_CASE("Networks are recognised by their tensors at every scale", "[nn]") {
  const int scale = GENERATE(1, 2, 3, 4, 8);
  for (const char* type : {"rcan",
                           "rcan_unshuffle",
                           "realplksr",
                           "realplksr_tiny",
                           "plksr",
                           "plksr_tiny",
                           "mosr",
                           "mosr_t",
                           "mosrv2",
                           "swinir_s",
                           "swinir_m",
                           "omnisr",
                           "hat_s",
                           "hat_m",
                           "drct",
                           "dat",
                           "srformer",
                           "srformer_light",
                           "artcnn_r8f64",
                           "dis_balanced",
                           "dis_fast",
                           "realcugan",
                           "temporalspan",
                           "temporalspanv2",
                           "rtmosr",
                           "rtmosr_l",
                           "rtmosr_ul",
                           "fdat",
                           "atd",
                           "atd_light",
                           "rgt",
                           "swin2sr_s",
                           "swin2sr_m",
                           "craft",
                           "lmlt_tiny",
                           "lmlt_large",
                           "eimn_l",
                           "eimn_a",
                           "ditn_real",
                           "tfdat",
                           "scunet_aaf6aa",
                           "scunet",
                           "tscunet",
                           "moesr2",
                           "escrealm",
                           "escrealm_xl",
                           "sebica",
                           "seemore_t",
                           "elan",
                           "elan_light",
                           "gaterv3_s",
                           "safmn",
                           "man_tiny",
                           "lkfmixer_t",
                           "cascadedgaze",
                           "flexnet",
                           "metaflexnet",
                           "docres_base",
                           "spanf3",
                           "hit_sir",
                           "hit_sng",
                           "hit_srf",
                           "grl_b",
                           "grl_t",
                           "emt"}) {
    if (std::string_view(type) == "tfdat" && scale == 8) {
      continue;  // its transposed convolutions
    }
    const sr::NetworkConfig config = sr::test::tiny_network(type);
    if (!sr::arch::impossible(config.options, scale)) {
      require_recognised(config, scale);
    }
  }
}

TEST_CASE("Networks are recognised with options that change their tensors", "[nn]") {
  using sr::test::network_of;
  const sr::arch::Arguments small{{"n_resgroups", "1"}, {"n_resblocks", "2"},  {"n_feats", "12"},
                                  {"dim", "12"},        {"n_block", "2"},      {"n_blocks", "2"},
                                  {"filters", "12"},    {"num_features", "12"}};
  const auto with = [&](const std::string& type, const sr::arch::Arguments& arguments,
                        int scale = 4) {
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(network_of(type, all), scale);
  };
  with("rcan", {{"norm", "true"}, {"kernel_size", "5"}, {"reduction", "3"}});
  with("realplksr", {{"upsampler", "dysample"}, {"layer_norm", "false"}, {"use_ea", "false"}});
  with("realplksr", {{"kernel_size", "9"}, {"split_ratio", "0.5"}});
  with("plksr", {{"ccm_type", "ccm"}, {"use_ea", "false"}});
  with("plksr", {{"ccm_type", "iccm"}, {"lk_type", "rectsparseplk"}});
  with("mosr", {{"upsampler", "dysample"}, {"expansion_ratio", "2"}, {"kernel_size", "5"}});
  with("mosr", {{"upsampler", "geoensemblepixelshuffle"}, {"conv_ratio", "0.5"}});
  with("mosrv2", {{"rms_norm", "true"}, {"upsampler", "pixelshuffle"}});
  with("mosrv2", {{"upsampler", "dysample"}});
  with("mosrv2", {{"upsampler", "dysample"}, {"mid_dim", "12"}});
  with("mosrv2", {{"upsampler", "transpose+conv"}});
  with("mosrv2", {{"upsampler", "nearest+conv"}}, 3);
  with("mosrv2", {{"upsampler", "pa_up"}, {"mid_dim", "6"}}, 3);
  with("artcnn_r8f24", {{"kernel_size", "5"}});
  with("dis_balanced", {{"use_depthwise", "true"}, {"num_blocks", "3"}});
  with("rtmosr", {{"se", "false"}, {"ffn_expansion", "1"}});
  with("lkfmixer_t", {{"channels", "12"}, {"large_kernel", "9"}, {"split_factor", "0.3"}});
  with("lkfmixer_b", {{"channels", "10"}, {"num_block", "2"}, {"in_channels", "9"}}, 3);
  with("man_light", {{"n_resgroups", "3"}}, 3);
  with("safmn", {{"ffn_scale", "1.3"}}, 3);
  with("spanf3", {{"unshuffle_mod", "false"}, {"num_blocks", "2"}}, 1);
  with("spanf3", {{"num_in_ch", "9"}, {"num_blocks", "3"}}, 2);
  const sr::arch::Arguments levels{{"enc_blocks", "1,2"}, {"dec_blocks", "2,1"}};
  const auto with_levels = [&](const sr::arch::Arguments& arguments, int scale) {
    sr::arch::Arguments all = arguments;
    all.insert(levels.begin(), levels.end());
    with("gaterv3_r", all, scale);
  };
  with_levels({{"attention", "true"}, {"flash", "false"}}, 1);
  with_levels({{"attention", "true"}, {"upsample", "dysample"}}, 2);
  with_levels({{"upsample", "nearest+conv"}, {"num_latent", "0"}}, 3);
  with_levels({{"upsample", "pixelshuffledirect"}, {"sisr_blocks", "0"}}, 4);
  with("elan", {{"c_elan", "12"}, {"m_elan", "6"}, {"n_share", "2"}, {"norm", "true"}}, 3);
  with("elan_light", {{"c_elan", "9"}, {"m_elan", "2"}, {"r_expand", "3"}});
  with("seemore_t", {{"embedding_dim", "6"}, {"lr_space", "linear"}, {"num_layers", "2"}}, 3);
  with("seemore_t", {{"embedding_dim", "6"}, {"lr_space", "double"}, {"num_experts", "4"}}, 2);
  with("sebica_mini", {{"N", "5"}}, 3);
  const sr::arch::Arguments layered{{"dim", "30"}, {"n_layers", "3"}};
  const auto with_layers = [&](const sr::arch::Arguments& arguments, int scale) {
    sr::arch::Arguments all = arguments;
    all.insert(layered.begin(), layered.end());
    with("emt", all, scale);
  };
  with_layers({{"n_GTLs", "0"}, {"mlp_ratio", "3"}}, 3);
  with_layers({{"n_GTLs", "3"}, {"upsampler", "pixelshuffledirect"}}, 4);
  with_layers({{"upsampler", "pixelshuffledirect"}}, 3);
  const sr::arch::Arguments part{
      {"pdim", "6"}, {"window_size", "5"}, {"num_heads", "3"}, {"conv_blocks", "2"}};
  const auto with_part = [&](const sr::arch::Arguments& arguments, int scale) {
    sr::arch::Arguments all = arguments;
    all.insert(part.begin(), part.end());
    with("escrealm", all, scale);
  };
  with_part({{"unshuffle_mod", "true"}}, 1);
  with_part({{"unshuffle_mod", "true"}, {"upsampler", "pixelshuffle"}}, 2);
  with_part({{"upsampler", "nearest+conv"}, {"exp_ratio", "1.3"}}, 3);
  with_part({{"upsampler", "dysample"}, {"mid_dim", "12"}, {"kernel_size", "5"}}, 4);
  with("moesr2", {{"upsampler", "pixelshuffle"}, {"expansion_msg", "1.2"}}, 3);
  with("moesr2", {{"upsampler", "dysample"}, {"expansion_factor", "2"}, {"in_ch", "9"}}, 2);
  with("moesr2", {{"upsampler", "nearest+conv"}}, 3);
  with("temporalspan", {{"num_frames", "7"}, {"feature_channels", "16"}});
  with("temporalspan", {{"num_frames", "1"}, {"feature_channels", "8"}});
  with("temporalspanv2", {{"num_frames", "7"}, {"feature_channels", "4"}, {"num_blocks", "2"}});
  with("temporalspanv2", {{"num_frames", "1"}, {"feature_channels", "4"}, {"residual", "false"}});
  with("dctlsa", {{"nf", "10"}});
  with("dctlsa", {{"nf", "25"}}, 3);
  with("ditn_real", {{"ITL_blocks", "1"}, {"SAL_blocks", "2"}, {"UFONE_blocks", "2"}});
  with("ditn_real", {{"bias", "true"}, {"ffn_expansion_factor", "1.3"}, {"SAL_blocks", "1"}});
  with("lmlt_base", {{"ffn_scale", "1.3"}});
  with("eimn_l",
       {{"embed_dims", "16"}, {"num_stages", "2"}, {"depths", "2"}, {"mlp_ratios", "1.3"}});
  with("realcugan", {{"pro", "true"}});
  with("realcugan", {{"fast", "true"}}, 2);
}

TEST_CASE("Networks of windows are recognised with options that change their tensors", "[nn]") {
  const sr::arch::Arguments small{{"img_size", "12"},   {"embed_dim", "12"},  {"depths", "2,1"},
                                  {"num_heads", "2,3"}, {"window_size", "4"}, {"gc", "6"},
                                  {"res_num", "2"},     {"num_feat", "8"}};
  const auto with = [&](const std::string& type, const sr::arch::Arguments& arguments) {
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of(type, all), 4);
  };
  with("swinir_l", {});
  with("srformer", {{"resi_connection", "3conv"}, {"mlp_ratio", "1.5"}, {"window_size", "6"}});
  with("srformer", {{"upsampler", "nearest+conv"}, {"qkv_bias", "false"}, {"patch_norm", "false"}});
  with("swinir_m", {{"qkv_bias", "false"}, {"patch_norm", "false"}, {"mlp_ratio", "1.5"}});
  with("swinir_s", {{"window_size", "7"}, {"img_size", "63"}});
  with("hat_m", {{"overlap_ratio", "1"}, {"compress_ratio", "5"}, {"squeeze_factor", "12"}});
  with("hat_s", {{"compress_ratio", "6"}, {"squeeze_factor", "7"}, {"overlap_ratio", "0"}});
  with("hat_m", {{"resi_connection", "identity"}, {"num_feat", "16"}, {"squeeze_factor", "6"}});
  with("drct", {{"gc", "2"}, {"num_heads", "3,3"}, {"depths", "6,6"}});
  with("drct", {{"resi_connection", "identity"}, {"qkv_bias", "false"}, {"depths", "6,6"}});
  const sr::arch::Arguments dat{{"embed_dim", "40"},
                                {"depth", "3,1"},
                                {"num_heads", "4,2"},
                                {"img_size", "24"},
                                {"split_size", "3,6"}};
  const auto with_dat = [&](const sr::arch::Arguments& arguments, int scale) {
    sr::arch::Arguments all = arguments;
    all.insert(dat.begin(), dat.end());
    require_recognised(sr::test::network_of("dat", all), scale);
  };
  with_dat({}, 4);
  with_dat({{"upsampler", "pixelshuffledirect"}, {"resi_connection", "3conv"}}, 3);
  with_dat({{"expansion_factor", "1.15"}, {"qkv_bias", "false"}, {"split_size", "6,6"}}, 2);
  with_dat({{"unshuffle_mod", "true"}}, 1);
  with_dat({{"unshuffle_mod", "true"}}, 2);
  with("omnisr", {{"block_num", "2"}, {"bias", "false"}, {"pe", "false"}, {"window_size", "8"}});
}

TEST_CASE("FDAT is recognised with options that change its tensors", "[nn]") {
  const sr::arch::Arguments small{{"embed_dim", "12"}, {"num_groups", "2"},
                                  {"num_heads", "2"},  {"depth_per_group", "1"},
                                  {"mid_dim", "6"},    {"aim_reduction_ratio", "5"}};
  const auto with = [&](const sr::arch::Arguments& arguments, int scale = 4) {
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of("fdat", all), scale);
  };
  with({{"window_size", "6"}, {"num_in_ch", "9"}, {"ffn_expansion_ratio", "1.3"}});
  with({{"group_block_pattern", "channel,spatial,channel"}, {"depth_per_group", "2"}});
  with({{"group_block_pattern", "channel"}, {"upsampler_type", "transpose+conv"}}, 2);
  with({{"upsampler_type", "nearest+conv"}, {"group_block_pattern", "spatial"}}, 3);
  with({{"upsampler_type", "pa_up"}}, 3);
  with({{"upsampler_type", "dysample"}, {"mid_dim", "8"}}, 2);
  with({{"upsampler_type", "conv"}}, 1);
  with({{"unshuffle_mod", "true"}}, 1);
  with({{"unshuffle_mod", "true"}, {"upsampler_type", "transpose+conv"}}, 2);
}

TEST_CASE("DWT is told from SwinIR by the masks of spread windows", "[nn]") {
  const auto with = [](const char* type, const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "12"},    {"depths", "2,2,2"},
                                    {"num_heads", "2,3,2"}, {"img_size", "16"},
                                    {"window_size", "4"},   {"upsampler", "pixelshuffle"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    const sr::NetworkConfig config = sr::test::network_of(type, all);
    const auto network = sr::make_network(config, scale, 0);
    const auto found =
        sr::arch::recognise(sr::arch::TensorShapes(shapes_of(*network), codes_of(*network)));
    return found && found->options == config.options.get() ? found->type : "other";
  };
  CHECK(with("dwt", {}, 2) == "dwt");
  CHECK(with("dwt", {{"resi_connection", "3conv"}, {"qkv_bias", "false"}}, 3) == "dwt");
  CHECK(with("swinir_m", {}, 2) == "swinir_s");
  // Nothing tells these from SwinIR, or one part from another.
  CHECK(with("dwt", {{"layer_kinds", "0,-1;0,-1;0,1"}}, 2) == "other");
  CHECK(with("dwt", {{"layer_kinds", "0,2;0,-1;0,-1"}}, 2) == "other");
}

TEST_CASE("Swin2SR is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{
        {"embed_dim", "12"}, {"depths", "2,1"}, {"num_heads", "2,3"}, {"img_size", "18"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of("swin2sr_m", all), scale);
  };
  with({{"upsampler", "pixelshuffle_aux"}, {"window_size", "6"}}, 3);
  with({{"qkv_bias", "false"}, {"patch_norm", "false"}, {"window_size", "3"}}, 2);
  with({{"resi_connection", "3conv"}, {"upsampler", "nearest+conv"}, {"window_size", "9"}}, 4);
  with({{"mlp_ratio", "1.5"}, {"upsampler", "none"}, {"window_size", "2"}}, 1);
}

TEST_CASE("CRAFT is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "48"}, {"depths", "1,2"}, {"num_heads", "2,3"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of("craft", all), scale);
  };
  with({{"qkv_bias", "false"}, {"mlp_ratio", "1.55"}}, 4);
  with({{"split_size_0", "2"}, {"split_size_1", "8"}, {"resi_connection", "identity"}}, 3);
  with({{"split_size_0", "8"}, {"split_size_1", "8"}}, 1);
}

TEST_CASE("HiT-SR is recognised with options that change its tensors", "[nn]") {
  const char* type = GENERATE("hit_sir", "hit_sng", "hit_srf");
  const auto with = [&](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "24"}, {"depths", "1,2"}, {"num_heads", "2,3"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of(type, all), scale);
  };
  with({{"mlp_ratio", "1.5"}, {"patch_norm", "false"}}, 3);
  with({{"upsampler", "nearest+conv"}, {"resi_connection", "3conv"}}, 4);
  with({{"upsampler", "pixelshuffle"}, {"hier_win_ratios", "2,3"}}, 8);
  with({{"upsampler", "none"}, {"base_win_size", "4,4"}, {"hier_win_ratios", "2,0.5"}}, 1);
}

TEST_CASE("GRL is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "24"},         {"depths", "1,2"},
                                    {"num_heads_window", "2,3"}, {"num_heads_stripe", "4,2"},
                                    {"window_size", "4"},        {"stripe_size", "4,8"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of("grl_t", all), scale);
  };
  with({{"qkv_bias", "false"}, {"mlp_ratio", "1.55"}, {"conv_type", "3conv"}}, 4);
  with({{"qkv_bias", "false"}, {"qkv_proj_type", "separable_conv"}, {"upsampler", "none"}}, 1);
  with({{"qkv_proj_type", "separable_conv"}, {"upsampler", "pixelshuffle"}}, 3);
  with({{"anchor_proj_type", "conv2d"}, {"local_connection", "true"}}, 2);
  with({{"anchor_proj_type", "separable_conv"}, {"anchor_one_stage", "false"}}, 2);
  with({{"anchor_proj_type", "patchmerging"}, {"anchor_one_stage", "false"}}, 2);
  with({{"conv_type", "1conv1x1"}, {"upsampler", "nearest+conv"}}, 4);
  with({{"conv_type", "linear"}, {"in_channels", "9"}}, 8);
}

TEST_CASE("GRL's sizes come from the tables of its authors' files", "[nn]") {
  const auto recognised = [](const Shapes& tables, const char* upsampler, int scale) {
    Shapes shapes =
        shapes_of(*sr::make_network(sr::test::network_of("grl_t", {{"embed_dim", "8"},
                                                                   {"depths", "1"},
                                                                   {"num_heads_window", "2"},
                                                                   {"num_heads_stripe", "2"},
                                                                   {"upsampler", upsampler}}),
                                    scale, 0));
    shapes.insert(tables.begin(), tables.end());
    const auto found = sr::arch::recognise(sr::arch::TensorShapes(shapes, {}));
    REQUIRE(found);
    return std::get<sr::arch::GrlOptions>(found->options);
  };
  const auto options = recognised(
      {{"table_w", {1, 31, 31, 2}}, {"table_sh", {1, 47, 95, 2}}, {"index_sh_a2w", {512, 2048}}},
      "pixelshuffle", 2);
  CHECK(options.window_size == 16);
  CHECK(options.stripe_size == std::vector<int>{32, 64});
  CHECK(options.anchor_window_down_factor == 2);
  const auto hostile = recognised(
      {{"table_w", {1, 31, 31, 2}}, {"table_sh", {1, -5, 95, 2}}, {"index_sh_a2w", {0, 2048}}},
      "pixelshuffle", 2);
  CHECK(hostile.window_size == 32);
  CHECK(hostile.stripe_size == std::vector<int>{64, 64});
  CHECK(recognised({}, "nearest+conv", 4).stripe_size == std::vector<int>{32, 64});
  CHECK(recognised({}, "none", 1).window_size == 8);
}

TEST_CASE("RGT is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "48"}, {"depth", "1,2"}, {"num_heads", "2,3"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of("rgt", all), scale);
  };
  with({{"c_ratio", "0.25"}, {"mlp_ratio", "1.55"}}, 4);
  with({{"split_size", "4,16"}, {"qkv_bias", "false"}}, 3);
  with({{"split_size", "8,8"}, {"resi_connection", "3conv"}}, 1);
}

TEST_CASE("CascadedGaze is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments) {
    sr::arch::Arguments all = arguments;
    all.insert({{"width", "6"}, {"GCE_CONVS_nums", "2,3,3"}});
    require_recognised(sr::test::network_of("cascadedgaze", all), 1);
  };
  with({{"enc_blk_nums", "1,2,1"}, {"dec_blk_nums", "2,1,3"}, {"middle_blk_num", "2"}});
  with({{"enc_blk_nums", "1,0,2"}, {"dec_blk_nums", "0,1,1"}, {"middle_blk_num", "0"}});
  with({{"enc_blk_nums", "1"}, {"dec_blk_nums", "1"}});
}

TEST_CASE("FlexNet is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const std::string& type, const sr::arch::Arguments& arguments, int scale) {
    sr::arch::Arguments all = arguments;
    all.insert({{"dim", "10"}, {"num_blocks", type == "flexnet" ? "2,1,3" : "1,2,1,3"}});
    require_recognised(sr::test::network_of(type, all), scale);
  };
  with("flexnet", {{"hidden_rate", "3"}, {"channel_norm", "true"}}, 3);
  with("flexnet", {{"inp_channels", "9"}, {"upsampler", "nearest+conv"}}, 3);
  with("flexnet", {{"upsampler", "nearest+conv"}}, 1);
  with("flexnet", {{"upsampler", "dysample"}}, 8);
  with("metaflexnet", {{"upsampler", "nearest+conv"}}, 4);
  with("metaflexnet", {{"upsampler", "dysample"}, {"channel_norm", "true"}}, 2);
  const auto network = sr::make_network(sr::test::network_of("metaflexnet"), 4, 0);
  CHECK(sr::arch::recognise(sr::arch::TensorShapes(shapes_of(*network)))->type == "metaflexnet");
}

TEST_CASE("DocRes is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments) {
    sr::arch::Arguments all = arguments;
    all.insert({{"dim", "12"}, {"heads", "1,2,3,4"}, {"num_refinement_blocks", "2"}});
    require_recognised(sr::test::network_of("docres_base", all), 1);
  };
  with({{"num_blocks", "1,2,1,3"}, {"bias", "true"}, {"ffn_expansion_factor", "1.5"}});
  with({{"num_blocks", "2,1,1,1"}, {"LayerNorm_type", "biasfree"}});
  with({{"num_blocks", "1,1,1,1"}, {"inp_channels", "9"}, {"ffn_expansion_factor", "2.1"}});
  const auto network = sr::make_network(sr::test::network_of("docres_large"), 1, 0);
  CHECK(sr::arch::recognise(sr::arch::TensorShapes(shapes_of(*network)))->type == "docres_large");
}

TEST_CASE("TFDAT is recognised with options that change its tensors", "[nn]") {
  const sr::arch::Arguments small{{"embed_dim", "12"}, {"num_groups", "2"},
                                  {"num_heads", "2"},  {"depth_per_group", "1"},
                                  {"mid_dim", "6"},    {"aim_reduction_ratio", "5"}};
  const auto with = [&](const sr::arch::Arguments& arguments, int scale) {
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of("tfdat", all), scale);
  };
  with({{"window_size", "6"}, {"flow_base_ch", "5"}, {"ffn_expansion_ratio", "1.3"}}, 4);
  with({{"group_block_pattern", "channel"}, {"upsampler_type", "pixelshuffle"}}, 2);
  with({{"upsampler_type", "pa_up"}, {"num_frames", "7"}}, 3);
  with({{"upsampler_type", "pixelshuffledirect"}}, 8);
  with({{"upsampler_type", "dysample"}, {"mid_dim", "8"}}, 1);
}

TEST_CASE("SCUNet and TSCUNet are recognised with options that change their tensors", "[nn]") {
  using sr::test::network_of;
  require_recognised(network_of("scunet_aaf6aa", {{"config", "1,2,0,1,3,0,2"}}), 2);
  require_recognised(network_of("scunet_aaf6aa", {{"config", "0,0,0,0,0,0,0"}}), 1);
  require_recognised(network_of("scunet_aaf6aa", {{"residual", "false"}, {"dim", "128"}}), 4);
  require_recognised(network_of("scunet", {{"config", "1,1,1,1,1,1,2"}}), 1);
  require_recognised(network_of("tscunet", {{"clip_size", "7"}, {"nb", "1"}}), 1);
  require_recognised(network_of("tscunet", {{"clip_size", "1"}, {"residual", "false"}}), 8);
  require_recognised(network_of("tscunet", {{"clip_size", "3"}, {"sigma", "true"}}), 2);
  const auto recognised = [](const sr::NetworkConfig& config, int scale) {
    const auto network = sr::make_network(config, scale, 0);
    return sr::arch::recognise(sr::arch::TensorShapes(shapes_of(*network)))->type;
  };
  CHECK(recognised(network_of("scunet", {}), 1) == "scunet");
  CHECK(recognised(network_of("scunet_aaf6aa", {}), 1) == "scunet_aaf6aa");
  CHECK(recognised(network_of("tscunet", {}), 4) == "tscunet");
}

TEST_CASE("ATD is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const std::string& type, const sr::arch::Arguments& arguments,
                       int scale = 4) {
    const sr::arch::Arguments small{
        {"img_size", "12"},   {"embed_dim", "12"}, {"depths", "2,1"},     {"num_heads", "2,3"},
        {"window_size", "4"}, {"num_tokens", "5"}, {"reducted_dim", "3"}, {"category_size", "10"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    require_recognised(sr::test::network_of(type, all), scale);
  };
  with("atd", {{"qkv_bias", "false"}, {"patch_norm", "false"}, {"mlp_ratio", "1.3"}}, 3);
  with("atd", {{"norm", "false"}, {"convffn_kernel_size", "3"}}, 2);
  with("atd_light", {{"resi_connection", "3conv"}}, 2);
  with("atd", {{"upsampler", "nearest+conv"}});
  with("atd", {{"upsampler", "none"}}, 1);
}
