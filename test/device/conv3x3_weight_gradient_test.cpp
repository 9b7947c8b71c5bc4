#include "device/cuda/conv3x3_weight_gradient.h"

#include <algorithm>

#include "device/conv3x3_cases.h"
#include "device/host_block.h"
#include "support/catch.h"

namespace {

using namespace sr::conv3x3;
using namespace sr::test;

template <typename Element, bool kPrelu>
void check_weight_gradient(const Case& c, unsigned splits) {
  Features input(c.extent, c.inputs, 0, 96);
  input.fill<Element>(3);
  Features gradient(c.extent, c.outputs, 32, 8);
  gradient.fill<Element>(3);
  const std::size_t count = std::size_t{c.outputs} * kTaps * c.inputs;
  constexpr float kUntouched = -7777;
  std::vector<float> parts(splits * count + 2, kUntouched);
  GlobalMemory memory;
  input.lend(memory, false);
  gradient.lend(memory, false);
  WeightGradient p{};
  p.input = input.data();
  p.input_stride = input.stride();
  p.gradient = gradient.data();
  p.gradient_stride = gradient.stride();
  p.parts = parts.data();
  p.outputs = c.outputs;
  p.inputs = c.inputs;
  p.extent = c.extent;
  const PreluCase prelu(c.inputs);
  p.prelu = prelu.lend(memory);
  memory.add(p.parts, splits * count * sizeof(float), true);
  const unsigned tiles_of_a_split = (tiles_of(c.extent) + splits - 1) / splits;
  launch(splits, c.outputs / kGroup * (c.inputs / kGroup), kGradientWarps,
         gradient_bytes(tiles_of_a_split), memory,
         [&](HostBlock& block) { weight_gradient<Element, kPrelu>(block, p); });
  std::vector<float> expected(count);
  for_each_neighbour(c.extent, [&](unsigned pixel, unsigned tap, unsigned there) {
    for (unsigned o = 0; o < c.outputs; ++o) {
      for (unsigned i = 0; i < c.inputs; ++i) {
        const float value = Element::value(input.at(there, i));
        expected[(o * kTaps + tap) * c.inputs + i] +=
            Element::value(gradient.at(pixel, o)) * (kPrelu ? prelu(value, i) : value);
      }
    }
  });
  std::vector<float> found(count);
  for (std::size_t i = 0; i < splits * count; ++i) {
    found[i % count] += parts[i];
  }
  const auto differs = std::mismatch(found.begin(), found.end(), expected.begin()).first;
  CHECK(static_cast<std::size_t>(differs - found.begin()) == count);
  CHECK(parts[splits * count] == kUntouched);
}

}  // namespace

TEST_CASE("Blocks of the weight gradient compute what a plain loop does", "[device]") {
  for (const Case& c : kCases) {
    INFO(name_of(c));
    const unsigned tiles = tiles_of(c.extent);
    check_weight_gradient<Bf16, false>(c, 1);
    if (tiles > 1) {
      check_weight_gradient<Bf16, false>(c, tiles);
      check_weight_gradient<Bf16, false>(c, (tiles + 1) / 2);  // the last one may have fewer
    }
  }
  check_weight_gradient<Half, false>(kCases[1], 2);
}

TEST_CASE("Blocks of the weight gradient of a PReLU compute what a plain loop does", "[device]") {
  for (const Case& c : kCases) {
    INFO(name_of(c));
    check_weight_gradient<Bf16, true>(c, (tiles_of(c.extent) + 1) / 2);
  }
  check_weight_gradient<Half, true>(kCases[1], 2);
}
