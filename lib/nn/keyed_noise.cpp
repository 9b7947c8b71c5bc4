#include "nn/keyed_noise.h"

#include <numbers>

#include <torch/torch.h>

#include "core/random.h"

namespace sr {
namespace {

constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
constexpr std::int64_t kLowHalf = 0xffffffff;

/// The same bits: tensors have no unsigned numbers of this width.
constexpr std::int64_t as_signed(std::uint64_t bits) {
  return static_cast<std::int64_t>(bits);
}

/// x ^ (x >> places), zeros coming in from the left.
void fold_down(at::Tensor& x, int places) {
  const std::int64_t mask = as_signed(~std::uint64_t{0} >> static_cast<unsigned>(places));
  x.bitwise_xor_(at::bitwise_right_shift(x, places).bitwise_and_(mask));
}

/// mix_bits() of core/random.h in place.
void mix(at::Tensor& x) {
  x.add_(as_signed(kStep));
  fold_down(x, 30);
  x.mul_(as_signed(0xbf58476d1ce4e5b9ULL));
  fold_down(x, 27);
  x.mul_(as_signed(0x94d049bb133111ebULL));
  fold_down(x, 31);
}

/// Of 32 bits, in (0, 1].
at::Tensor unit_interval(const at::Tensor& bits) {
  constexpr double kScale = 1.0 / 4294967296.0;
  return bits.to(at::kFloat).add_(0.5).mul_(kScale);
}

}  // namespace

at::Tensor keyed_noise(const at::Tensor& keys, std::uint64_t stream, at::IntArrayRef shape) {
  const std::int64_t samples = shape[0];
  const std::int64_t numbers = c10::multiply_integers(shape.slice(1));
  at::Tensor begins = keys.bitwise_xor(as_signed(mix_bits(stream))).view({samples, 1});
  mix(begins);
  // One word makes two numbers (Box and Muller, 1958).
  at::Tensor words =
      at::arange((numbers + 1) / 2, keys.options()).mul_(as_signed(kStep)).unsqueeze(0) + begins;
  mix(words);
  const at::Tensor radius = unit_interval(at::bitwise_right_shift(words, 32).bitwise_and_(kLowHalf))
                                .log_()
                                .mul_(-2)
                                .sqrt_();
  const at::Tensor angle = unit_interval(words.bitwise_and_(kLowHalf)).mul_(2 * std::numbers::pi);
  return at::cat({angle.cos().mul_(radius), angle.sin().mul_(radius)}, 1)
      .narrow(1, 0, numbers)
      .reshape(shape);
}

}  // namespace sr
