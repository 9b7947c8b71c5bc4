#include "nn/temporal_span.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/temporal_span_v2.h"
#include "support/catch.h"

namespace {

using sr::arch::TemporalSpanOptions;
using sr::arch::TemporalSpanV2Options;

struct Case {
  const char* key;
  int scale, frames;
  bool residual = true;
  double range = 255;
};
const Case kFirst[] = {{"x1", 1, 5}, {"x2", 2, 5}, {"x3", 3, 3}, {"x4", 4, 5}};
const Case kSecond[] = {{"x1", 1, 3}, {"x2", 2, 5}, {"x3", 3, 3, false}, {"x4", 4, 3, true, 1}};

TemporalSpanOptions small_first(int frames = 3) {
  return {.num_frames = frames, .feature_channels = 8, .history_channels = 2};
}

TemporalSpanV2Options small_second(int frames = 3) {
  TemporalSpanV2Options options;
  options.num_frames = frames;
  options.feature_channels = 4;
  return options;
}

std::vector<at::Tensor> gradients_of(const sr::Network& network, const at::Tensor& clips) {
  sr::test::backward_from(network.forward(clips));
  std::vector<at::Tensor> gradients;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    gradients.push_back(parameter.tensor.grad().clone());
    parameter.tensor.mutable_grad().reset();
  }
  return gradients;
}

/// With the merged convolutions, as other tools count.
std::int64_t count_with_merged(const sr::Network& network) {
  std::vector<at::Tensor> values;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    values.push_back(parameter.tensor);
  }
  std::int64_t count = sr::test::count_parameters(network);
  for (const sr::NamedTensor& tensor : network.derived_tensors(values)) {
    count += tensor.tensor.numel();
  }
  return count;
}

}  // namespace

TEST_CASE("TemporalSPAN's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kFirst[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(small_first(c.frames), c.scale, 1);
  sr::test::require_golden(*network, {"temporal_span_golden.txt",
                                      c.key,
                                      {2, 3 * c.frames, 5, 6},
                                      0.3,
                                      channels_last,
                                      at::kDouble});
}

TEST_CASE("TSPANv2's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kSecond[GENERATE(range(0, 4))];
  TemporalSpanV2Options options = small_second(c.frames);
  options.residual = c.residual;
  options.img_range = c.range;
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network, {"temporal_span_v2_golden.txt",
                                      c.key,
                                      {1, 3 * c.frames, 33, 47},
                                      0.2,
                                      c.scale == 2,
                                      at::kDouble});
}

TEST_CASE("TSPANv2 takes clips smaller than what is reflected around them", "[nn]") {
  const auto network = sr::make_network(small_second(), 2, 1);
  const at::NoGradGuard no_grad;
  const at::Tensor clips = torch::rand({2, 9, 5, 7});
  const at::Tensor output = network->forward(clips);
  REQUIRE(output.sizes() == at::IntArrayRef({2, 3, 10, 14}));
  REQUIRE(
      torch::allclose(network->forward(clips.narrow(0, 1, 1)), output.narrow(0, 1, 1), 1e-4, 1e-4));
}

TEST_CASE("TSPANv2's levels computed twice leave the same gradients", "[nn]") {
  TemporalSpanV2Options options = small_second(5);
  options.num_blocks = 1;
  const at::Tensor clips = sr::test::wave_images({1, 15, 6, 9});
  const auto gradients = [&](bool twice) {
    options.use_checkpoint = twice;
    const auto network = sr::make_network(options, 2, 1);
    return gradients_of(*network, clips);
  };
  const std::vector<at::Tensor> once = gradients(false);
  const std::vector<at::Tensor> twice = gradients(true);
  REQUIRE(once.size() == twice.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(once[i], twice[i], 1e-4, 1e-5));
  }
}

TEST_CASE("Networks of clips train under autocast with float32 output and gradients", "[nn]") {
  const bool channels_last = GENERATE(false, true);
  const at::Tensor clips = sr::test::wave_images({2, 9, 8, 8});
  // Eighteen norms in a row each bring what bfloat16 rounds away back to its size: 0.25 was seen.
  const auto require_trains = [&](sr::Network& network) {
    network.to(at::kCPU, channels_last);
    const auto pass = sr::test::require_trains_under_autocast(network, clips, 0.5);
    const double difference = (pass.output - pass.exact).norm().item<double>();
    CAPTURE(difference, pass.exact.norm().item<double>());
    REQUIRE(difference < 0.4 * pass.exact.norm().item<double>());
  };
  require_trains(*sr::make_network(small_first(), 2, 0));
  require_trains(*sr::make_network(small_second(), 2, 0));
}

TEST_CASE("TemporalSPAN begins with equal pixels of a shuffle", "[nn]") {
  const auto network = sr::make_network(small_first(), 2, 3);
  const sr::NamedTensor& weight = network->parameters().end()[-2];
  REQUIRE(weight.name == "upsampler.0.weight");
  const at::Tensor first = weight.tensor.detach().view({3, 4, 8, 3, 3});
  REQUIRE(torch::equal(first.select(1, 0), first.select(1, 3)));
  REQUIRE_FALSE(torch::equal(first[0], first[1]));
  const double deviation = first.std().item<double>();
  CHECK(deviation == Approx(std::sqrt(2.0 / 72)).epsilon(0.2));
  REQUIRE(network->parameters().back().tensor.abs().sum().item<double>() == 0);
}

TEST_CASE("Networks of clips have the published numbers of parameters", "[nn]") {
  CHECK(count_with_merged(*sr::make_network(TemporalSpanOptions{}, 4, 0)) == 2'597'544);
  CHECK(count_with_merged(*sr::make_network(TemporalSpanV2Options{}, 4, 0)) == 5'535'360);
}
