#include "arch/catalogue.h"

#include <set>

#include "support/catch.h"

using sr::arch::architectures;
using sr::arch::Arguments;
using sr::arch::find_architecture;

TEST_CASE("every network but the program of a file takes crops of any side", "[arch]") {
  for (const sr::arch::Architecture& row : sr::arch::architectures()) {
    INFO(row.type);
    CHECK(sr::arch::takes_any_side(row.defaults) == (row.type != "torchscript"));
  }
}

TEST_CASE("every type is found by its name and listed once", "[arch]") {
  std::set<std::string_view> types;
  for (const sr::arch::Architecture& row : architectures()) {
    INFO(row.type);
    CHECK(types.insert(row.type).second);
    CHECK(find_architecture(row.type) == &row);
    CHECK_FALSE(row.description.empty());
  }
  CHECK(find_architecture("Compact") == nullptr);
}

TEST_CASE("float16 is closed to the networks that traiNNer-redux lists and to their kin",
          "[arch]") {
  std::set<std::string_view> closed{
      "atd",           "atd_light",  "dat",        "dat_2",       "dat_2_l",
      "dat_light",     "dat_s",      "dctlsa",     "drct",        "drct_l",
      "drct_xl",       "dwt",        "dwt_s",      "elan",        "elan_light",
      "emt",           "fdat_large", "fdat_light", "fdat_medium", "fdat_medium_aligned",
      "fdat_xl",       "grl_b",      "grl_s",      "grl_t",       "hat_l",
      "hat_l_aligned", "hat_m",      "hat_s",      "hit_sir",     "hit_sng",
      "hit_srf",       "moesr2",     "rcan",       "rcan_l",      "rcan_unshuffle",
      "rgt",           "rgt_s",      "seemore_t",  "srformer",    "srformer_light",
      "swin2sr_l",     "swin2sr_m",  "swin2sr_s",  "swinir_l",    "swinir_m",
      "swinir_s",      "tscunet"};
  // The classes of listed networks by their own names, BasicSR's, and what has features of 255
  // times the image.
  closed.insert({"fdat", "hat_m_aligned", "swinir", "edsr", "edsr_l"});
  for (const sr::arch::Architecture& row : architectures()) {
    INFO(row.type);
    CHECK(row.allows_fp16 == !closed.contains(row.type));
    closed.erase(row.type);
  }
  CHECK(closed.empty());
}

TEST_CASE("options survive their arguments", "[arch]") {
  for (const sr::arch::Architecture& row : architectures()) {
    INFO(row.type);
    const Arguments written = sr::arch::arguments(row.defaults);
    // Any row of the family gives them back: nothing is left to a default.
    for (const sr::arch::Architecture& other : architectures()) {
      if (other.defaults.index() == row.defaults.index()) {
        CHECK(sr::arch::options_from(other, written) == row.defaults);
      }
    }
  }
}

TEST_CASE("arguments are the text of weight files", "[arch]") {
  CHECK(sr::arch::arguments(sr::arch::CompactOptions{.num_feat = 24}) ==
        Arguments{{"num_in_ch", "3"},
                  {"num_out_ch", "3"},
                  {"num_feat", "24"},
                  {"num_conv", "16"},
                  {"act_type", "prelu"},
                  {"learn_residual", "true"}});
}

TEST_CASE("what cannot be built is told by the option to change", "[arch]") {
  using sr::arch::RealCuganOptions;
  const auto option = [](const sr::arch::Options& options, int scale) {
    const auto found = sr::arch::impossible(options, scale);
    return found ? found->option : "";
  };
  CHECK(option(sr::arch::CompactOptions{}, 8).empty());
  CHECK(option(RealCuganOptions{}, 1) == "scale");
  CHECK(option(RealCuganOptions{}, 3).empty());
  CHECK(option(RealCuganOptions{.fast = true}, 2).empty());
  CHECK(option(RealCuganOptions{.fast = true}, 3) == "fast");
  CHECK(option(RealCuganOptions{.pro = true, .fast = true}, 2) == "fast");
  CHECK(option(sr::arch::DisOptions{}, 1).empty());
  CHECK(option(sr::arch::DisOptions{}, 8) == "scale");
  CHECK(option(sr::arch::ArtCnnOptions{.kernel_size = 2}, 4) == "kernel_size");
}

TEST_CASE("an argument that an option cannot have is refused by name", "[arch]") {
  const sr::arch::Architecture& row = *find_architecture("compact");
  const auto refused = [&](const Arguments& arguments) {
    try {
      sr::arch::options_from(row, arguments);
    } catch (const sr::CheckpointError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused({{"num_feat", "0"}}) == "argument num_feat: '0' is not a value of it");
  CHECK(refused({{"num_feat", "64x"}}).starts_with("argument num_feat"));
  CHECK(refused({{"num_feat", "99999999999"}}).starts_with("argument num_feat"));
  CHECK(refused({{"act_type", "gelu"}}).starts_with("argument act_type"));
  CHECK(refused({{"learn_residual", "1"}}).starts_with("argument learn_residual"));
  CHECK(refused({{"not_an_option", "1"}}).empty());
  const auto lists = [](const char* text) {
    return sr::arch::options_from(*find_architecture("emt"), {{"window_list", text}});
  };
  CHECK(sr::arch::arguments(lists("4,8;8,4;2")).at("window_list") == "4,8;8,4;2");
  CHECK_THROWS_AS(lists("4,8;8,0"), sr::CheckpointError);
  CHECK_THROWS_AS(
      sr::arch::options_from(*find_architecture("fdat"), {{"group_block_pattern", "spatial,both"}}),
      sr::CheckpointError);
}
