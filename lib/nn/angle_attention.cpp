#include "nn/angle_attention.h"

#include <cmath>

#include <torch/torch.h>

#include "nn/window_attention.h"

namespace sr {
namespace {

constexpr double kFirstFactor = 10, kLargestFactor = 100;
constexpr int kInside = 512;
constexpr double kLargestBias = 16;

at::Tensor of_logarithms(const at::Tensor& factors) {
  return factors.clamp_max(std::log(kLargestFactor)).exp();
}

/// Comparing with products would lose the distance of what is close together.
constexpr std::int64_t kWithoutProducts = 2;

}  // namespace

at::Tensor first_angle_factors(int heads) {
  return torch::full({heads, 1, 1}, std::log(kFirstFactor));
}

at::Tensor attend_by_angle(const at::Tensor& queries, const at::Tensor& keys,
                           const at::Tensor& values, const at::Tensor& factors,
                           const at::Tensor& bias, const at::Tensor& mask) {
  return attend(of_length_one(queries) * of_logarithms(factors), of_length_one(keys), values, bias,
                mask);
}

at::Tensor attend_by_distance(const at::Tensor& queries, const at::Tensor& keys,
                              const at::Tensor& values, const at::Tensor& factors,
                              const at::Tensor& bias, const at::Tensor& mask) {
  const at::Tensor distances =
      at::cdist(queries.contiguous(), keys.contiguous(), /*p=*/2, kWithoutProducts);
  return attend_by_scores(distances * of_logarithms(factors), values, bias, mask);
}

at::Tensor logarithmic_offsets(const Offsets& rows, const Offsets& columns, at::Device device) {
  constexpr double kSpan = 8;
  const auto scaled = [&](const Offsets& offsets) {
    const at::Tensor steps = at::arange(offsets.first, offsets.last + 1,
                                        at::TensorOptions().dtype(at::kFloat).device(device)) /
                             offsets.unit * kSpan;
    return steps.sign() * at::log2(steps.abs() + 1) / std::log2(kSpan);
  };
  const at::Tensor down = scaled(rows);
  const at::Tensor right = scaled(columns);
  const std::vector<std::int64_t> both{down.size(0), right.size(0)};
  return at::stack({down.unsqueeze(1).expand(both), right.unsqueeze(0).expand(both)}, 2);
}

LogPositionBias::LogPositionBias(int heads, LinearStart start, at::Generator& generator)
    : first_(add_layer("0", linear_layer(start, 2, kInside, /*with_bias=*/true, generator))),
      second_(add_layer("2", linear_layer(start, kInside, heads, /*with_bias=*/false, generator))) {
}

at::Tensor LogPositionBias::operator()(const at::Tensor& offsets,
                                       const at::Tensor& positions) const {
  const at::Tensor inside =
      at::relu(at::linear(offsets.to(first_.weight.scalar_type()), first_.weight, first_.bias));
  const at::Tensor table = at::linear(inside, second_.weight).sigmoid() * kLargestBias;
  return position_bias(table, positions);
}

}  // namespace sr
