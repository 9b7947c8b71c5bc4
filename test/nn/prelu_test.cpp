#include "nn/prelu.h"

#include <limits>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "nn/autocast.h"
#include "support/catch.h"

namespace {

struct Layer {
  at::Tensor features, slope, weight, bias;
};

/// Parameters and features as leaves; slopes of both signs and an exact zero.
Layer example(std::int64_t channels, at::ScalarType type, at::MemoryFormat format) {
  at::manual_seed(5);
  Layer layer;
  layer.features = torch::randn({3, channels, 9, 7}, type).contiguous(format);
  layer.slope = torch::linspace(-0.5, 0.5, channels, type == at::kDouble ? type : at::kFloat);
  layer.weight =
      torch::randn({4, channels, 3, 3}, layer.slope.scalar_type()).contiguous(format) * 0.2;
  layer.bias = torch::randn({4}, layer.slope.scalar_type());
  for (const at::Tensor* leaf : {&layer.features, &layer.slope, &layer.weight, &layer.bias}) {
    leaf->set_requires_grad(true);
  }
  return layer;
}

at::Tensor composed(const Layer& layer) {
  const at::ScalarType type = layer.features.scalar_type();
  return at::conv2d(at::prelu(layer.features, layer.slope.to(type)), layer.weight.to(type),
                    layer.bias.to(type), 1, 1);
}

at::Tensor fused(const Layer& layer) {
  return sr::prelu_conv3x3(layer.features, layer.slope, layer.weight, layer.bias);
}

std::vector<at::Tensor> gradients(const Layer& layer, const at::Tensor& output) {
  const at::Tensor seed =
      torch::sin(torch::arange(output.numel(), torch::kFloat64)).view(output.sizes());
  return torch::autograd::grad({(output.to(torch::kFloat64) * seed).sum()},
                               {layer.features, layer.slope, layer.weight, layer.bias});
}

const at::MemoryFormat kFormats[] = {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast};

}  // namespace

TEST_CASE("The fused layer and its gradients equal LibTorch's operators", "[nn]") {
  const at::ScalarType type = GENERATE(at::kFloat, at::kDouble);
  const at::MemoryFormat format = kFormats[GENERATE(0U, 1U)];
  const std::int64_t channels = GENERATE(1, 3, 24, 64, 700);
  CAPTURE(type, channels, static_cast<int>(format));
  const Layer layer = example(channels, type, format);
  const at::Tensor ours = fused(layer);
  const at::Tensor theirs = composed(layer);
  const double tolerance = type == at::kDouble ? 1e-10 : 1e-4;
  REQUIRE(torch::allclose(ours, theirs, tolerance, tolerance));
  const std::vector<at::Tensor> a = gradients(layer, ours);
  const std::vector<at::Tensor> b = gradients(layer, theirs);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(a[i], b[i], tolerance, tolerance));
  }
}

TEST_CASE("The fused layer in bfloat16 stays within its rounding of LibTorch's operators", "[nn]") {
  const at::MemoryFormat format = kFormats[GENERATE(0U, 1U)];
  const Layer layer = example(24, at::kBFloat16, format);
  const at::Tensor ours = fused(layer);
  REQUIRE(ours.scalar_type() == at::kBFloat16);
  // Not equal: the slope keeps its float32 value here.
  REQUIRE(torch::allclose(ours, composed(layer), 0.02, 0.02));
  const std::vector<at::Tensor> a = gradients(layer, ours);
  const std::vector<at::Tensor> b = gradients(layer, composed(layer));
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    const double size = b[i].to(torch::kFloat64).norm().item<double>();
    REQUIRE((a[i] - b[i]).to(torch::kFloat64).norm().item<double>() < 0.01 * size);
  }
  REQUIRE(a[1].scalar_type() == at::kFloat);
  REQUIRE(a[2].scalar_type() == at::kFloat);
}

TEST_CASE("Gradients of the fused layer equal central differences", "[nn]") {
  const Layer layer = example(3, at::kDouble, kFormats[GENERATE(0U, 1U)]);
  const std::vector<at::Tensor> analytic = gradients(layer, fused(layer));
  const auto value = [&] {
    const at::Tensor output = composed(layer);
    return (output *
            torch::sin(torch::arange(output.numel(), torch::kFloat64)).view(output.sizes()))
        .sum()
        .item<double>();
  };
  const at::Tensor leaves[] = {layer.features, layer.slope, layer.weight, layer.bias};
  for (std::size_t i = 0; i < 4; ++i) {
    const at::NoGradGuard no_grad;
    const at::Tensor element = leaves[i].as_strided({1}, {1}, leaves[i].numel() / 2);
    const double h = 1e-6;
    element.add_(h);
    const double up = value();
    element.sub_(2 * h);
    const double down = value();
    element.add_(h);
    const double slope = (up - down) / (2 * h);
    const double ours = analytic[i]
                            .contiguous(leaves[i].suggest_memory_format())
                            .as_strided({1}, {1}, leaves[i].numel() / 2)
                            .item<double>();
    REQUIRE(ours == Approx(slope).epsilon(1e-5).margin(1e-7));
  }
}

TEST_CASE("The slope gradient has the same bits for any number of threads", "[nn]") {
  const Layer layer = example(24, at::kFloat, kFormats[GENERATE(0U, 1U)]);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = gradients(layer, fused(layer))[1];
  at::set_num_threads(3);
  const at::Tensor three = gradients(layer, fused(layer))[1];
  at::set_num_threads(before);
  REQUIRE(torch::equal(one, three));
}

TEST_CASE("Under autocast the fused layer computes in the type of its features", "[nn]") {
  const Layer layer = example(24, at::kBFloat16, at::MemoryFormat::ChannelsLast);
  const at::Tensor outside = fused(layer).detach();
  const sr::AutocastGuard autocast(at::kCPU, at::kBFloat16);
  const at::Tensor inside = fused(layer);
  REQUIRE(torch::equal(inside, outside));
}

TEST_CASE("NaN and infinity pass through the fused layer", "[nn]") {
  const at::ScalarType type = GENERATE(at::kFloat, at::kBFloat16);
  Layer layer = example(24, type, at::MemoryFormat::ChannelsLast);
  const at::NoGradGuard no_grad;
  layer.features = torch::zeros({1, 24, 3, 3}, type).contiguous(at::MemoryFormat::ChannelsLast);
  layer.features.fill_(std::numeric_limits<float>::quiet_NaN());
  REQUIRE(fused(layer).isnan().all().item<bool>());
}
