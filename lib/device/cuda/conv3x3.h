#pragma once

// 3x3 convolutions on tensor cores: what one block of threads does, written once for the device and
// for tests on the host. No header is included: NVRTC has none. decisions/0043 says why it is so.
//
// Features lie pixel by pixel, C channels of 16 bits each within `stride` elements; stride 1, a
// border of zeros 1 wide. Weights are [outputs, 3, 3, inputs]. Channels come in whole groups of 32.
// Products are added in float32.
//
// A `Machine` is a block of threads with its shared memory. Work for threads, warps and lanes is
// handed to it; what a warp keeps between two pieces of work is in PerWarp, what its lanes have are
// Fragments. Shared memory is addressed in bytes.

#ifdef __CUDACC__
#define SR_BLOCK_CODE __device__ __forceinline__
#define SR_EVERYWHERE __host__ __device__
#define SR_UNROLL _Pragma("unroll")
#define SR_UNROLL_BY_2 _Pragma("unroll 2")
#else
#define SR_BLOCK_CODE inline
#define SR_EVERYWHERE
#define SR_UNROLL
#define SR_UNROLL_BY_2
#endif

namespace sr::conv3x3 {

struct Extent {
  unsigned images, height, width;
};

/// Of a kernel that is made for it: a convolution of prelu(features + bias, slope). What is kept in
/// memory, and read as the input of the convolution and of its weight gradient, are the features.
/// The data gradient g goes on to be that of the features: with t = features + bias, t > 0 ? g :
/// slope g, which added up is the gradient of the bias; that of the slope is t > 0 ? 0 : t g.
struct Prelu {
  const float* bias;
  const float* slope;
  const void* features;  ///< these three of the data gradient
  unsigned features_stride;
  float* sums;  ///< [tile][bias, slope][inputs]: what a tile's pixels add up to
};

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

/// parts[split][outputs][3][3][inputs] := the sums over a split's tiles of pixels.
struct WeightGradient {
  const void* input;
  const void* gradient;
  float* parts;
  unsigned input_stride, gradient_stride;
  unsigned outputs, inputs;
  Extent extent;
  Prelu prelu;
};

constexpr unsigned kTile = 16;         ///< pixels of a block, each way
constexpr unsigned kHalo = kTile + 2;  ///< with the neighbours that it reads
constexpr unsigned kGroup = 32;        ///< channels at a time
constexpr unsigned kTaps = 9;
constexpr unsigned kVectorBytes = 16;  ///< 8 channels
constexpr unsigned kRowVectors = kGroup / 8;
constexpr unsigned kRowBytes = kRowVectors * kVectorBytes;  ///< a pixel's or a weight's group
constexpr unsigned kFloatBytes = 4;
constexpr unsigned kLanes = 32;

constexpr unsigned kHaloBytes = kHalo * kHalo * kRowBytes;
constexpr unsigned kTileBytes = kTile * kTile * kRowBytes;
constexpr unsigned kWeightBytes = kTaps * kGroup * kRowBytes;

// A convolution: 4 warps with 4 rows of 16 pixels each, a group of outputs. A stage holds a group
// of inputs and its weights.
constexpr unsigned kConvolutionWarps = 4;
constexpr unsigned kWarpRows = kTile / kConvolutionWarps;
constexpr unsigned kConvolutionStage = kHaloBytes + kWeightBytes;

// A weight gradient: 3 columns of taps x 2 halves of the tile's rows, a group of outputs by a group
// of inputs. A stage holds one tile of pixels of both.
constexpr unsigned kColumns = 3;
constexpr unsigned kHalves = 2;
constexpr unsigned kGradientWarps = kColumns * kHalves;
constexpr unsigned kHalfRows = kTile / kHalves;
constexpr unsigned kGradientStage = kHaloBytes + kTileBytes;

SR_EVERYWHERE constexpr unsigned tiles_along(unsigned size) {
  return (size + kTile - 1) / kTile;
}
SR_EVERYWHERE constexpr unsigned tiles_of(const Extent& extent) {
  return extent.images * tiles_along(extent.height) * tiles_along(extent.width);
}

/// Bytes of shared memory that a block takes. The second stage is filled while the first is read.
SR_EVERYWHERE constexpr unsigned convolution_bytes(unsigned groups_read) {
  return kConvolutionStage * (groups_read > 1 ? 2 : 1);
}
SR_EVERYWHERE constexpr unsigned gradient_bytes(unsigned tiles_of_a_split) {
  return kGradientStage * (tiles_of_a_split > 1 ? 2 : 1);
}

/// Where vector `vector` of a row lies. Eight rows that follow each other in `turn`, an even number
/// or 0 of rows apart from it, have one vector in each of the eight columns of banks: neither
/// ldmatrix nor a copy ever meets a bank twice.
SR_BLOCK_CODE unsigned place(unsigned row, unsigned turn, unsigned vector) {
  return row * kRowBytes + (vector ^ (turn >> 1 & 3)) * kVectorBytes;
}

/// The first pixel of a tile.
struct Corner {
  unsigned image, y, x;
};

SR_BLOCK_CODE Corner corner_of(unsigned tile, const Extent& extent) {
  const unsigned across = tiles_along(extent.width);
  const unsigned down = tiles_along(extent.height);
  return {tile / (across * down), tile / across % down * kTile, tile % across * kTile};
}

/// Element index of a pixel.
SR_BLOCK_CODE unsigned long long index_of(unsigned image, unsigned y, unsigned x,
                                          const Extent& extent, unsigned stride) {
  const unsigned pixel = (image * extent.height + y) * extent.width + x;
  return static_cast<unsigned long long>(pixel) * stride;
}

/// Vector `index` of a square of pixels. Threads in turn see to one vector each, so that all those
/// of a thread have the same channels.
struct SquareVector {
  unsigned place, vector;
  unsigned y, x;
  bool there;  ///< a pixel of the image
};

template <unsigned kSide>
SR_BLOCK_CODE SquareVector vector_of(unsigned index, const Corner& corner, const Extent& extent) {
  constexpr unsigned kBorder = (kSide - kTile) / 2;
  const unsigned vector = index % kRowVectors;
  const unsigned row = index / kRowVectors;
  const unsigned x_here = row % kSide;
  // Left of or above the image they wrap around to beyond it.
  const unsigned y = corner.y + row / kSide - kBorder;
  const unsigned x = corner.x + x_here - kBorder;
  return {place(row, x_here, vector), vector, y, x, y < extent.height && x < extent.width};
}

/// A square of pixels, a group of channels from `channel` on; zeros where there is no pixel.
template <unsigned kSide, unsigned kThreads, typename Machine>
SR_BLOCK_CODE void fetch_pixels(Machine& machine, unsigned to, const void* data, unsigned stride,
                                unsigned channel, const Corner& corner, const Extent& extent) {
  const auto* from = static_cast<const unsigned short*>(data);
  machine.for_each_thread([&](unsigned thread) {
    SR_UNROLL
    for (unsigned i = thread; i < kSide * kSide * kRowVectors; i += kThreads) {
      const SquareVector v = vector_of<kSide>(i, corner, extent);
      const unsigned long long at =
          v.there ? index_of(corner.image, v.y, v.x, extent, stride) + channel + 8 * v.vector : 0;
      machine.copy_async(thread, to + v.place, from + at, v.there);
    }
  });
}

/// Activates a halo that has been fetched, a group of channels from `channel` on; the zeros where
/// there is no pixel stay. A thread sees to what it has copied itself: that is there for it once it
/// has waited for its copies, without a barrier.
template <typename Element, unsigned kThreads, typename Machine>
SR_BLOCK_CODE void activate(Machine& machine, unsigned halo, const Prelu& prelu, unsigned channel,
                            const Corner& corner, const Extent& extent) {
  static_assert(kThreads % kRowVectors == 0, "all vectors of a thread have the same channels");
  machine.for_each_thread([&](unsigned thread) {
    float bias[8], slope[8];
    SR_UNROLL
    for (unsigned j = 0; j < 8; ++j) {
      const unsigned c = channel + thread % kRowVectors * 8 + j;
      bias[j] = machine.load(prelu.bias + c);
      slope[j] = machine.load(prelu.slope + c);
    }
    SR_UNROLL_BY_2  // all at once take more registers than the weight gradient has left
        for (unsigned i = thread; i < kHalo * kHalo * kRowVectors; i += kThreads) {
      const SquareVector v = vector_of<kHalo>(i, corner, extent);
      float t[8];
      machine.template get<Element>(thread, t, halo + v.place);
      SR_UNROLL
      for (unsigned j = 0; j < 8; ++j) {
        t[j] += bias[j];
        t[j] = t[j] > 0 ? t[j] : t[j] * slope[j];
      }
      if (v.there) {
        machine.template put<Element>(thread, halo + v.place, t);
      }
    }
  });
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

// ldmatrix reads four 8x8 matrices; lane 8 m + i gives the address of row i of matrix m.

/// Shared memory holds rows along the product's free index (M or N): first free 0..7 and 8..15 of
/// inner 0..7, then of inner 8..15: an A fragment.
struct RowsOfA {
  unsigned row, vector;
  SR_BLOCK_CODE explicit RowsOfA(unsigned lane)
      : row(lane % 8 + lane / 8 % 2 * 8), vector(lane / 16) {}
};
/// The same, inner index first: two B fragments.
struct RowsOfB {
  unsigned row, vector;
  SR_BLOCK_CODE explicit RowsOfB(unsigned lane)
      : row(lane % 8 + lane / 16 * 8), vector(lane / 8 % 2) {}
};
/// Rows along the inner index, read transposed: A again ...
using TransposedA = RowsOfB;
/// ... and B.
using TransposedB = RowsOfA;

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

/// What a warp has added up: [row of taps][16 outputs][8 inputs].
template <typename Machine>
struct GradientSums {
  typename Machine::Sums of[3][kGroup / 16][kGroup / 8];
};

/// Adds the products of one tile's pixels: a row of 16 pixels is the inner index. Each row of the
/// input meets the rows of the gradient above it, at it and below it.
template <typename Element, typename Machine>
SR_BLOCK_CODE void add_tile(Machine& machine, unsigned stage, unsigned warp,
                            GradientSums<Machine>& sums) {
  const unsigned column = warp % kColumns;
  const unsigned first = warp / kColumns * kHalfRows;
  typename Machine::Fragment gradients[3][kGroup / 16];
  SR_UNROLL
  for (unsigned r = 0; r < kHalfRows + 2; ++r) {
    if (r < kHalfRows) {
      SR_UNROLL
      for (unsigned m = 0; m < kGroup / 16; ++m) {
        machine.template ldmatrix<true>(gradients[r % 3][m], [&](unsigned lane) {
          const TransposedA rows(lane);
          return stage + kHaloBytes +
                 place((first + r) * kTile + rows.row, rows.row, 2 * m + rows.vector);
        });
      }
    }
    typename Machine::Fragment inputs[kGroup / 16];
    SR_UNROLL
    for (unsigned n = 0; n < kGroup / 16; ++n) {
      machine.template ldmatrix<true>(inputs[n], [&](unsigned lane) {
        const TransposedB rows(lane);
        const unsigned x = rows.row + column;
        return stage + place((first + r) * kHalo + x, x, 2 * n + rows.vector);
      });
    }
    SR_UNROLL
    for (unsigned ky = 0; ky < 3; ++ky) {
      if (r >= ky && r - ky < kHalfRows) {
        SR_UNROLL
        for (unsigned m = 0; m < kGroup / 16; ++m) {
          SR_UNROLL
          for (unsigned n = 0; n < kGroup / 8; ++n) {
            machine.template mma<Element>(sums.of[ky][m][n], gradients[(r - ky) % 3][m],
                                          inputs[n / 2], n % 2);
          }
        }
      }
    }
  }
}

/// Calls work(index of a lane's 4 sums, row of taps, 16 outputs, 8 inputs) for all.
template <typename Work>
SR_BLOCK_CODE void for_each_sum(Work work) {
  SR_UNROLL
  for (unsigned ky = 0; ky < 3; ++ky) {
    SR_UNROLL
    for (unsigned m = 0; m < kGroup / 16; ++m) {
      SR_UNROLL
      for (unsigned n = 0; n < kGroup / 8; ++n) {
        work((ky * (kGroup / 16) + m) * (kGroup / 8) + n, ky, m, n);
      }
    }
  }
}

/// Block (split, group of outputs by group of inputs) of a weight gradient with `splits` splits.
template <typename Element, bool kPrelu, typename Machine>
SR_BLOCK_CODE void weight_gradient(Machine& machine, const WeightGradient& p) {
  constexpr unsigned kThreads = kGradientWarps * kLanes;
  const unsigned split = machine.block_x();
  const unsigned splits = machine.blocks_x();
  const unsigned groups = p.inputs / kGroup;
  const unsigned output = machine.block_y() / groups * kGroup;
  const unsigned input = machine.block_y() % groups * kGroup;
  const unsigned tiles = tiles_of(p.extent);
  const auto fetch = [&](unsigned tile, unsigned stage) {
    const Corner corner = corner_of(tile, p.extent);
    fetch_pixels<kHalo, kThreads>(machine, stage, p.input, p.input_stride, input, corner, p.extent);
    fetch_pixels<kTile, kThreads>(machine, stage + kHaloBytes, p.gradient, p.gradient_stride,
                                  output, corner, p.extent);
  };
  typename Machine::template PerWarp<GradientSums<Machine>> sums{};
  unsigned stage = 0;
  fetch(split, stage);
  for (unsigned tile = split; tile < tiles; tile += splits) {
    machine.wait_for_copies();
    if constexpr (kPrelu) {
      activate<Element, kThreads>(machine, stage, p.prelu, input, corner_of(tile, p.extent),
                                  p.extent);
    }
    machine.sync();
    if (tile + splits < tiles) {
      fetch(tile + splits, kGradientStage - stage);
    }
    machine.for_each_warp(
        [&](unsigned warp) { add_tile<Element>(machine, stage, warp, sums.of(warp)); });
    stage = kGradientStage - stage;
  }
  // The lower half's sums go to the upper half's warps, through memory that nobody reads any more.
  machine.sync();
  constexpr unsigned kSums = 3 * (kGroup / 16) * (kGroup / 8);
  const auto room = [](unsigned column, unsigned sum, unsigned lane) {
    return ((column * kSums + sum) * kLanes + lane) * kVectorBytes;
  };
  machine.for_each_warp([&](unsigned warp) {
    if (warp / kColumns == 0) {
      return;
    }
    machine.for_each_lane([&](unsigned lane) {
      for_each_sum([&](unsigned i, unsigned ky, unsigned m, unsigned n) {
        machine.put4(room(warp % kColumns, i, lane),
                     machine.of_lane(sums.of(warp).of[ky][m][n], lane));
      });
    });
  });
  machine.sync();
  machine.for_each_warp([&](unsigned warp) {
    if (warp / kColumns != 0) {
      return;
    }
    machine.for_each_lane([&](unsigned lane) {
      for_each_sum([&](unsigned i, unsigned ky, unsigned m, unsigned n) {
        float other[4];
        machine.get4(other, room(warp, i, lane));
        const float* own = machine.of_lane(sums.of(warp).of[ky][m][n], lane);
        SR_UNROLL
        for (unsigned below = 0; below < 2; ++below) {
          const unsigned co = output + 16 * m + 8 * below + lane / 4;
          const unsigned ci = input + 8 * n + lane % 4 * 2;
          const unsigned long long row =
              (static_cast<unsigned long long>(split) * p.outputs + co) * kTaps + 3 * ky + warp;
          machine.store(p.parts + row * p.inputs + ci, own[2 * below] + other[2 * below],
                        own[2 * below + 1] + other[2 * below + 1]);
        }
      });
    });
  });
}

}  // namespace sr::conv3x3
