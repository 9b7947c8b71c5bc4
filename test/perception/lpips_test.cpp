#include "perception/lpips.h"

#include "core/error.h"
#include "perception/example_network.h"
#include "support/catch.h"

namespace {

using namespace sr;
using test::disturbed;
using test::pattern;

FeatureStack::Weights example_weights(LpipsNet net) {
  FeatureStack::Weights weights = test::example_network(lpips_design(net));
  const std::vector<std::int64_t> channels = lpips_channels(net);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string name = "lin" + std::to_string(i) + ".model.1.weight";
    weights[name] = test::scattered(name, {1, channels[i], 1, 1}).abs();
  }
  return weights;
}

double distance(Lpips& lpips, int width, int height) {
  const cv::Mat image = pattern(width, height);
  return lpips(disturbed(image), image);
}

}  // namespace

TEST_CASE("LPIPS is what the package lpips computes", "[perception]") {
  struct Case {
    LpipsNet net;
    double first, second;
  };
  const auto [net, first, second] =
      GENERATE(values<Case>({{LpipsNet::kAlex, 0.0410260037, 0.044093743},
                             {LpipsNet::kVgg, 0.0452489667, 0.0453850217},
                             {LpipsNet::kSqueeze, 0.0950863287, 0.12041539}}));
  Lpips lpips(net, example_weights(net));
  CHECK(distance(lpips, 48, 40) == Approx(first).epsilon(1e-4));
  CHECK(distance(lpips, 71, 53) == Approx(second).epsilon(1e-4));
  const cv::Mat image = pattern(48, 40);
  CHECK(lpips(image, image) == 0);
}

TEST_CASE("tiles see what features depend on", "[perception]") {
  const LpipsNet net = GENERATE(LpipsNet::kAlex, LpipsNet::kSqueeze);
  Lpips lpips(net, example_weights(net));
  const double whole = distance(lpips, 467, 37);
  lpips.comparison().set_tile_size(64);
  CHECK(distance(lpips, 467, 37) == Approx(whole).epsilon(1e-6));
}

TEST_CASE("a file of another network is no LPIPS", "[perception]") {
  FeatureStack::Weights weights = example_weights(LpipsNet::kAlex);
  CHECK_THROWS_WITH(Lpips(LpipsNet::kSqueeze, weights),
                    "tensor features.0.weight: shape [64, 3, 11, 11], that of torchvision's "
                    "squeezenet1_1 is [64, 3, 3, 3]");
  weights.erase("lin4.model.1.weight");
  CHECK_THROWS_WITH(Lpips(LpipsNet::kAlex, weights),
                    "no tensor lin4.model.1.weight: not the weights of LPIPS 0.1");
}
