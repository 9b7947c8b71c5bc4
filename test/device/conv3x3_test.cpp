#include "device/cuda/conv3x3.h"

#include <algorithm>
#include <random>

#include "device/host_block.h"
#include "support/catch.h"

// The blocks of the CUDA kernels, on the host. All values are small whole numbers, so that sums are
// exact in whatever order and results must have the very bits of a plain loop.

namespace {

using namespace sr::conv3x3;
using sr::test::Bf16;
using sr::test::GlobalMemory;
using sr::test::Half;
using sr::test::HostBlock;

std::mt19937 random_numbers(7);

float whole_number(int most) {
  return static_cast<float>(static_cast<int>(random_numbers() % (2U * most + 1U)) - most);
}

/// Pixels of a tensor with channels of others around those in use, and guards around all of it.
class Features {
 public:
  Features(Extent extent, unsigned channels, unsigned before, unsigned after)
      : pixels_(extent.images * extent.height * extent.width),
        stride_(before + channels + after),
        channels_(channels),
        first_(kGuard + before),
        all_(pixels_ * stride_ + 2 * kGuard) {}

  template <typename Element>
  Features& fill(int most) {
    for (std::uint16_t& one : all_) {
      one = Element::bits(whole_number(most));
    }
    return *this;
  }
  std::uint16_t* data() { return all_.data() + first_; }
  unsigned stride() const { return stride_; }
  std::uint16_t& at(std::size_t pixel, unsigned channel) {
    return all_.at(first_ + pixel * stride_ + channel);
  }
  /// A kernel may write the channels of all pixels and what lies between them.
  void lend(GlobalMemory& memory, bool writable) {
    memory.add(data(), ((pixels_ - 1) * stride_ + channels_) * sizeof(std::uint16_t), writable);
  }
  friend bool operator==(const Features& a, const Features& b) { return a.all_ == b.all_; }

 private:
  static constexpr std::size_t kGuard = 64;
  std::size_t pixels_;
  unsigned stride_, channels_;
  std::size_t first_;
  std::vector<std::uint16_t> all_;
};

/// [outputs][9][inputs].
template <typename Element>
std::vector<std::uint16_t> random_weights(unsigned outputs, unsigned inputs) {
  std::vector<std::uint16_t> weights(std::size_t{outputs} * kTaps * inputs);
  for (std::uint16_t& one : weights) {
    one = Element::bits(whole_number(2));
  }
  return weights;
}

/// Calls work(pixel, tap, neighbour) for the neighbours that there are.
template <typename Work>
void for_each_neighbour(const Extent& extent, Work work) {
  for (unsigned pixel = 0; pixel < extent.images * extent.height * extent.width; ++pixel) {
    const unsigned x = pixel % extent.width;
    const unsigned y = pixel / extent.width % extent.height;
    for (unsigned tap = 0; tap < kTaps; ++tap) {
      const unsigned there_x = x + tap % 3 - 1;
      const unsigned there_y = y + tap / 3 - 1;
      if (there_x < extent.width && there_y < extent.height) {
        work(pixel, tap, pixel - y * extent.width - x + there_y * extent.width + there_x);
      }
    }
  }
}

template <typename Kernel>
void launch(unsigned blocks_x, unsigned blocks_y, unsigned warps, unsigned bytes,
            const GlobalMemory& memory, Kernel kernel) {
  unsigned conflicts = 0;
  for (unsigned y = 0; y < blocks_y; ++y) {
    for (unsigned x = 0; x < blocks_x; ++x) {
      HostBlock block(x, y, blocks_x, warps, bytes, memory);
      kernel(block);
      conflicts += block.conflicts();
    }
  }
  CHECK(conflicts == 0);
}

struct Case {
  Extent extent;
  unsigned inputs, outputs;
};

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

/// [pixel][channel] of a convolution or its data gradient; value(pixel, channel) is what it reads.
template <typename Element, bool kGradient, typename Value>
std::vector<float> plain_sums(const Case& c, const std::vector<std::uint16_t>& weights,
                              Value value) {
  const unsigned written = kGradient ? c.inputs : c.outputs;
  std::vector<float> sums(std::size_t{c.extent.images} * c.extent.height * c.extent.width *
                          written);
  for_each_neighbour(c.extent, [&](unsigned pixel, unsigned tap, unsigned there) {
    for (unsigned o = 0; o < c.outputs; ++o) {
      for (unsigned i = 0; i < c.inputs; ++i) {
        const float weight = Element::value(weights[(o * kTaps + tap) * c.inputs + i]);
        if constexpr (kGradient) {
          sums[there * written + i] += weight * value(pixel, o);
        } else {
          sums[pixel * written + o] += weight * value(there, i);
        }
      }
    }
  });
  return sums;
}

Convolution convolution_of(const Case& c, Features& input,
                           const std::vector<std::uint16_t>& weights, Features& output,
                           GlobalMemory& memory) {
  input.lend(memory, false);
  output.lend(memory, true);
  memory.add(weights.data(), weights.size() * sizeof(weights[0]), false);
  Convolution p{};
  p.input = input.data();
  p.input_stride = input.stride();
  p.weight = weights.data();
  p.output = output.data();
  p.output_stride = output.stride();
  p.outputs = c.outputs;
  p.inputs = c.inputs;
  p.extent = c.extent;
  p.factor = 1;
  return p;
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

/// A PReLU whose results of small whole numbers are exact.
struct PreluCase {
  std::vector<float> bias, slope;

  explicit PreluCase(unsigned channels) : bias(channels), slope(channels) {
    for (unsigned c = 0; c < channels; ++c) {
      bias[c] = 0.25F * whole_number(8);
      slope[c] = 0.25F * whole_number(2);
    }
  }
  float operator()(float value, unsigned channel) const {
    const float t = value + bias[channel];
    return t > 0 ? t : t * slope[channel];
  }
  Prelu lend(GlobalMemory& memory) const {
    memory.add(bias.data(), bias.size() * sizeof(float), false);
    memory.add(slope.data(), slope.size() * sizeof(float), false);
    Prelu prelu{};
    prelu.bias = bias.data();
    prelu.slope = slope.data();
    return prelu;
  }
};

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

const Case kCases[] = {
    {{1, 1, 1}, 64, 32},   {{3, 3, 5}, 96, 32},  {{1, 17, 9}, 192, 64},  {{1, 16, 8}, 32, 32},
    {{1, 33, 31}, 64, 32}, {{3, 1, 18}, 32, 64}, {{2, 20, 16}, 160, 32},
};

std::string name_of(const Case& c) {
  return std::to_string(c.extent.images) + " x " + std::to_string(c.extent.height) + " x " +
         std::to_string(c.extent.width) + ", " + std::to_string(c.inputs) + " -> " +
         std::to_string(c.outputs);
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

TEST_CASE("Blocks of convolutions of a PReLU compute what plain loops do", "[device]") {
  for (const Case& c : kCases) {
    INFO(name_of(c));
    check_prelu_convolution<Bf16>(c);
    check_prelu_data_gradient<Bf16>(c);
    check_weight_gradient<Bf16, true>(c, (tiles_of(c.extent) + 1) / 2);
  }
  check_prelu_convolution<Half>(kCases[1]);
  check_prelu_data_gradient<Half>(kCases[1]);
  check_weight_gradient<Half, true>(kCases[1], 2);
}

TEST_CASE("Blocks of 3x3 convolutions fit into the shared memory of every card they are for",
          "[device]") {
  constexpr unsigned kOfCompute89 = 99 * 1024;  // the least of 8.0 and above
  CHECK(convolution_bytes(6) <= kOfCompute89);
  CHECK(gradient_bytes(128) <= kOfCompute89);
  CHECK(convolution_bytes(1) * 2 <= kOfCompute89);
}
