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
  input.lend(memory, false);
  output.lend(memory, true);
  another.lend(memory, false);
  memory.add(weights.data(), weights.size() * sizeof(weights[0]), false);
  memory.add(bias.data(), bias.size() * sizeof(bias[0]), false);

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
  std::vector<float> sums(pixels * written);
  for_each_neighbour(c.extent, [&](unsigned pixel, unsigned tap, unsigned there) {
    for (unsigned o = 0; o < c.outputs; ++o) {
      for (unsigned i = 0; i < c.inputs; ++i) {
        const float weight = Element::value(weights[(o * kTaps + tap) * c.inputs + i]);
        if constexpr (kGradient) {
          sums[there * written + i] += weight * Element::value(input.at(pixel, o));
        } else {
          sums[pixel * written + o] += weight * Element::value(input.at(there, i));
        }
      }
    }
  });
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    for (unsigned channel = 0; channel < written; ++channel) {
      expected.at(pixel, channel) =
          Element::bits(ended(end, sums[pixel * written + channel], bias[channel],
                              Element::value(addend.at(pixel, channel)), p.factor));
    }
  }
  launch(tiles_of(c.extent), written / kGroup, kConvolutionWarps, convolution_bytes(read / kGroup),
         memory, [&](HostBlock& block) { convolve<Element, kGradient>(block, p); });
  CHECK(output == expected);
}

template <typename Element>
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
  memory.add(p.parts, splits * count * sizeof(float), true);
  const unsigned tiles_of_a_split = (tiles_of(c.extent) + splits - 1) / splits;
  launch(splits, c.outputs / kGroup * (c.inputs / kGroup), kGradientWarps,
         gradient_bytes(tiles_of_a_split), memory,
         [&](HostBlock& block) { weight_gradient<Element>(block, p); });
  std::vector<float> expected(count);
  for_each_neighbour(c.extent, [&](unsigned pixel, unsigned tap, unsigned there) {
    for (unsigned o = 0; o < c.outputs; ++o) {
      for (unsigned i = 0; i < c.inputs; ++i) {
        expected[(o * kTaps + tap) * c.inputs + i] +=
            Element::value(gradient.at(pixel, o)) * Element::value(input.at(there, i));
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
    check_weight_gradient<Bf16>(c, 1);
    if (tiles > 1) {
      check_weight_gradient<Bf16>(c, tiles);
      check_weight_gradient<Bf16>(c, (tiles + 1) / 2);  // the last one may have fewer
    }
  }
  check_weight_gradient<Half>(kCases[1], 2);
}

TEST_CASE("Blocks of 3x3 convolutions fit into the shared memory of every card they are for",
          "[device]") {
  constexpr unsigned kOfCompute89 = 99 * 1024;  // the least of 8.0 and above
  CHECK(convolution_bytes(6) <= kOfCompute89);
  CHECK(gradient_bytes(128) <= kOfCompute89);
  CHECK(convolution_bytes(1) * 2 <= kOfCompute89);
}
