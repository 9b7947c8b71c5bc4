#pragma once

// The blocks of the CUDA kernels, on the host. All values are small whole numbers, so that sums are
// exact in whatever order and results must have the very bits of a plain loop.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "device/cuda/conv3x3.h"
#include "device/host_block.h"
#include "support/catch.h"

namespace sr::test {

using namespace sr::conv3x3;

inline std::mt19937 random_numbers(7);

inline float whole_number(int most) {
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

inline Convolution convolution_of(const Case& c, Features& input,
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

inline const Case kCases[] = {
    {{1, 1, 1}, 64, 32},   {{3, 3, 5}, 96, 32},  {{1, 17, 9}, 192, 64},  {{1, 16, 8}, 32, 32},
    {{1, 33, 31}, 64, 32}, {{3, 1, 18}, 32, 64}, {{2, 20, 16}, 160, 32},
};

inline std::string name_of(const Case& c) {
  return std::to_string(c.extent.images) + " x " + std::to_string(c.extent.height) + " x " +
         std::to_string(c.extent.width) + ", " + std::to_string(c.inputs) + " -> " +
         std::to_string(c.outputs);
}

}  // namespace sr::test
