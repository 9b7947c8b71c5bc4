#pragma once

// The convolution and its data gradient. conv3x3_tile.h says what all of it is about.

#include "device/cuda/conv3x3_tile.h"

namespace sr::conv3x3 {

/// out := end(conv(input, weight)), where end(v) is, with t = v + bias:
/// leaky: t > 0 ? t : factor t; with an addend: addend + factor t; otherwise t.
/// The data gradient reads the gradient of the outputs as its input.
struct Convolution {
  const void* input;
  const void* weight;
  const float* bias;   ///< null: 0
  const void* addend;  ///< null: none; may be `output`
  void* output;
  unsigned input_stride, addend_stride, output_stride;
  unsigned outputs, inputs;  ///< channels of the weights
  float factor;
  unsigned leaky;
  Extent extent;
  Prelu prelu;
};

// A convolution: 4 warps with 4 rows of 16 pixels each, a group of outputs. A stage holds a group
// of inputs and its weights.
constexpr unsigned kConvolutionWarps = 4;
constexpr unsigned kWarpRows = kTile / kConvolutionWarps;
constexpr unsigned kConvolutionStage = kHaloBytes + kWeightBytes;

/// Bytes of shared memory that a block takes. The second stage is filled while the first is read.
SR_EVERYWHERE constexpr unsigned convolution_bytes(unsigned groups_read) {
  return kConvolutionStage * (groups_read > 1 ? 2 : 1);
}

/// Weights between two groups, as rows [tap][output] of inputs.
template <unsigned kThreads, typename Machine>
SR_BLOCK_CODE void fetch_weights(Machine& machine, unsigned to, const Convolution& p,
                                 unsigned output, unsigned input) {
  const auto* from = static_cast<const unsigned short*>(p.weight);
  machine.for_each_thread([&](unsigned thread) {
    SR_UNROLL
    for (unsigned i = thread; i < kTaps * kGroup * kRowVectors; i += kThreads) {
      const unsigned vector = i % kRowVectors;
      const unsigned row = i / kRowVectors;
      const unsigned at =
          ((output + row % kGroup) * kTaps + row / kGroup) * p.inputs + input + 8 * vector;
      machine.copy_async(thread, to + place(row, row, vector), from + at, true);
    }
  });
}

/// What a warp has added up: [row of pixels][8 outputs].
template <typename Machine>
struct ConvolutionSums {
  typename Machine::Sums of[kWarpRows][kGroup / 8];
};

/// Adds the products of one stage.
template <typename Element, bool kGradient, typename Machine>
SR_BLOCK_CODE void add_stage(Machine& machine, unsigned stage, unsigned warp,
                             ConvolutionSums<Machine>& sums) {
  constexpr unsigned kSteps = kColumns * (kGroup / 16);
  // Of two steps: the next one's are read while the tensor cores are busy.
  typename Machine::Fragment pixels[2][kWarpRows + 2];
  typename Machine::Fragment weights[2][3][kGroup / 16];
  const auto read = [&](unsigned step) {
    const unsigned column = step / 2;
    const unsigned half = step % 2;
    SR_UNROLL
    for (unsigned r = 0; r < kWarpRows + 2; ++r) {
      machine.template ldmatrix<false>(pixels[step % 2][r], [&](unsigned lane) {
        const RowsOfA rows(lane);
        const unsigned x = rows.row + column;
        return stage + place((warp * kWarpRows + r) * kHalo + x, x, 2 * half + rows.vector);
      });
    }
    SR_UNROLL
    for (unsigned ky = 0; ky < 3; ++ky) {
      const unsigned tap = kGradient ? kTaps - 1 - (ky * 3 + column) : ky * 3 + column;
      SR_UNROLL
      for (unsigned n = 0; n < kGroup / 16; ++n) {
        machine.template ldmatrix<kGradient>(weights[step % 2][ky][n], [&](unsigned lane) {
          unsigned row, vector;
          if constexpr (kGradient) {
            const TransposedB rows(lane);
            row = 16 * half + rows.row;
            vector = 2 * n + rows.vector;
          } else {
            const RowsOfB rows(lane);
            row = 16 * n + rows.row;
            vector = 2 * half + rows.vector;
          }
          return stage + kHaloBytes + place(tap * kGroup + row, row, vector);
        });
      }
    }
  };
  read(0);
  SR_UNROLL
  for (unsigned step = 0; step < kSteps; ++step) {
    if (step + 1 < kSteps) {
      read(step + 1);
    }
    SR_UNROLL
    for (unsigned ky = 0; ky < 3; ++ky) {
      SR_UNROLL
      for (unsigned r = 0; r < kWarpRows; ++r) {
        SR_UNROLL
        for (unsigned n = 0; n < kGroup / 8; ++n) {
          machine.template mma<Element>(sums.of[r][n], pixels[step % 2][r + ky],
                                        weights[step % 2][ky][n / 2], n % 2);
        }
      }
    }
  }
}

/// Writes what a warp has added up, by way of shared memory: whole vectors, a pixel's side by side.
/// end(lane, y, x, c, t) is what happens first to the 8 channels from c on of a pixel; those of a
/// lane are the same ones in all of its pixels.
template <typename Element, typename Machine, typename End>
SR_BLOCK_CODE void finish(Machine& machine, const Convolution& p, unsigned warp,
                          const Corner& corner, unsigned channel,
                          const ConvolutionSums<Machine>& sums, End end) {
  constexpr unsigned kPitch = (kGroup + 8) * kFloatBytes;  // four rows of it meet no bank twice
  const unsigned room = warp * kTile * kPitch;
  SR_UNROLL
  for (unsigned r = 0; r < kWarpRows; ++r) {
    machine.sync_warp();
    machine.for_each_lane([&](unsigned lane) {
      SR_UNROLL
      for (unsigned n = 0; n < kGroup / 8; ++n) {
        const unsigned at = room + lane / 4 * kPitch + (8 * n + lane % 4 * 2) * kFloatBytes;
        const float* own = machine.of_lane(sums.of[r][n], lane);
        machine.put(at, own[0], own[1]);
        machine.put(at + 8 * kPitch, own[2], own[3]);
      }
    });
    machine.sync_warp();
    machine.for_each_lane([&](unsigned lane) {
      SR_UNROLL
      for (unsigned i = lane; i < kTile * kRowVectors; i += kLanes) {
        const unsigned y = corner.y + warp * kWarpRows + r;
        const unsigned x = corner.x + i / kRowVectors;
        if (y >= p.extent.height || x >= p.extent.width) {
          continue;
        }
        const unsigned c = channel + i % kRowVectors * 8;
        float t[8];
        machine.get(t, room + i / kRowVectors * kPitch + i % kRowVectors * 8 * kFloatBytes);
        end(lane, y, x, c, t);
        machine.template store<Element>(
            static_cast<unsigned short*>(p.output) +
                index_of(corner.image, y, x, p.extent, p.output_stride) + c,
            t);
      }
    });
  }
}

/// The end of a convolution that `p` describes.
template <typename Element, typename Machine>
SR_BLOCK_CODE void end_of(Machine& machine, const Convolution& p, unsigned image, unsigned y,
                          unsigned x, unsigned c, float* t) {
  if (p.bias != nullptr) {
    SR_UNROLL
    for (unsigned j = 0; j < 8; ++j) {
      t[j] += machine.load(p.bias + c + j);
    }
  }
  if (p.leaky != 0) {
    SR_UNROLL
    for (unsigned j = 0; j < 8; ++j) {
      t[j] = t[j] > 0 ? t[j] : t[j] * p.factor;
    }
  } else if (p.addend != nullptr) {
    float addend[8];
    machine.template load<Element>(addend, static_cast<const unsigned short*>(p.addend) +
                                               index_of(image, y, x, p.extent, p.addend_stride) +
                                               c);
    SR_UNROLL
    for (unsigned j = 0; j < 8; ++j) {
      t[j] = addend[j] + p.factor * t[j];
    }
  }
}

/// What a lane has of 8 channels, 4 and 4: bias and slope, and what its pixels add up to.
template <typename Machine>
struct PreluOfLane {
  typename Machine::Sums bias[2], slope[2];
  typename Machine::Sums sums[2][2];  ///< the gradients of bias and slope
};

template <typename Machine>
SR_BLOCK_CODE float& channel_of(Machine& machine, typename Machine::Sums (&pair)[2], unsigned lane,
                                unsigned j) {
  return machine.of_lane(pair[j / 4], lane)[j % 4];
}

template <typename Machine>
SR_BLOCK_CODE void load_prelu(Machine& machine, const Prelu& prelu, unsigned channel,
                              PreluOfLane<Machine>& own) {
  machine.for_each_lane([&](unsigned lane) {
    SR_UNROLL
    for (unsigned j = 0; j < 8; ++j) {
      const unsigned c = channel + lane % kRowVectors * 8 + j;
      channel_of(machine, own.bias, lane, j) = machine.load(prelu.bias + c);
      channel_of(machine, own.slope, lane, j) = machine.load(prelu.slope + c);
    }
  });
}

/// The end of a data gradient g: back through the PReLU.
template <typename Element, typename Machine>
SR_BLOCK_CODE void end_of_prelu(Machine& machine, const Convolution& p, unsigned image, unsigned y,
                                unsigned x, unsigned c, float* g, PreluOfLane<Machine>& own,
                                unsigned lane) {
  float features[8];
  machine.template load<Element>(features,
                                 static_cast<const unsigned short*>(p.prelu.features) +
                                     index_of(image, y, x, p.extent, p.prelu.features_stride) + c);
  SR_UNROLL
  for (unsigned j = 0; j < 8; ++j) {
    const float t = features[j] + channel_of(machine, own.bias, lane, j);
    channel_of(machine, own.sums[1], lane, j) += t > 0 ? 0 : g[j] * t;
    g[j] = t > 0 ? g[j] : g[j] * channel_of(machine, own.slope, lane, j);
    channel_of(machine, own.sums[0], lane, j) += g[j];
  }
}

/// Adds up what a block's lanes have, in a fixed order.
template <typename Machine>
SR_BLOCK_CODE void write_prelu_sums(Machine& machine, const Convolution& p, unsigned channel,
                                    typename Machine::template PerWarp<PreluOfLane<Machine>>& own) {
  constexpr unsigned kPitch = 5 * kVectorBytes;  // eight lanes of it meet no bank twice
  machine.sync();
  machine.for_each_warp([&](unsigned warp) {
    machine.for_each_lane([&](unsigned lane) {
      SR_UNROLL
      for (unsigned k = 0; k < 4; ++k) {
        machine.put4((warp * kLanes + lane) * kPitch + k * kVectorBytes,
                     machine.of_lane(own.of(warp).sums[k / 2][k % 2], lane));
      }
    });
  });
  machine.sync();
  machine.for_each_warp([&](unsigned warp) {
    if (warp != 0) {
      return;
    }
    // A lane for two channels of a sum: every fourth lane of the block had them.
    machine.for_each_lane([&](unsigned lane) {
      const unsigned which = lane / 16;
      const unsigned c = lane % 16 * 2;
      float total[2] = {};
      for (unsigned i = 0; i < kConvolutionWarps * kLanes / kRowVectors; ++i) {
        float one[2];
        machine.get2(one, (i * kRowVectors + c / 8) * kPitch + (which * 8 + c % 8) * kFloatBytes);
        total[0] += one[0];
        total[1] += one[1];
      }
      const unsigned long long row = machine.block_x() * 2ULL + which;
      machine.store(p.prelu.sums + row * p.inputs + channel + c, total[0], total[1]);
    });
  });
}

/// Block (tile of pixels, group of the output's channels) of a convolution; as a gradient, of its
/// data gradient.
template <typename Element, bool kGradient, bool kPrelu, typename Machine>
SR_BLOCK_CODE void convolve(Machine& machine, const Convolution& p) {
  constexpr unsigned kThreads = kConvolutionWarps * kLanes;
  const Corner corner = corner_of(machine.block_x(), p.extent);
  const unsigned channel = machine.block_y() * kGroup;
  const unsigned groups = (kGradient ? p.outputs : p.inputs) / kGroup;
  const auto fetch = [&](unsigned group) {
    const unsigned stage = group % 2 * kConvolutionStage;
    fetch_pixels<kHalo, kThreads>(machine, stage, p.input, p.input_stride, group * kGroup, corner,
                                  p.extent);
    fetch_weights<kThreads>(machine, stage + kHaloBytes, p, kGradient ? group * kGroup : channel,
                            kGradient ? channel : group * kGroup);
  };
  typename Machine::template PerWarp<ConvolutionSums<Machine>> sums{};
  fetch(0);
  for (unsigned group = 0; group < groups; ++group) {
    machine.wait_for_copies();
    if constexpr (kPrelu && !kGradient) {
      activate<Element, kThreads>(machine, group % 2 * kConvolutionStage, p.prelu, group * kGroup,
                                  corner, p.extent);
    }
    // Now all threads' copies are there, and nobody reads the other stage any more.
    machine.sync();
    if (group + 1 < groups) {
      fetch(group + 1);
    }
    machine.for_each_warp([&](unsigned warp) {
      add_stage<Element, kGradient>(machine, group % 2 * kConvolutionStage, warp, sums.of(warp));
    });
  }
  machine.sync();
  if constexpr (kPrelu && kGradient) {
    typename Machine::template PerWarp<PreluOfLane<Machine>> own{};
    machine.for_each_warp([&](unsigned warp) {
      load_prelu(machine, p.prelu, channel, own.of(warp));
      finish<Element>(machine, p, warp, corner, channel, sums.of(warp),
                      [&](unsigned lane, unsigned y, unsigned x, unsigned c, float* g) {
                        end_of_prelu<Element>(machine, p, corner.image, y, x, c, g, own.of(warp),
                                              lane);
                      });
    });
    write_prelu_sums(machine, p, channel, own);
  } else {
    machine.for_each_warp([&](unsigned warp) {
      finish<Element>(machine, p, warp, corner, channel, sums.of(warp),
                      [&](unsigned, unsigned y, unsigned x, unsigned c, float* t) {
                        end_of<Element>(machine, p, corner.image, y, x, c, t);
                      });
    });
  }
}

}  // namespace sr::conv3x3
