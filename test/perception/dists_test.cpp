#include "perception/dists.h"

#include "nn/vgg16.h"
#include "perception/example_network.h"
#include "support/catch.h"

namespace {

using namespace sr;
using test::disturbed;
using test::pattern;

FeatureStack::Weights example_weights() {
  FeatureStack::Weights weights = test::example_network(vgg16(l2_pool()));
  for (const char* name : {"alpha", "beta"}) {
    weights[name] = test::scattered(name, {1, 1475, 1, 1}).abs();
  }
  return weights;
}

}  // namespace

TEST_CASE("DISTS is what the package DISTS-pytorch computes", "[perception]") {
  Dists dists(example_weights());
  const cv::Mat small = pattern(48, 40), large = pattern(71, 53);
  CHECK(dists(disturbed(small), small) == Approx(0.0139100552).epsilon(1e-4));
  CHECK(dists(disturbed(large), large) == Approx(0.0146526694).epsilon(1e-4));
  CHECK(dists(small, small) == Approx(0).margin(1e-9));

  const cv::Mat wide = pattern(331, 24);
  const double whole = dists(disturbed(wide), wide);
  dists.comparison().set_tile_size(64);
  CHECK(dists(disturbed(wide), wide) == Approx(whole).epsilon(1e-6));
}

TEST_CASE("an image of one colour has no structure and is no failure", "[perception]") {
  Dists dists(example_weights());
  const cv::Mat flat(24, 24, CV_8UC3, cv::Scalar(120, 130, 140));
  CHECK(dists(flat, flat) == Approx(0).margin(1e-6));
  CHECK(dists(pattern(24, 24), flat) > 0.1);
}
