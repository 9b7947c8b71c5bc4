#pragma once

// 3x3 convolutions on tensor cores: what one block of threads does, written once for the device and
// for tests on the host. No other header is included: NVRTC has none. decisions/0043 says why it is
// so.
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

constexpr unsigned kTile = 16;         ///< pixels of a block, each way
constexpr unsigned kHalo = kTile + 2;  ///< with the neighbours that it reads
constexpr unsigned kGroup = 32;        ///< channels at a time
constexpr unsigned kTaps = 9;
constexpr unsigned kColumns = 3;       ///< of taps
constexpr unsigned kVectorBytes = 16;  ///< 8 channels
constexpr unsigned kRowVectors = kGroup / 8;
constexpr unsigned kRowBytes = kRowVectors * kVectorBytes;  ///< a pixel's or a weight's group
constexpr unsigned kFloatBytes = 4;
constexpr unsigned kLanes = 32;

constexpr unsigned kHaloBytes = kHalo * kHalo * kRowBytes;
constexpr unsigned kTileBytes = kTile * kTile * kRowBytes;
constexpr unsigned kWeightBytes = kTaps * kGroup * kRowBytes;

SR_EVERYWHERE constexpr unsigned tiles_along(unsigned size) {
  return (size + kTile - 1) / kTile;
}
SR_EVERYWHERE constexpr unsigned tiles_of(const Extent& extent) {
  return extent.images * tiles_along(extent.height) * tiles_along(extent.width);
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

}  // namespace sr::conv3x3
