#include "nn/mosr.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/mosrv2.h"
#include "support/catch.h"

namespace {

using sr::arch::MosrOptions;
using sr::arch::MosrV2Options;
using Upsampler = MosrOptions::Upsampler;
using Kind = sr::arch::UniUpsampler;

MosrOptions small_options() {
  MosrOptions options;
  options.dim = 8;
  options.n_block = 2;
  return options;
}

struct Case {
  const char* key;
  int scale;
  void (*set)(MosrOptions& options);
};
const Case kCases[] = {
    {"x1", 1, [](MosrOptions&) {}},
    {"x2", 2,
     [](MosrOptions& o) {
       o.kernel_size = 3;
       o.conv_ratio = 0.5;
       o.expansion_ratio = 2;
     }},
    {"x3_gps", 3, [](MosrOptions& o) { o.upsampler = Upsampler::kGeoEnsemble; }},
    {"x4", 4, [](MosrOptions&) {}},
    {"x1_dys", 1, [](MosrOptions& o) { o.upsampler = Upsampler::kDySample; }},
    {"x2_dys", 2, [](MosrOptions& o) { o.upsampler = Upsampler::kDySample; }},
    {"x8_gps", 8, [](MosrOptions& o) { o.upsampler = Upsampler::kGeoEnsemble; }}};

MosrV2Options small_second(Kind upsampler = Kind::kPixelShuffleDirect, bool unshuffles = true) {
  MosrV2Options options;
  options.dim = 16;
  options.n_block = 2;
  options.mid_dim = 8;
  options.upsampler = upsampler;
  options.unshuffle_mod = unshuffles;
  return options;
}

MosrV2Options lda() {
  MosrV2Options options = small_second(Kind::kLda);
  options.mid_dim = 32;
  return options;
}

struct SecondCase {
  const char* key;
  int scale;
  MosrV2Options options;
};
const SecondCase kSecondCases[] = {{"x2", 2, small_second()},
                                   {"x1_conv", 1, small_second(Kind::kConv, false)},
                                   {"x3_rms", 3,
                                    [] {
                                      MosrV2Options options = small_second();
                                      options.rms_norm = true;
                                      return options;
                                    }()},
                                   {"x4_pixelshuffle", 4, small_second(Kind::kPixelShuffle)},
                                   {"x3_pixelshuffle", 3, small_second(Kind::kPixelShuffle)},
                                   {"x2_nearest", 2, small_second(Kind::kNearestConv, false)},
                                   {"x3_nearest", 3, small_second(Kind::kNearestConv)},
                                   {"x3_dysample", 3, small_second(Kind::kDySample)},
                                   {"x2_dysample", 2,
                                    [] {
                                      MosrV2Options options = small_second(Kind::kDySample, false);
                                      options.mid_dim = 16;
                                      return options;
                                    }()},
                                   {"x2_transpose", 2, small_second(Kind::kTransposeConv, false)},
                                   {"x3_transpose", 3, small_second(Kind::kTransposeConv)},
                                   {"x4_transpose", 4, small_second(Kind::kTransposeConv)},
                                   {"x3_lda", 3, lda()},
                                   {"x2_lda", 2,
                                    [] {
                                      MosrV2Options options = lda();
                                      options.dim = 32;
                                      options.unshuffle_mod = false;
                                      return options;
                                    }()},
                                   {"x4_pa_up", 4, small_second(Kind::kPaUp)},
                                   {"x3_pa_up", 3, small_second(Kind::kPaUp)},
                                   {"x8", 8, small_second()}};

}  // namespace

TEST_CASE("MoSR's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 7))];
  const bool channels_last = GENERATE(false, true);
  MosrOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network, {"mosr_golden.txt", c.key, {2, 3, 5, 7}, 0.1, channels_last});
}

TEST_CASE("MoSRv2's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const SecondCase& c = kSecondCases[GENERATE(range(0, 17))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"mosrv2_golden.txt", c.key, {2, 3, 5, 7}, 0.1, channels_last});
}

TEST_CASE("MoSRv2 at scale 1 pads odd sides to whole folds", "[nn]") {
  const auto network = sr::make_network(small_second(), 1, 1);
  sr::test::require_golden(*network, {"mosrv2_golden.txt", "x1", {2, 3, 7, 9}, 0.1, true});
}

TEST_CASE("MoSR has the published numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(MosrOptions{}, 4, 0)) == 4'287'600);
  MosrOptions tiny;
  tiny.n_block = 5;
  tiny.dim = 48;
  CHECK(sr::test::count_parameters(*sr::make_network(tiny, 4, 0)) == 609'888);
}

TEST_CASE("MoSRv2's file says which upsampler it has", "[nn]") {
  const auto meta = [](const MosrV2Options& options, int scale) {
    const auto network = sr::make_network(options, scale, 0);
    const sr::NamedTensor& last = network->buffers().back();
    REQUIRE(last.name == "to_img.MetaUpsample");
    REQUIRE(last.tensor.scalar_type() == at::kByte);
    const at::Tensor values = last.tensor.to(at::kInt);
    return std::vector<int>(values.data_ptr<int>(), values.data_ptr<int>() + values.numel());
  };
  CHECK(meta(small_second(), 2) == std::vector<int>{3, 1, 4, 16, 3, 8, 4});
  CHECK(meta(small_second(Kind::kPaUp), 4) == std::vector<int>{3, 7, 4, 8, 3, 8, 4});
  CHECK(meta(small_second(Kind::kNearestConv), 3) == std::vector<int>{3, 3, 3, 16, 3, 8, 4});
  CHECK(meta(lda(), 3) == std::vector<int>{3, 6, 3, 16, 3, 32, 4});
}

TEST_CASE("MoSR's gated blocks begin with small weights and no bias", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 3);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    if (parameter.name.find(".fc1.") != std::string::npos) {
      CHECK(parameter.tensor.abs().max().item<double>() < 0.12);
    }
    if (parameter.name.ends_with("fc1.bias") || parameter.name.ends_with("1.conv.bias")) {
      CHECK(parameter.tensor.abs().max().item<double>() == 0);
    }
  }
}

TEST_CASE("MoSR and MoSRv2 train under autocast with float32 output and gradients", "[nn]") {
  const int which = GENERATE(0, 1, 2);
  const auto network = which == 0   ? sr::make_network(small_options(), 2, 0)
                       : which == 1 ? sr::make_network(small_second(), 2, 0)
                                    : sr::make_network(lda(), 3, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("Impossible MoSR arguments are configuration errors", "[nn]") {
  MosrOptions even = small_options();
  even.kernel_size = 6;
  REQUIRE(even.impossible(2));
  MosrOptions wide = small_options();
  wide.conv_ratio = 2;
  REQUIRE(wide.impossible(2));
  MosrOptions ungrouped = small_options();
  ungrouped.dim = 6;
  ungrouped.upsampler = Upsampler::kDySample;
  REQUIRE(ungrouped.impossible(2));
  REQUIRE(small_second(Kind::kConv).impossible(4));
  REQUIRE(small_second(Kind::kTransposeConv).impossible(8));
  for (const int channels : {4, 12, 33}) {
    MosrV2Options halved = lda();
    halved.mid_dim = channels;
    REQUIRE(halved.impossible(3));
  }
}
