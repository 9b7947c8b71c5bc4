#include <fmt/format.h>

#include <optional>

#include "arch/catalogue.h"
#include "config/resolved_text.h"
#include "resolve/examples.h"
#include "resolve/load.h"
#include "resolve/sections.h"
#include "support/catch.h"
#include "yaml/findings.h"
#include "yaml/overrides.h"
#include "yaml/write_yaml.h"

using sr::arch::EsrganOptions;
using sr::arch::RrdbNetOptions;
using sr::test::kSmallest;
using sr::test::load_text;

namespace {

sr::NetworkConfig network_config(const std::string& arguments) {
  return load_text(kSmallest, {"network_g=" + arguments}).config.network_g;
}

std::string problems_of(const std::vector<std::string>& overrides) {
  return sr::test::problems_of(kSmallest, overrides);
}

}  // namespace

TEST_CASE("each RRDB network has its own numbers and naming", "[resolve]") {
  const auto network = [](const std::string& arguments) {
    return std::get<EsrganOptions>(network_config(arguments).options.get());
  };
  const auto rrdbnet = [](const std::string& arguments) {
    return std::get<RrdbNetOptions>(network_config(arguments).options.get());
  };
  CHECK(network("{type: ESRGAN}").num_feat == 64);
  CHECK(network("{type: esrgan}").num_block == 23);
  CHECK(network("{type: esrgan}").num_grow_ch == 32);
  CHECK(network("{type: esrgan}").use_pixel_unshuffle);
  CHECK(network("{type: esrgan}").param_naming == sr::arch::ParamNaming::kOld);
  CHECK(network("{type: esrgan_lite}").num_feat == 32);
  CHECK(network("{type: esrgan_lite}").num_block == 12);
  CHECK(network("{type: esrgan_lite}").param_naming == sr::arch::ParamNaming::kOld);
  CHECK(rrdbnet("{type: RRDBNet}").num_block == 23);
  CHECK(rrdbnet("{type: RRDBNet}").param_naming == sr::arch::ParamNaming::kNew);
  CHECK(rrdbnet("{type: RRDBNet, param_naming: old}").param_naming == sr::arch::ParamNaming::kOld);
}

TEST_CASE("a ratio of features beyond what a network can have is refused", "[resolve]") {
  for (const char* option : {"safmn, ffn_scale", "rgt, mlp_ratio", "rgt, c_ratio",
                             "mosr, conv_ratio", "swinir_s, mlp_ratio", "escrealm, exp_ratio"}) {
    INFO(option);
    const std::string network = fmt::format("network_g={{type: {}: 1e20}}", option);
    CHECK(problems_of({network}).ends_with("expected number 0 < x <= 64, got '1e20'"));
  }
  CHECK(problems_of({"network_g={type: rtmosr, ffn_expansion: 64.5}"})
            .ends_with("expected number 1 to 64, got '64.5'"));
}

TEST_CASE("options that do not fit together are told with their line, beside other mistakes",
          "[resolve]") {
  const std::string told = sr::test::problems_of(
      "name: x\nscale: 3\ndatasets: {train: {dataroot_gt: a, dataroot_lq: b}}\n"
      "network_g:\n  type: swinir_s\n  upsampler: nearest+conv\n"
      "train: {total_iter: -1}\n",
      {});
  CHECK_THAT(told, Catch::Contains(":6: network_g.upsampler: nearest+conv has the scales 2, 4, 8 "
                                   "alone; scale is 3"));
  CHECK_THAT(told, Catch::Contains("total_iter"));
}

TEST_CASE("words of the authors' own files are read", "[resolve]") {
  CHECK(network_config("{type: HAT, upscale: 2}").type == "hat_m");
  CHECK(network_config("{type: PLKSR, upscaling_factor: 2}").type == "plksr");
  CHECK_THAT(problems_of({"network_g={type: plksr, upscaling_factor: 4}"}),
             Catch::Contains("network_g.upscaling_factor: must equal the top-level scale (2)"));
  const auto drct = load_text(
      kSmallest, {"network_g={type: DRCT, compress_ratio: 3, squeeze_factor: 30, conv_scale: 0.01, "
                  "overlap_ratio: 0.5}"});
  CHECK(drct.config.network_g.type == "drct");
  CHECK(std::ranges::any_of(drct.notices, [](const std::string& notice) {
    return notice.find("network_g.overlap_ratio") != std::string::npos;
  }));
}

TEST_CASE("without a scale nothing is said of options that depend on it", "[resolve]") {
  CHECK(problems_of(
            {"scale=~", "network_g={type: escrealm, unshuffle_mod: true, upsampler: conv}"}) ==
        "--set: scale: required (one of 1, 2, 3, 4, 8)");
}

TEST_CASE("the peers' names of a network's arguments are read", "[resolve]") {
  const auto redux = std::get<EsrganOptions>(
      network_config("{type: esrgan, in_nc: 3, out_nc: 3, num_filters: 48, num_blocks: 6}")
          .options.get());
  CHECK(redux.num_feat == 48);
  CHECK(redux.num_block == 6);
  const auto original = std::get<RrdbNetOptions>(
      network_config("{type: rrdbnet, nf: 32, nb: 5, gc: 16}").options.get());
  CHECK(original.num_feat == 32);
  CHECK(original.num_block == 5);
  CHECK(original.num_grow_ch == 16);
}

TEST_CASE("the kinds of FDAT's blocks are a list of words", "[resolve]") {
  using sr::arch::FdatBlock;
  const auto pattern = [](const std::string& arguments) {
    return std::get<sr::arch::FdatOptions>(
               network_config("{type: fdat_light" + arguments + "}").options.get())
        .group_block_pattern;
  };
  const std::vector<FdatBlock> usual{FdatBlock::kSpatial, FdatBlock::kChannel};
  CHECK(pattern("") == usual);
  CHECK(pattern(", group_block_pattern: ~") == usual);
  CHECK(pattern(", group_block_pattern: [channel]") == std::vector<FdatBlock>{FdatBlock::kChannel});
  CHECK(problems_of({"network_g={type: fdat_light, group_block_pattern: [channel, both]}"})
            .find("network_g.group_block_pattern: expected list of spatial, channel") !=
        std::string::npos);
  const sr::Config config =
      load_text(kSmallest, {"network_g={type: fdat_xl, group_block_pattern: [channel, spatial]}"})
          .config;
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}

TEST_CASE("windows of EMT are a list of lists of numbers", "[resolve]") {
  using Lists = std::vector<std::vector<int>>;
  const auto windows = [](const std::string& arguments) {
    return std::get<sr::arch::EmtOptions>(
               network_config("{type: emt" + arguments + "}").options.get())
        .window_list;
  };
  CHECK(windows("") == Lists{{32, 8}, {8, 32}});
  CHECK(windows(", window_list: [[16, 4], [4, 16]]") == Lists{{16, 4}, {4, 16}});
  for (const char* wrong : {"[16, 4]", "[[16, 4], 4]", "[[16, 0], [4, 16]]", "16"}) {
    CHECK(problems_of({std::string("network_g={type: emt, window_list: ") + wrong + "}"})
              .find("network_g.window_list: expected list of lists of integers 1 to 64, got") !=
          std::string::npos);
  }
  const sr::Config config =
      load_text(kSmallest, {"network_g={type: emt, window_list: [[4, 8]], shift_list: []}"}).config;
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}

TEST_CASE("settings of another network are refused by name", "[resolve]") {
  CHECK(problems_of({"network_g={type: esrgan, num_conv: 16}"}) ==
        "--set: network_g.num_conv: only with type compact, ultracompact, superultracompact, "
        "srvggnetcompact");
  CHECK(problems_of({"network_g={type: compact, num_block: 23}"}) ==
        "--set: network_g.num_block: only with type esrgan, esrgan_lite, rrdbnet, lkfmixer_t, "
        "lkfmixer_b, lkfmixer_l, edsr, edsr_l, msrresnet");
  CHECK(problems_of({"network_g={type: rrdbnet, use_pixel_unshuffle: true}"}) ==
        "--set: network_g.use_pixel_unshuffle: only with type esrgan, esrgan_lite");
  CHECK(problems_of({"network_g={type: rrdbnet, param_naming: bsrgan}"}) ==
        "--set: network_g.param_naming: expected one of new, old, got 'bsrgan'");
}

TEST_CASE("RRDB networks survive the resolved file", "[resolve]") {
  for (const char* arguments :
       {"{type: esrgan, use_pixel_unshuffle: false, num_block: 3, param_naming: new}",
        "{type: rrdbnet, num_grow_ch: 16, param_naming: old}", "{type: esrgan_lite}"}) {
    const sr::Config config = load_text(kSmallest, {std::string("network_g=") + arguments}).config;
    CHECK(load_text(sr::resolved_yaml(config)).config == config);
  }
}

TEST_CASE("every network's settings survive the resolved file", "[resolve]") {
  const std::vector<std::string> sets[] = {{},
                                           {"scale=1"},
                                           {"scale=4"},
                                           {"datasets.train.type=pairedvideodataset", "scale=1"},
                                           {"datasets.train.type=pairedvideodataset"}};
  for (const sr::arch::Architecture& row : sr::arch::architectures()) {
    INFO(row.type);
    std::vector<std::string> overrides{fmt::format("network_g={{type: {}}}", row.type)};
    if (row.type == "torchscript") {
      overrides[0] = "network_g={type: torchscript, file: network.pt}";
    } else if (row.type == "swinir") {  // its own img_size holds no whole windows, as in BasicSR
      overrides[0] = "network_g={type: swinir, img_size: 63}";
    }
    std::optional<sr::Config> config;
    for (const std::vector<std::string>& set : sets) {
      std::vector<std::string> all = overrides;
      all.insert(all.end(), set.begin(), set.end());
      if (!config && sr::test::problems_of(kSmallest, all).empty()) {
        config = load_text(kSmallest, all).config;
      }
    }
    REQUIRE(config);
    CHECK(sr::test::problems_of(sr::resolved_yaml(*config)) == "");
    CHECK(load_text(sr::resolved_yaml(*config)).config == *config);
  }
  // As traiNNer-redux's templates have it; words are the same in any capitals.
  for (const char* word : {"BiasFree", "biasfree", "BIASFREE"}) {
    const auto network =
        network_config(fmt::format("{{type: ditn_real, LayerNorm_type: {}}}", word));
    CHECK(std::get<sr::arch::DitnOptions>(network.options.get()).norm ==
          sr::arch::DitnOptions::Norm::kBiasFree);
  }
}

TEST_CASE("train.recompute computes the blocks of networks twice that have such blocks",
          "[resolve]") {
  const auto twice = [](const std::vector<std::string>& overrides) {
    return std::get<sr::arch::SwinIrOptions>(
               load_text(kSmallest, overrides).config.network_g.options.get())
        .use_checkpoint;
  };
  const std::string swinir = "network_g={type: swinir_s}";
  CHECK_FALSE(twice({swinir}));
  CHECK(twice({swinir, "train.recompute=on"}));
  CHECK_FALSE(twice({swinir, "train.recompute=off"}));
  CHECK(twice({"network_g={type: swinir_s, use_checkpoint: true}"}));
  const sr::Config clips =
      load_text(kSmallest, {"network_g={type: temporalspanv2}", "train.recompute=on",
                            "datasets.train.type=pairedvideodataset", "datasets.train.clip_size=5"})
          .config;
  CHECK(std::get<sr::arch::TemporalSpanV2Options>(clips.network_g.options.get()).use_checkpoint);
  const std::string problems = problems_of({"train.recompute=on"});
  CHECK(problems.find("train.recompute") != std::string::npos);
  CHECK(problems.find("swinir_s") != std::string::npos);
}

TEST_CASE("train.recompute is auto where a network has such blocks and nobody has decided",
          "[resolve]") {
  const auto resolved = [](const std::vector<std::string>& overrides) {
    return load_text(kSmallest, overrides).config.train.recompute;
  };
  const std::string swinir = "network_g={type: swinir_s}";
  CHECK(resolved({swinir}) == sr::Recompute::kAuto);
  CHECK(resolved({swinir, "train.recompute=auto"}) == sr::Recompute::kAuto);
  CHECK(resolved({swinir, "train.recompute=off"}) == sr::Recompute::kOff);
  CHECK(resolved({swinir, "train.recompute=on"}) == sr::Recompute::kOn);
  CHECK(resolved({"network_g={type: swinir_s, use_checkpoint: true}"}) == sr::Recompute::kOn);
  CHECK(resolved({"network_g={type: swinir_s, use_checkpoint: false}"}) == sr::Recompute::kAuto);
  CHECK(resolved({"network_g={type: omnisr}"}) == sr::Recompute::kAuto);
  CHECK(resolved({}) == sr::Recompute::kOff);
  const sr::LoadedConfig asked = load_text(kSmallest, {"train.recompute=auto"});
  CHECK(asked.config.train.recompute == sr::Recompute::kOff);
  REQUIRE(asked.notices.size() == load_text(kSmallest).notices.size() + 1);
  const sr::Config config = load_text(kSmallest, {swinir}).config;
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
  CHECK(problems_of({"datasets.train.size_schedule=[{step: 0, lq_size: 8, batch_size: 4, "
                     "recompute: true}]"})
            .find("size_schedule.0.recompute: ") != std::string::npos);
}

TEST_CASE("arguments that other trainers read and do not use keep their default", "[resolve]") {
  CHECK(problems_of({"network_g={type: temporalspan, bias: false}",
                     "datasets.train.type=pairedvideodataset", "datasets.train.clip_size=5"}) ==
        "--set: network_g.bias: has no effect on the other trainers' network: leave it true");
}

TEST_CASE("networks of windows are trained in bfloat16 where their authors do", "[resolve]") {
  const auto loaded = [](const std::string& type) {
    return load_text(kSmallest, {"network_g={type: " + type + "}", "use_amp=true"});
  };
  for (const char* type : {"swinir_m", "hat_l", "drct", "dat_2", "srformer", "rgt_s", "fdat_medium",
                           "atd_light", "swin2sr_m", "hit_srf", "dctlsa", "grl_t"}) {
    const auto found = loaded(type);
    CAPTURE(type);
    CHECK(found.config.amp_bf16);
    REQUIRE_FALSE(found.notices.empty());
  }
  CHECK_FALSE(loaded("omnisr").config.amp_bf16);
  CHECK_FALSE(loaded("fdat_tiny").config.amp_bf16);
  CHECK_FALSE(loaded("scunet_aaf6aa").config.amp_bf16);
}

TEST_CASE("networks that normalise by their batch get batches of two at least, and whole ones",
          "[resolve]") {
  const std::string dat = "network_g={type: dat_light}";
  const std::string one = "datasets.train.batch_size_per_gpu=1";
  const std::string pieces =
      "datasets.train.size_schedule=[{step: 0, lq_size: 8, batch_size: 4, micro_batch: 2}]";
  CHECK(problems_of({dat, one}).find("batch_size_per_gpu: expected at least 2") !=
        std::string::npos);
  CHECK(problems_of({dat, pieces}).find("micro_batch: expected 0") != std::string::npos);
  const std::string frozen = "network_g={type: dat_light, frozen_statistics: true}";
  CHECK_NOTHROW(load_text(kSmallest, {frozen, one}));
  CHECK_NOTHROW(load_text(kSmallest, {frozen, pieces}));
}

TEST_CASE("DAT's name for blocks computed twice is read", "[resolve]") {
  const auto twice = [](const std::vector<std::string>& overrides) {
    return std::get<sr::arch::DatOptions>(
               load_text(kSmallest, overrides).config.network_g.options.get())
        .use_checkpoint;
  };
  CHECK(twice({"network_g={type: dat_2, use_chk: true}"}));
  CHECK(twice({"network_g={type: dat_2}", "train.recompute=on"}));
  CHECK_FALSE(twice({"network_g={type: dat_m, use_chk: false}"}));
}
