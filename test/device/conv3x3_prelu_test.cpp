#include "device/cuda/conv3x3.h"

#include <algorithm>

#include "device/conv3x3_cases.h"
#include "device/host_block.h"
#include "support/catch.h"

namespace {

using namespace sr::conv3x3;
using namespace sr::test;

/// [N, channels] in the middle of wider ones, lent to be read.
template <typename Element>
Features random_features(const Case& c, unsigned channels) {
  return Features(c.extent, channels, 32, 8).fill<Element>(3);
}

template <typename Element>
void check_prelu_convolution(const Case& c) {
  Features features = random_features<Element>(c, c.inputs);
  Features output = random_features<Element>(c, c.outputs);
  const auto weights = random_weights<Element>(c.outputs, c.inputs);
  const PreluCase prelu(c.inputs);
  GlobalMemory memory;
  Convolution p = convolution_of(c, features, weights, output, memory);
  p.prelu = prelu.lend(memory);
  Features expected = output;
  const std::vector<float> sums =
      plain_sums<Element, false>(c, weights, [&](unsigned pixel, unsigned channel) {
        return prelu(Element::value(features.at(pixel, channel)), channel);
      });
  for (std::size_t i = 0; i < sums.size(); ++i) {
    expected.at(i / c.outputs, static_cast<unsigned>(i % c.outputs)) = Element::bits(sums[i]);
  }
  launch(tiles_of(c.extent), c.outputs / kGroup, kConvolutionWarps,
         convolution_bytes(c.inputs / kGroup), memory,
         [&](HostBlock& block) { convolve<Element, false, true>(block, p); });
  CHECK(output == expected);
}

template <typename Element>
void check_prelu_data_gradient(const Case& c) {
  Features gradient = random_features<Element>(c, c.outputs);
  Features features = random_features<Element>(c, c.inputs);
  Features output = random_features<Element>(c, c.inputs);
  const auto weights = random_weights<Element>(c.outputs, c.inputs);
  const PreluCase prelu(c.inputs);
  const unsigned tiles = tiles_of(c.extent);
  constexpr float kUntouched = -7777;
  std::vector<float> found(std::size_t{tiles} * 2 * c.inputs + 2, kUntouched);
  GlobalMemory memory;
  Convolution p = convolution_of(c, gradient, weights, output, memory);
  features.lend(memory, false);
  memory.add(found.data(), (found.size() - 2) * sizeof(float), true);
  p.prelu = prelu.lend(memory);
  p.prelu.features = features.data();
  p.prelu.features_stride = features.stride();
  p.prelu.sums = found.data();
  Features expected = output;
  std::vector<float> expected_sums(found.size(), 0);
  expected_sums[found.size() - 2] = expected_sums[found.size() - 1] = kUntouched;
  const std::vector<float> sums =
      plain_sums<Element, true>(c, weights, [&](unsigned pixel, unsigned channel) {
        return Element::value(gradient.at(pixel, channel));
      });
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto channel = static_cast<unsigned>(i % c.inputs);
    const auto pixel = static_cast<unsigned>(i / c.inputs);
    const unsigned x = pixel % c.extent.width;
    const unsigned y = pixel / c.extent.width % c.extent.height;
    const unsigned image = pixel / c.extent.width / c.extent.height;
    const unsigned tile =
        (image * tiles_along(c.extent.height) + y / kTile) * tiles_along(c.extent.width) +
        x / kTile;
    const float t = Element::value(features.at(pixel, channel)) + prelu.bias[channel];
    const float through = t > 0 ? sums[i] : sums[i] * prelu.slope[channel];
    expected.at(pixel, channel) = Element::bits(through);
    expected_sums[2 * tile * c.inputs + channel] += through;
    expected_sums[(2 * tile + 1) * c.inputs + channel] += t > 0 ? 0 : sums[i] * t;
  }
  launch(tiles, c.inputs / kGroup, kConvolutionWarps, convolution_bytes(c.outputs / kGroup), memory,
         [&](HostBlock& block) { convolve<Element, true, true>(block, p); });
  CHECK(output == expected);
  const auto differs = std::mismatch(found.begin(), found.end(), expected_sums.begin()).first;
  CHECK(static_cast<std::size_t>(differs - found.begin()) == found.size());
}

}  // namespace

TEST_CASE("Blocks of convolutions of a PReLU compute what plain loops do", "[device]") {
  for (const Case& c : kCases) {
    INFO(name_of(c));
    check_prelu_convolution<Bf16>(c);
    check_prelu_data_gradient<Bf16>(c);
  }
  check_prelu_convolution<Half>(kCases[1]);
  check_prelu_data_gradient<Half>(kCases[1]);
}
