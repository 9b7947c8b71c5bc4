#include "nn/amx_kernels.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "nn/amx_support.h"
#include "nn/cpu_kernel.h"
#include "nn/tile_conv_plan.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)

// GCC 12 takes the undefined vectors of its own intrinsics for mistakes (its bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

// What follows, up to the end of it, is compiled for such processors alone. In between no header
// may come whose inline functions the rest of the program has too: the linker takes one of the two
// for all. So what there is are templates of a machine.
#if defined(__clang__)
#pragma clang attribute push(                                                     \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")
#endif

#include "nn/tile_conv_core.h"

namespace sr::tiles {
namespace {

/// What ldtilecfg reads.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

/// The low n of 32 lanes; n may be larger.
__mmask32 low_lanes(std::int64_t n) {
  return n >= 32 ? ~__mmask32{0} : (__mmask32{1} << n) - 1;
}

/// 32 bfloat16 values as float32: the first 16, then the others.
struct WideRow {
  __m512 first, second;
};

WideRow widen(__m512i row) {
  const __m512i first = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(row));
  const __m512i second = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(row, 1));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(first, 16)),
          _mm512_castsi512_ps(_mm512_slli_epi32(second, 16))};
}

WideRow load_floats(__mmask32 lanes, const float* from) {
  return {_mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes), from),
          _mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes >> 16), from + 16)};
}

__m512i ascending() {
  return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/// Round to nearest even.
__m512i narrow(const WideRow& row) {
  return __builtin_bit_cast(__m512i, _mm512_cvtne2ps_pbh(row.second, row.first));
}

/// Which words of one vector, or of two that lie one behind the other, make a new one.
struct WordOrder {
  alignas(64) std::uint16_t at[32];
};

constexpr WordOrder every_other(std::uint16_t first) {
  WordOrder order{};
  for (std::uint16_t i = 0; i < 32; ++i) {
    order.at[i] = static_cast<std::uint16_t>(first + 2 * i);
  }
  return order;
}

/// Words first, first + other, first + 1, first + other + 1, ...
constexpr WordOrder in_turns(std::uint16_t first, std::uint16_t other) {
  WordOrder order{};
  for (std::uint16_t i = 0; i < 16; ++i) {
    order.at[2 * i] = static_cast<std::uint16_t>(first + i);
    order.at[2 * i + 1] = static_cast<std::uint16_t>(first + other + i);
  }
  return order;
}

constexpr WordOrder kEven = every_other(0);
constexpr WordOrder kOdd = every_other(1);
constexpr WordOrder kHalvesInTurns = in_turns(0, 16);
constexpr WordOrder kFirstHalves = in_turns(0, 32);
constexpr WordOrder kSecondHalves = in_turns(16, 32);

__m512i words(const WordOrder& order) {
  return _mm512_load_si512(order.at);
}

/// A square of 16 x 16 double words.
struct Square {
  __m512i row[16];
};

void transpose(Square& s) {
  Square t;
  for (int i = 0; i < 16; i += 2) {
    t.row[i] = _mm512_unpacklo_epi32(s.row[i], s.row[i + 1]);
    t.row[i + 1] = _mm512_unpackhi_epi32(s.row[i], s.row[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    s.row[i] = _mm512_unpacklo_epi64(t.row[i], t.row[i + 2]);
    s.row[i + 1] = _mm512_unpackhi_epi64(t.row[i], t.row[i + 2]);
    s.row[i + 2] = _mm512_unpacklo_epi64(t.row[i + 1], t.row[i + 3]);
    s.row[i + 3] = _mm512_unpackhi_epi64(t.row[i + 1], t.row[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t.row[i] = _mm512_shuffle_i32x4(s.row[i], s.row[i + 4], 0x88);
    t.row[i + 4] = _mm512_shuffle_i32x4(s.row[i], s.row[i + 4], 0xdd);
    t.row[i + 8] = _mm512_shuffle_i32x4(s.row[i + 8], s.row[i + 12], 0x88);
    t.row[i + 12] = _mm512_shuffle_i32x4(s.row[i + 8], s.row[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    s.row[i] = _mm512_shuffle_i32x4(t.row[i], t.row[i + 8], 0x88);
    s.row[i + 8] = _mm512_shuffle_i32x4(t.row[i], t.row[i + 8], 0xdd);
    s.row[i + 4] = _mm512_shuffle_i32x4(t.row[i + 4], t.row[i + 12], 0x88);
    s.row[i + 12] = _mm512_shuffle_i32x4(t.row[i + 4], t.row[i + 12], 0xdd);
  }
}

/// Lines of 16 double words from `from` on, `stride` elements apart; missing ones are zeros.
void load_square(Square& square, const BFloat16* from, std::int64_t stride, std::int64_t lines,
                 __mmask16 lanes) {
  for (std::int64_t i = 0; i < 16; ++i) {
    square.row[i] =
        i < lines ? _mm512_maskz_loadu_epi32(lanes, from + i * stride) : _mm512_setzero_si512();
  }
}

class AmxTiles {
 public:
  explicit AmxTiles(const TileSize& size) {
    TileConfiguration configuration;
    for (int tile = 0; tile < 8; ++tile) {
      const std::int64_t rows = tile < 6 ? size.rows : size.depth / 2;
      const std::int64_t row_bytes = tile == 4 || tile == 5 ? 2 * size.depth : 4 * size.columns;
      configuration.rows[tile] = static_cast<std::uint8_t>(rows);
      configuration.row_bytes[tile] = static_cast<std::uint16_t>(row_bytes);
    }
    asm volatile("ldtilecfg %0" : : "m"(configuration) : "memory");
  }
  ~AmxTiles() { asm volatile("tilerelease" : : : "memory"); }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

  // The compiler's own intrinsics do not say that a tile is read from memory.
  template <int kTile, typename T>
  void load(const T* from, std::int64_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2"
                 :
                 : "r"(from), "r"(stride * static_cast<std::int64_t>(sizeof(T))), "i"(kTile)
                 : "memory");
  }
  template <int kTile>
  void store(float* to, std::int64_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)"
                 :
                 : "r"(to), "r"(stride * static_cast<std::int64_t>(sizeof(float))), "i"(kTile)
                 : "memory");
  }
  template <int kTile>
  void zero() {
    asm volatile("tilezero %%tmm%c0" : : "i"(kTile));
  }
  template <int kSum, int kLeft, int kRight>
  void multiply() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSum), "i"(kLeft), "i"(kRight));
  }

  static void pack(const float* from, std::int64_t output, std::int64_t input, std::int64_t outputs,
                   std::int64_t inputs, BFloat16* to);
  static void activate(const BFloat16* from, const float* slope, BFloat16* to, std::int64_t pixels,
                       std::int64_t channels);
  static void add_bias(const float* sums, const float* bias, BFloat16* to, std::int64_t stride,
                       std::int64_t pixels, std::int64_t channels);
  static void activation_gradient(const float* sums, const BFloat16* features, const float* slope,
                                  float* slope_sums, BFloat16* to, std::int64_t stride,
                                  std::int64_t pixels, std::int64_t channels);
  static void transpose(const BFloat16* from, BFloat16* to, std::int64_t row, std::int64_t pixels,
                        std::int64_t channels);
  static void interleave(const BFloat16* from, BFloat16* to, float* bias_sums, std::int64_t pixels,
                         std::int64_t channels, std::int64_t padded);
};

void AmxTiles::pack(const float* from, std::int64_t output, std::int64_t input,
                    std::int64_t outputs, std::int64_t inputs, BFloat16* to) {
  const __m512i index =
      _mm512_mullo_epi32(ascending(), _mm512_set1_epi32(static_cast<int>(output)));
  const auto lanes = static_cast<__mmask16>(low_lanes(outputs));
  const __m512 zero = _mm512_setzero_ps();
  const __mmask16 none = 0;
  const __m512 first =
      _mm512_mask_i32gather_ps(zero, inputs > 0 ? lanes : none, index, from, sizeof(float));
  const __m512 second =
      _mm512_mask_i32gather_ps(zero, inputs > 1 ? lanes : none, index, from + input, sizeof(float));
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(words(kHalvesInTurns), narrow({first, second})));
}

void AmxTiles::activate(const BFloat16* from, const float* slope, BFloat16* to, std::int64_t pixels,
                        std::int64_t channels) {
  const std::int64_t stride = round_up(channels, 2);
  const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
  const __m512i even_floats = _mm512_slli_epi32(ascending(), 1);
  const __m512i odd_floats = _mm512_add_epi32(even_floats, _mm512_set1_epi32(1));
  for (std::int64_t c = 0; c < channels; c += 32) {
    const __mmask32 lanes = low_lanes(channels - c);
    const __mmask32 written = low_lanes(stride - c);
    const WideRow slopes = load_floats(lanes, slope + c);
    const __m512 even = _mm512_permutex2var_ps(slopes.first, even_floats, slopes.second);
    const __m512 odd = _mm512_permutex2var_ps(slopes.first, odd_floats, slopes.second);
    for (std::int64_t x = 0; x < pixels; ++x) {
      const __m512i row = _mm512_maskz_loadu_epi16(lanes, from + x * channels + c);
      const __m512 scaled_even =
          _mm512_mul_ps(even, _mm512_castsi512_ps(_mm512_slli_epi32(row, 16)));
      const __m512 scaled_odd =
          _mm512_mul_ps(odd, _mm512_castsi512_ps(_mm512_and_si512(row, high)));
      const __m512i scaled =
          _mm512_permutexvar_epi16(words(kHalvesInTurns), narrow({scaled_even, scaled_odd}));
      const __mmask32 positive = _mm512_cmpgt_epi16_mask(row, _mm512_setzero_si512());
      _mm512_mask_storeu_epi16(to + x * stride + c, written,
                               _mm512_mask_blend_epi16(positive, scaled, row));
    }
  }
}

void AmxTiles::add_bias(const float* sums, const float* bias, BFloat16* to, std::int64_t stride,
                        std::int64_t pixels, std::int64_t channels) {
  const __mmask32 lanes = low_lanes(channels);
  const WideRow added = load_floats(lanes, bias);
  for (std::int64_t x = 0; x < pixels; ++x) {
    const float* const row = sums + x * kBlockRow;
    const WideRow sum{_mm512_add_ps(_mm512_load_ps(row), added.first),
                      _mm512_add_ps(_mm512_load_ps(row + 16), added.second)};
    _mm512_mask_storeu_epi16(to + x * stride, lanes, narrow(sum));
  }
}

/// 16 channels of a pixel: adds to `sums` where x is not positive, and returns the gradient of x.
__m512 activation_gradient_of(__m512 gradient, __m512 x, __m512 slope, __m512& sums) {
  const __mmask16 sloped = _mm512_knot(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ));
  sums = _mm512_mask3_fmadd_ps(gradient, x, sums, sloped);
  return _mm512_mask_mul_ps(gradient, sloped, gradient, slope);
}

void AmxTiles::activation_gradient(const float* sums, const BFloat16* features, const float* slope,
                                   float* slope_sums, BFloat16* to, std::int64_t stride,
                                   std::int64_t pixels, std::int64_t channels) {
  const __mmask32 lanes = low_lanes(channels);
  const WideRow slopes = load_floats(lanes, slope);
  WideRow total = load_floats(lanes, slope_sums);
  // The results are put together before the first is written: `to` often has the place in its page
  // that `features` have, and then each load waits for the store before it.
  constexpr std::int64_t kMost = 16;
  __m512i results[kMost];
  for (std::int64_t begin = 0; begin < pixels; begin += kMost) {
    const std::int64_t end = std::min(begin + kMost, pixels);
    for (std::int64_t x = begin; x < end; ++x) {
      const float* const row = sums + x * kBlockRow;
      const WideRow at = widen(_mm512_maskz_loadu_epi16(lanes, features + x * stride));
      results[x - begin] =
          narrow({activation_gradient_of(_mm512_load_ps(row), at.first, slopes.first, total.first),
                  activation_gradient_of(_mm512_load_ps(row + 16), at.second, slopes.second,
                                         total.second)});
    }
    for (std::int64_t x = begin; x < end; ++x) {
      _mm512_mask_storeu_epi16(to + x * stride, lanes, results[x - begin]);
    }
  }
  _mm512_mask_storeu_ps(slope_sums, static_cast<__mmask16>(lanes), total.first);
  _mm512_mask_storeu_ps(slope_sums + 16, static_cast<__mmask16>(lanes >> 16), total.second);
}

void AmxTiles::transpose(const BFloat16* from, BFloat16* to, std::int64_t row, std::int64_t pixels,
                         std::int64_t channels) {
  const std::int64_t stride = round_up(channels, 2);
  Square left;
  Square right;
  for (std::int64_t c = 0; c < channels; c += 32) {
    const std::int64_t pairs = std::min<std::int64_t>(16, (stride - c) / 2);
    const auto lanes = static_cast<__mmask16>(low_lanes(pairs));
    for (std::int64_t x = 0; x < pixels; x += 32) {
      const BFloat16* const corner = from + x * stride + c;
      load_square(left, corner, stride, pixels - x, lanes);
      load_square(right, corner + 16 * stride, stride, pixels - x - 16, lanes);
      tiles::transpose(left);
      tiles::transpose(right);
      const __mmask32 written = low_lanes(pixels - x);
      for (std::int64_t pair = 0; pair < pairs; ++pair) {
        BFloat16* const even = to + (c + 2 * pair) * row + x;
        const __m512i a = left.row[pair];
        const __m512i b = right.row[pair];
        _mm512_mask_storeu_epi16(even, written, _mm512_permutex2var_epi16(a, words(kEven), b));
        if (c + 2 * pair + 1 < channels) {
          _mm512_mask_storeu_epi16(even + row, written,
                                   _mm512_permutex2var_epi16(a, words(kOdd), b));
        }
      }
    }
  }
}

void AmxTiles::interleave(const BFloat16* from, BFloat16* to, float* bias_sums, std::int64_t pixels,
                          std::int64_t channels, std::int64_t padded) {
  const __m512bh ones = _mm512_cvtne2ps_pbh(_mm512_set1_ps(1.0F), _mm512_set1_ps(1.0F));
  for (std::int64_t c = 0; c < channels; c += 32) {
    const __mmask32 lanes = low_lanes(channels - c);
    WideRow total = load_floats(lanes, bias_sums + c);
    for (std::int64_t x = 0; x < pixels; x += 2) {
      const BFloat16* const at = from + x * channels + c;
      const __m512i a = _mm512_maskz_loadu_epi16(lanes, at);
      const __m512i b =
          _mm512_maskz_loadu_epi16(x + 1 < pixels ? lanes : __mmask32{0}, at + channels);
      const __m512i first = _mm512_permutex2var_epi16(a, words(kFirstHalves), b);
      const __m512i second = _mm512_permutex2var_epi16(a, words(kSecondHalves), b);
      total.first = _mm512_dpbf16_ps(total.first, __builtin_bit_cast(__m512bh, first), ones);
      total.second = _mm512_dpbf16_ps(total.second, __builtin_bit_cast(__m512bh, second), ones);
      BFloat16* const pair = to + x * padded + 2 * c;
      _mm512_mask_storeu_epi32(pair, static_cast<__mmask16>(lanes), first);
      _mm512_mask_storeu_epi32(pair + 32, static_cast<__mmask16>(lanes >> 16), second);
    }
    _mm512_mask_storeu_ps(bias_sums + c, static_cast<__mmask16>(lanes), total.first);
    _mm512_mask_storeu_ps(bias_sums + c + 16, static_cast<__mmask16>(lanes >> 16), total.second);
  }
}

constexpr Kernels kAmxKernels = KernelsOf<AmxTiles>::table();

}  // namespace
}  // namespace sr::tiles

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace sr::tiles {

const Kernels* amx_kernels() {
  return has_amx() ? &kAmxKernels : nullptr;
}

}  // namespace sr::tiles

#else

namespace sr::tiles {

const Kernels* amx_kernels() {
  return nullptr;
}

}  // namespace sr::tiles

#endif
