#include "nn/network.h"

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/network_images.h"
#include "support/networks.h"
#include "support/thrown.h"

using sr::test::network_of;
using sr::test::tiny_network;

TEST_CASE("Every network maps an image to scale times its size", "[nn]") {
  const int scale = GENERATE(1, 2, 3, 4, 8);
  for (const sr::arch::Architecture& row : sr::arch::architectures()) {
    CAPTURE(row.type);
    if (row.type == "torchscript") {
      continue;  // its file decides
    }
    const bool by_doubling = row.type == "swinir_l";  // its nearest+conv
    const bool transposed = row.type.starts_with("fdat_") || row.type == "tfdat";
    if ((by_doubling && (scale == 1 || scale == 3)) || (transposed && scale == 8)) {
      REQUIRE_THROWS_AS(sr::make_network(tiny_network(std::string(row.type)), scale, 0),
                        sr::ConfigError);
      continue;
    }
    const sr::NetworkConfig config = tiny_network(std::string(row.type));
    if (sr::arch::impossible(config.options, scale)) {
      continue;
    }
    const auto network = sr::make_network(config, scale, 0);
    REQUIRE(network->scale() == scale);
    const at::Tensor output = network->forward(sr::test::images_for(config, 2, 5, 6));
    REQUIRE(output.sizes() == at::IntArrayRef({2, 3, 5 * scale, 6 * scale}));
  }
}

TEST_CASE("Networks with windows say what multiples of pixels they compute", "[nn]") {
  const auto multiple = [](const std::string& type) {
    return sr::make_network(tiny_network(type), 2, 0)->size_multiple();
  };
  CHECK(multiple("compact") == 1);
  CHECK(multiple("esrgan") == 1);
  CHECK(multiple("swinir_s") == 4);
  CHECK(multiple("omnisr") == 4);
  CHECK(multiple("hat_s") == 4);
  CHECK(multiple("drct") == 4);
  CHECK(multiple("dat") == 4);
  CHECK(multiple("srformer") == 4);
  CHECK(multiple("temporalspan") == 1);
  CHECK(multiple("temporalspanv2") == 64);
  CHECK(multiple("swin2sr_s") == 4);
  CHECK(multiple("rgt") == 4);
  CHECK(multiple("lmlt_tiny") == 64);
  CHECK(multiple("ditn_real") == 8);
  CHECK(multiple("dctlsa") == 16);
  CHECK(multiple("craft") == 4);
  CHECK(multiple("grl_b") == 8);
  CHECK(multiple("fdat") == 4);
  CHECK(multiple("atd") == 4);
  CHECK(multiple("scunet_aaf6aa") == 64);
  CHECK(multiple("tscunet") == 64);
  CHECK(multiple("tfdat") == 8);
  CHECK(sr::make_network(tiny_network("tfdat"), 1, 0)->size_multiple() == 16);
  CHECK(multiple("lkfmixer_t") == 8);
  CHECK(multiple("gaterv3_s") == 4);
  CHECK(multiple("elan_light") == 4);
  CHECK(multiple("escrealm") == 4);
  CHECK(multiple("moesr2") == 2);
  CHECK(multiple("spanf3") == 2);
  CHECK(multiple("flexnet") == 8);
  CHECK(multiple("metaflexnet") == 64);
  CHECK(sr::make_network(tiny_network("docres_base"), 1, 0)->size_multiple() == 8);
  CHECK(sr::make_network(tiny_network("cascadedgaze"), 1, 0)->size_multiple() == 4);
  CHECK(multiple("hit_sir") == 4);
  CHECK(multiple("hit_sng") == 8);
  CHECK(multiple("emt") == 4);
  CHECK(multiple("dwt") == 8);
  sr::arch::Arguments folded = sr::arch::arguments(tiny_network("fdat").options);
  folded["unshuffle_mod"] = "true";
  CHECK(sr::make_network(network_of("fdat", folded), 1, 0)->size_multiple() == 16);
}

TEST_CASE("A network that does not fit its options or scale is a configuration error", "[nn]") {
  const auto refusal = [](const char* type, const sr::arch::Arguments& arguments, int scale) {
    return sr::test::message_of<sr::ConfigError>(
        [&] { sr::make_network(network_of(type, arguments), scale, 0); });
  };
  CHECK(refusal("dis_fast", {}, 8) == "network_g: scale: dis networks have 1, 2, 3 and 4, not 8");
  CHECK(refusal("artcnn_r3f24", {{"kernel_size", "4"}}, 2) ==
        "network_g: kernel_size: needs an odd number, got 4");
  CHECK(refusal("realcugan", {{"fast", "true"}}, 4) ==
        "network_g: fast: has scale 2 alone; scale is 4");
  CHECK(refusal("rtmosr_l", {}, 3) ==
        "network_g: unshuffle_mod: folds the input for scales 1 and 2; scale is 3");
  CHECK(
      refusal("compact", {{"num_in_ch", "6"}}, 2) ==
      "network_g: num_in_ch: 6 is not an odd multiple of num_out_ch 3, so there is no middle frame "
      "to add; set learn_residual: false");
  CHECK(refusal("span", {{"norm", "true"}, {"rgb_mean", "0.4"}}, 2) ==
        "network_g: norm: true takes three input channels and three means, not 3 and 1");
  CHECK(refusal("spanplus", {{"upsampler", "conv"}}, 2) ==
        "network_g: upsampler: 'conv' keeps the size, so it takes scale 1, not 2");
  CHECK(refusal("rcan", {{"reduction", "65"}}, 2) ==
        "network_g: reduction: 65 is more than n_feats 64");
  CHECK(refusal("realplksr", {{"kernel_size", "16"}}, 2) ==
        "network_g: kernel_size: needs an odd number, got 16");
  CHECK(refusal("realplksr", {{"layer_norm", "false"}, {"norm_groups", "5"}}, 2) ==
        "network_g: norm_groups: 5 does not divide dim 64");
  CHECK(refusal("plksr", {{"lk_type", "rectsparseplk"}, {"kernel_size", "13"}}, 2) ==
        "network_g: kernel_size: a third of it must be odd with rectsparseplk; of 13 it is 4");
  CHECK(
      refusal("mosr", {{"conv_ratio", "2"}}, 2) ==
      "network_g: conv_ratio: of the 96 features inside a block 128 would be convolved depthwise");
  CHECK(refusal("omnisr", {{"num_feat", "10"}}, 2) ==
        "network_g: num_feat: needs a multiple of 4, its heads; got 10");
  CHECK(refusal("swinir_s", {{"num_heads", "7,7,7,7"}}, 2) ==
        "network_g: num_heads: 7 does not divide embed_dim 60");
  CHECK(refusal("swinir_s", {{"upsampler", "nearest+conv"}}, 3) ==
        "network_g: upsampler: nearest+conv has the scales 2, 4, 8 alone; scale is 3");
  CHECK(refusal("swin2sr_s", {{"img_size", "65"}}, 2) ==
        "network_g: img_size: 65 is no multiple of window_size 8 that is larger than it");
  CHECK(refusal("hat_s", {{"compress_ratio", "145"}}, 2) ==
        "network_g: compress_ratio: 145 is more than embed_dim 144");
  CHECK(
      refusal("drct", {{"gc", "31"}}, 2).starts_with("network_g: gc: block 2 of a group has 211"));
  CHECK(refusal("srformer", {{"num_heads", "7,7,7,7,7,7"}}, 2) ==
        "network_g: num_heads: 7 does not divide embed_dim 180");
  CHECK(refusal("atd_light", {{"upsampler", "none"}}, 2) ==
        "network_g: upsampler: none has scale 1 alone; scale is 2");
  CHECK(refusal("lkfmixer_t", {{"large_kernel", "8"}}, 2) ==
        "network_g: large_kernel: needs an odd number, got 8");
  CHECK(refusal("man_tiny", {{"n_feats", "8"}}, 2) ==
        "network_g: n_feats: needs a multiple of 3, got 8");
  CHECK(refusal("safmn", {{"dim", "10"}}, 2) == "network_g: dim: needs a multiple of 4, got 10");
  CHECK(refusal("gaterv3_s", {{"dec_blocks", "2"}}, 2) ==
        "network_g: dec_blocks: needs as many entries as enc_blocks, which has 3, got 1");
  CHECK(refusal("gaterv3_r", {{"upsample", "conv"}}, 2) ==
        "network_g: upsample: conv has scale 1 alone; it would enlarge by 2");
  CHECK(refusal("elan", {{"window_sizes", "4,8"}}, 2) ==
        "network_g: window_sizes: needs 3 entries, got 2");
  CHECK(refusal("seemore_t", {{"topk", "4"}}, 2) ==
        "network_g: topk: is more than the 3 experts that there are: 4");
  CHECK(refusal("escrealm", {}, 8) == "network_g: upsampler: transpose+conv has no scale 8");
  CHECK(refusal("mosrv2", {{"upsampler", "conv"}}, 2) ==
        "network_g: upsampler: conv has scale 1 alone; it would enlarge by 4");
  CHECK(refusal("mosrv2", {{"upsampler", "dysample"}, {"mid_dim", "30"}}, 3) ==
        "network_g: mid_dim: needs a multiple of 4 for dysample, got 30");
  CHECK(refusal("fdat_tiny", {}, 8) == "network_g: upsampler_type: transpose+conv has no scale 8");
  CHECK(refusal("fdat_tiny", {{"upsampler_type", "lda"}, {"mid_dim", "12"}}, 2) ==
        "network_g: mid_dim: needs an even number for lda whose quarter, rounded down, is even, "
        "got 12");
  CHECK(refusal("moesr2", {{"dim", "10"}}, 2) == "network_g: dim: needs a multiple of 4, got 10");
  CHECK(refusal("metaflexnet", {{"num_blocks", "2"}}, 2) ==
        "network_g: num_blocks: needs 4 entries with pipeline_type meta, got 1");
  CHECK(refusal("docres_large", {}, 4) == "network_g: scale: docres networks have 1 alone, not 4");
  CHECK(refusal("msrresnet", {}, 8) ==
        "network_g: scale: msrresnet networks have 2, 3 and 4, not 8");
  CHECK(refusal("edsr", {{"rgb_mean", "0.4"}}, 2) == "network_g: rgb_mean: needs 3 means, got 1");
  CHECK(refusal("cascadedgaze", {}, 2) == "network_g: scale: cascadedgaze has 1 alone, not 2");
  CHECK(refusal("dwt", {{"depths", "6"}, {"num_heads", "6"}, {"layer_kinds", "0,0,0,0,0,0"}}, 2) ==
        "network_g: layer_kinds: has 0 for block 2 of group 1: every second block, from the second "
        "on, has shifted windows");
  CHECK(refusal("emt", {{"window_list", "8,8"}}, 2) ==
        "network_g: shift_list: needs two entries for each of the 1 shapes of window_list, or none "
        "at all");
  CHECK(refusal("temporalspan", {{"feature_channels", "12"}}, 2) ==
        "network_g: feature_channels: needs a multiple of 8, the groups of the norms, got 12");
  CHECK(refusal("temporalspanv2", {{"num_frames", "4"}}, 2) ==
        "network_g: num_frames: needs an odd number, so that there is a middle frame, got 4");
}

TEST_CASE("The description names architecture scale and constructor arguments", "[nn]") {
  const auto network = sr::make_network(network_of("superultracompact"), 2, 0);
  REQUIRE(network->description() ==
          std::map<std::string, std::string>{{"architecture", "superultracompact"},
                                             {"scale", "2"},
                                             {"num_in_ch", "3"},
                                             {"num_out_ch", "3"},
                                             {"num_feat", "24"},
                                             {"num_conv", "8"},
                                             {"act_type", "prelu"},
                                             {"learn_residual", "true"}});
}

TEST_CASE("The description of an RRDB network says whether it folds", "[nn]") {
  const auto folds = [](const std::string& type, int scale) {
    return sr::make_network(tiny_network(type), scale, 0)->description().at("use_pixel_unshuffle");
  };
  CHECK(folds("esrgan", 2) == "true");
  CHECK(folds("esrgan", 4) == "false");
  CHECK(folds("rrdbnet", 1) == "true");
  CHECK(folds("rrdbnet", 4) == "false");
}

TEST_CASE("Moving to channels_last keeps values leaves and output", "[nn]") {
  const auto network = sr::make_network(tiny_network("compact"), 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 6, 6});
  const at::Tensor before = network->forward(lq).detach();
  const at::Tensor held = network->parameters()[0].tensor;
  network->to(at::kCPU, true);
  REQUIRE(held.is_contiguous(at::MemoryFormat::ChannelsLast));
  REQUIRE(held.is_leaf());
  REQUIRE(held.requires_grad());
  REQUIRE(torch::allclose(network->forward(lq), before, 1e-5, 1e-6));
  network->to(at::kCPU, false);
  REQUIRE(held.is_contiguous());
}
