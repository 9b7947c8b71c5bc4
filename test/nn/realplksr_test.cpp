#include "nn/realplksr.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/group_norm.h"
#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {

using sr::arch::RealPlksrOptions;
constexpr auto kDySample = RealPlksrOptions::Upsampler::kDySample;

RealPlksrOptions small_options() {
  RealPlksrOptions options;
  options.dim = 8;
  options.n_blocks = 2;
  options.kernel_size = 5;
  return options;
}

struct Case {
  const char* key;
  int scale;
  void (*set)(RealPlksrOptions& options);
};
const Case kCases[] = {{"x1", 1, [](RealPlksrOptions&) {}},
                       {"x2", 2, [](RealPlksrOptions& o) { o.split_ratio = 0.5; }},
                       {"x3_group_norm", 3,
                        [](RealPlksrOptions& o) {
                          o.layer_norm = false;
                          o.norm_groups = 2;
                        }},
                       {"x4_plain", 4, [](RealPlksrOptions& o) { o.use_ea = false; }},
                       {"x1_dysample", 1, [](RealPlksrOptions& o) { o.upsampler = kDySample; }},
                       {"x2_dysample", 2,
                        [](RealPlksrOptions& o) {
                          o.upsampler = kDySample;
                          o.layer_norm = false;
                        }},
                       {"x3_dysample", 3, [](RealPlksrOptions& o) { o.upsampler = kDySample; }},
                       {"x8", 8, [](RealPlksrOptions& o) { o.kernel_size = 17; }}};

}  // namespace

TEST_CASE("RealPLKSR's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 8))];
  const bool channels_last = GENERATE(false, true);
  RealPlksrOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"realplksr_golden.txt", c.key, {2, 3, 5, 7}, 0.1, channels_last});
}

TEST_CASE("RealPLKSR has the published numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(RealPlksrOptions{}, 4, 0)) == 7'389'680);
  RealPlksrOptions tiny;
  tiny.n_blocks = 12;
  tiny.kernel_size = 13;
  tiny.use_ea = false;
  CHECK(sr::test::count_parameters(*sr::make_network(tiny, 4, 0)) == 2'372'080);
}

TEST_CASE("RealPLKSR leaves an index to the dropout and writes DySample's places", "[nn]") {
  RealPlksrOptions options = small_options();
  options.upsampler = kDySample;
  const auto network = sr::make_network(options, 2, 0);
  const std::vector<std::string> names = sr::test::names_of(network->parameters());
  CHECK(std::find(names.begin(), names.end(), "feats.4.weight") != names.end());
  CHECK(std::find(names.begin(), names.end(), "feats.3.weight") == names.end());
  CHECK(sr::test::names_of(network->buffers()) == std::vector<std::string>{"to_img.init_pos"});
}

TEST_CASE("A fresh RealPLKSR block adds little and weights follow the seed", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 3);
  const auto weights = sr::make_network(small_options(), 2, 4)->parameters();
  CHECK(torch::equal(network->parameters()[0].tensor,
                     sr::make_network(small_options(), 2, 3)->parameters()[0].tensor));
  CHECK_FALSE(torch::equal(network->parameters()[0].tensor, weights[0].tensor));
  CHECK(weights[0].tensor.abs().max().item<double>() < 0.12);
}

TEST_CASE("RealPLKSR trains under autocast with float32 output and gradients", "[nn]") {
  RealPlksrOptions options = small_options();
  options.layer_norm = GENERATE(false, true);
  options.upsampler = GENERATE(RealPlksrOptions::Upsampler::kPixelShuffle, kDySample);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.02);
}

// The peers' module keeps about thirteen tensors of the features' size in a block.
TEST_CASE("A training pass of RealPLKSR keeps less than eight tensors a block", "[nn]") {
  RealPlksrOptions options;
  options.dim = 16;
  const auto peak = [&](int blocks) {
    options.n_blocks = blocks;
    const auto network = sr::make_network(options, 2, 0);
    network->to(at::kCPU, true);
    const at::Tensor lq = torch::rand({1, 3, 48, 48}).contiguous(at::MemoryFormat::ChannelsLast);
    network->forward(lq).abs().mean().backward();
    const sr::test::CountingAllocator allocator;
    const std::size_t before = allocator.live_bytes();
    allocator.peak_bytes() = before;
    network->forward(lq).abs().mean().backward();
    return static_cast<double>(allocator.peak_bytes() - before);
  };
  const double tensors = (peak(6) - peak(2)) / 4 / (sizeof(float) * 16 * 48 * 48);
  INFO(tensors);
  REQUIRE(tensors < 8);
  REQUIRE(tensors > 5);
}

TEST_CASE("Impossible RealPLKSR arguments are configuration errors", "[nn]") {
  const auto refused = [](void (*set)(RealPlksrOptions & options)) {
    RealPlksrOptions options = small_options();
    set(options);
    REQUIRE(options.impossible(2));
  };
  refused([](RealPlksrOptions& o) { o.kernel_size = 16; });
  refused([](RealPlksrOptions& o) { o.split_ratio = 0.1; });
  refused([](RealPlksrOptions& o) {
    o.layer_norm = false;
    o.norm_groups = 3;
  });
}

TEST_CASE("GroupNorm is exact in any memory format", "[nn]") {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const at::Tensor features = torch::rand({1, 8, 32, 32}, generator).mul_(0.1).add_(10);
  const sr::Layer norm{torch::ones({8}), torch::zeros({8})};
  const at::Tensor exact = at::group_norm(features.to(at::kDouble), 4);
  for (const at::MemoryFormat format :
       {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor found = sr::group_norm(features.contiguous(format), 4, norm, 1e-5);
    CHECK(found.is_contiguous(format));
    CHECK((found - exact).abs().max().item<double>() < 1e-4);
  }
}
