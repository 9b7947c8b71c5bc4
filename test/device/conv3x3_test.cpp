#include "device/cuda/conv3x3.h"

#include "device/conv3x3_cases.h"
#include "device/cuda/conv3x3_weight_gradient.h"
#include "device/host_block.h"
#include "support/catch.h"

namespace {

using namespace sr::conv3x3;
using namespace sr::test;

enum class End { kPlain, kLeaky, kScaledOntoAnother, kOntoItself };

/// What a convolution writes, from its exact sum.
float ended(End end, float sum, float bias, float addend, float factor) {
  switch (end) {
    case End::kPlain:
      return sum;
    case End::kLeaky:
      return sum + bias > 0 ? sum + bias : (sum + bias) * factor;
    case End::kScaledOntoAnother:
      return addend + factor * (sum + bias);
    case End::kOntoItself:
      return addend + sum;
  }
  return 0;
}

template <typename Element, bool kGradient>
void check_convolution(const Case& c, End end) {
  const unsigned read = kGradient ? c.outputs : c.inputs;
  const unsigned written = kGradient ? c.inputs : c.outputs;
  const std::size_t pixels = std::size_t{c.extent.images} * c.extent.height * c.extent.width;
  Features input(c.extent, read, 0, 64);
  input.fill<Element>(3);
  Features output(c.extent, written, 32, 8);
  output.fill<Element>(3);
  Features another(c.extent, written, 0, 0);
  another.fill<Element>(3);
  const auto weights = random_weights<Element>(c.outputs, c.inputs);
  std::vector<float> bias(written);
  for (float& one : bias) {
    one = 0.25F * whole_number(8);
  }
  GlobalMemory memory;
  Convolution p = convolution_of(c, input, weights, output, memory);
  another.lend(memory, false);
  memory.add(bias.data(), bias.size() * sizeof(bias[0]), false);
  Features& addend = end == End::kScaledOntoAnother ? another : output;
  if (end == End::kLeaky || end == End::kScaledOntoAnother) {
    p.bias = bias.data();
    p.factor = 0.25F;
    p.leaky = end == End::kLeaky ? 1 : 0;
  }
  if (end == End::kScaledOntoAnother || end == End::kOntoItself) {
    p.addend = addend.data();
    p.addend_stride = addend.stride();
  }

  Features expected = output;
  const std::vector<float> sums = plain_sums<Element, kGradient>(
      c, weights,
      [&](unsigned pixel, unsigned channel) { return Element::value(input.at(pixel, channel)); });
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    for (unsigned channel = 0; channel < written; ++channel) {
      expected.at(pixel, channel) =
          Element::bits(ended(end, sums[pixel * written + channel], bias[channel],
                              Element::value(addend.at(pixel, channel)), p.factor));
    }
  }
  launch(tiles_of(c.extent), written / kGroup, kConvolutionWarps, convolution_bytes(read / kGroup),
         memory, [&](HostBlock& block) { convolve<Element, kGradient, false>(block, p); });
  CHECK(output == expected);
}

}  // namespace

TEST_CASE("A block of the 3x3 convolution computes what a plain loop does", "[device]") {
  for (const Case& c : kCases) {
    INFO(name_of(c));
    check_convolution<Bf16, false>(c, End::kLeaky);
    check_convolution<Bf16, false>(c, End::kScaledOntoAnother);
  }
  check_convolution<Half, false>(kCases[1], End::kLeaky);
  check_convolution<Half, false>(kCases[1], End::kScaledOntoAnother);
}

TEST_CASE("A block of the data gradient computes what a plain loop does", "[device]") {
  for (const Case& c : kCases) {
    INFO(name_of(c));
    check_convolution<Bf16, true>(c, End::kPlain);
    check_convolution<Bf16, true>(c, End::kOntoItself);
  }
  check_convolution<Half, true>(kCases[1], End::kOntoItself);
}

TEST_CASE("Blocks of 3x3 convolutions fit into the shared memory of every card they are for",
          "[device]") {
  constexpr unsigned kOfCompute89 = 99 * 1024;  // the least of 8.0 and above
  CHECK(convolution_bytes(6) <= kOfCompute89);
  CHECK(gradient_bytes(128) <= kOfCompute89);
  CHECK(convolution_bytes(1) * 2 <= kOfCompute89);
}
