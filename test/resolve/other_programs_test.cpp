#include "resolve/other_programs.h"

#include "resolve/examples.h"
#include "support/catch.h"

using Catch::Matchers::Contains;

namespace {

std::string warning_of(const std::string& network, int scale = 2, int clip = 1) {
  const std::string type = clip > 1 ? "pairedvideodataset" : "pairedimagedataset";
  const sr::LoadedConfig loaded = sr::test::load_text(
      sr::test::kSmallest,
      {"network_g=" + network, "scale=" + std::to_string(scale), "datasets.train.type=" + type,
       "datasets.train.clip_size=" + std::to_string(clip)});
  return loaded.warnings.empty() ? "" : loaded.warnings.front();
}

}  // namespace

TEST_CASE("a network that spandrel misreads is warned of", "[resolve]") {
  CHECK_THAT(warning_of("{type: esrgan}", 3), Contains("spandrel") && Contains("x2 network"));
  CHECK_THAT(warning_of("{type: rrdbnet}", 3), Contains("x2 network"));
  CHECK_THAT(warning_of("{type: esrgan_lite, param_naming: new}", 3), Contains("x2 network"));
  CHECK_THAT(warning_of("{type: compact, learn_residual: false}"), Contains("learn_residual"));
  CHECK_THAT(warning_of("{type: srvggnetcompact, act_type: relu}"),
             Contains("act_type prelu alone"));
  CHECK_THAT(warning_of("{type: compact, act_type: leakyrelu}"), Contains("act_type prelu alone"));
  CHECK_THAT(warning_of("{type: rrdbnet, num_grow_ch: 16}", 4), Contains("num_grow_ch is 16"));
  CHECK_THAT(warning_of("{type: compact, num_in_ch: 9}", 2, 3), Contains("9 input channels"));
  CHECK_THAT(warning_of("{type: esrgan, num_in_ch: 9}", 2, 3), Contains("9 folded channels"));
  CHECK_THAT(warning_of("{type: rrdbnet, num_in_ch: 9}", 1, 3), Contains("9 folded channels"));
  CHECK_THAT(warning_of("{type: fdat, group_block_pattern: [channel]}"),
             Contains("[spatial, channel]"));
  CHECK_THAT(warning_of("{type: atd_light, category_size: 256}"), Contains("category_size of 128"));
  CHECK_THAT(warning_of("{type: dwt_s}"), Contains("read as SwinIR"));
  CHECK_THAT(warning_of("{type: dat_s}", 1), Contains("pixelshuffle at scale 1"));
  CHECK(warning_of("{type: dat_s}").empty());
  CHECK_THAT(warning_of("{type: rgt, split_size: [32, 8]}"), Contains("sides of its windows"));
  CHECK_THAT(warning_of("{type: rgt, split_size: [1, 8]}"), Contains("powers of 2"));
  CHECK_THAT(warning_of("{type: ditn_real, patch_size: 4}"), Contains("patch_size of 8"));
  CHECK_THAT(warning_of("{type: dctlsa, num_head: 11}"), Contains("5 heads"));
  CHECK_THAT(warning_of("{type: craft, window_size: 32}"), Contains("window_size of 16"));
  CHECK_THAT(warning_of("{type: craft, split_size_0: 16, split_size_1: 8}"),
             Contains("sides of its windows"));
  CHECK_THAT(warning_of("{type: grl_b, window_size: 16}"), Contains("window_size of 32"));
  CHECK_THAT(warning_of("{type: grl_s, anchor_window_down_factor: 2}"), Contains("anchors of 4"));
  CHECK_THAT(warning_of("{type: grl_s, upsampler: nearest+conv}", 4),
             Contains("stripe_size of [32, 64]"));
  CHECK_THAT(warning_of("{type: grl_t}", 1), Contains("window_size of 8"));
  CHECK_THAT(warning_of("{type: grl_s}", 1), Contains("refused"));
  CHECK_THAT(warning_of("{type: grl_t, init_method: r}"), Contains("images come out wrong"));
  CHECK_THAT(warning_of("{type: scunet_aaf6aa}"), Contains("published SCUNet"));
  CHECK_THAT(warning_of("{type: scunet, residual: false}", 2), Contains("refused"));
  CHECK_THAT(warning_of("{type: scunet_aaf6aa, residual: false}", 1), Contains("edges"));
  CHECK_THAT(warning_of("{type: tscunet, clip_size: 3}", 2, 3), Contains("published SCUNet"));
  CHECK_THAT(warning_of("{type: tfdat, num_frames: 3}", 2, 3), Contains("takes it for FDAT"));
  CHECK_THAT(warning_of("{type: cascadedgaze}", 1), Contains("takes it for NAFNet"));
  CHECK_THAT(warning_of("{type: seemore_t, topk: 2}"), Contains("topk 1"));
  CHECK_THAT(warning_of("{type: seemore_t, num_layers: 16, embedding_dim: 48}"),
             Contains("use_shuffle false, recursive 1"));
  CHECK_THAT(warning_of("{type: fdat, embed_dim: 256}"), Contains("counts to 255"));
  CHECK_THAT(warning_of("{type: fdat, unshuffle_mod: true, num_in_ch: 9}", 2, 3),
             Contains("RGB image"));
}

TEST_CASE("a network that spandrel reads is not", "[resolve]") {
  for (const int scale : {1, 2, 4, 8}) {
    CHECK(warning_of("{type: esrgan}", scale).empty());
    CHECK(warning_of("{type: rrdbnet, param_naming: old}", scale).empty());
  }
  for (const int scale : {1, 2, 3, 4, 8}) {
    CHECK(warning_of("{type: compact}", scale).empty());
  }
  CHECK(warning_of("{type: esrgan, use_pixel_unshuffle: false}").empty());
  CHECK(warning_of("{type: esrgan, num_in_ch: 9}", 4, 3).empty());
  CHECK(warning_of("{type: esrgan, num_in_ch: 9, use_pixel_unshuffle: false}", 2, 3).empty());
  CHECK(warning_of("{type: rgt}").empty());
  CHECK(warning_of("{type: rgt, split_size: [8, 8]}").empty());
  CHECK(warning_of("{type: craft}").empty());
  CHECK(warning_of("{type: grl_b}").empty());
  CHECK(warning_of("{type: grl_t, init_method: w, conv_type: linear}", 3).empty());
  CHECK(
      warning_of("{type: grl_t, anchor_proj_type: conv2d, anchor_window_down_factor: 2}").empty());
  CHECK(warning_of("{type: dctlsa}").empty());
  CHECK(warning_of("{type: ditn_real}").empty());
  CHECK(warning_of("{type: scunet}", 1).empty());
  CHECK(warning_of("{type: atd}").empty());
  CHECK(warning_of("{type: atd_light}").empty());
  CHECK(warning_of("{type: seemore_t}").empty());
  CHECK(warning_of("{type: fdat_light, num_in_ch: 9}", 2, 3).empty());
  CHECK(warning_of("{type: srvggnetcompact, num_conv: 32, num_feat: 48}").empty());
}
