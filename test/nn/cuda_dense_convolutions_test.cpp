#include <torch/torch.h>

#include <c10/util/Exception.h>

#include <cstdlib>
#include <string>

#include "device/cuda_backend.h"
#include "nn/dense_block.h"
#include "nn/dense_convolutions.h"
#include "nn/prelu.h"
#include "support/catch.h"
#include "support/numerics.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

namespace {

using namespace sr;
using test::relative_error;

/// While it lives, own convolutions are chosen so, and what is warned of is kept: own kernels that
/// fail are a warning, and cuDNN's result is right too.
class OwnConvolutionsAre {
 public:
  explicit OwnConvolutionsAre(const char* word)
      : before_(c10::WarningUtils::get_warning_handler()) {
    ::setenv("SR_OWN_CONVOLUTIONS", word, 1);
    c10::WarningUtils::set_warning_handler(&warnings_);
  }
  ~OwnConvolutionsAre() {
    ::unsetenv("SR_OWN_CONVOLUTIONS");
    c10::WarningUtils::set_warning_handler(before_);
  }
  OwnConvolutionsAre(const OwnConvolutionsAre&) = delete;
  OwnConvolutionsAre& operator=(const OwnConvolutionsAre&) = delete;
  const std::string& warnings() const { return warnings_.all; }

 private:
  struct Kept : c10::WarningHandler {
    void process(const c10::Warning& warning) override { all += warning.msg() + "\n"; }
    std::string all;
  };
  Kept warnings_;
  c10::WarningHandler* before_;
};

at::Tensor exact(const at::Tensor& t) {
  return t.detach().to(at::kCPU, at::kDouble).contiguous();
}

/// Channels of a tensor that is wider by 32 on both sides.
at::Tensor within_wider(const at::Tensor& t) {
  const at::Tensor wider =
      at::full({t.size(0), t.size(1) + 64, t.size(2), t.size(3)}, 7, t.options())
          .contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor part = wider.narrow(1, 32, t.size(1));
  part.copy_(t);
  return part;
}

struct Extent {
  std::int64_t images, height, width;
};

struct Case {
  at::Tensor input, weight, bias, features, gradient;
  double tolerance;

  Case(at::ScalarType type, std::int64_t inputs, std::int64_t outputs, const Extent& e) {
    torch::manual_seed(11);
    const auto pixels = [&](std::int64_t channels) {
      return torch::randn({e.images, channels, e.height, e.width}, at::kCUDA)
          .to(type)
          .contiguous(at::MemoryFormat::ChannelsLast);
    };
    input = within_wider(pixels(inputs));
    features = pixels(outputs);
    gradient = pixels(outputs);
    weight = (0.1 * torch::randn({outputs, inputs, 3, 3}, at::kCUDA)).to(type);
    bias = torch::randn({outputs}, at::kCUDA);
    tolerance = type == at::kHalf ? 5e-4 : 4e-3;
  }
  at::Tensor convolved() const {
    return at::conv2d(exact(input), exact(weight), exact(bias), 1, 1);
  }
  at::Tensor input_gradient() const {
    return at::conv_transpose2d(exact(gradient), exact(weight), {}, 1, 1);
  }
};

std::array<Layer, 5> layers_on(c10::Device device, at::ScalarType type) {
  torch::manual_seed(12);
  std::array<Layer, 5> layers;
  for (std::int64_t k = 0; k < 5; ++k) {
    Layer& layer = layers[static_cast<std::size_t>(k)];
    const std::int64_t outputs = k < 4 ? 32 : 64;
    layer.weight = 0.1 * torch::randn({outputs, 64 + 32 * k, 3, 3});
    layer.bias = 0.1 * torch::randn({outputs});
    for (at::Tensor* one : {&layer.weight, &layer.bias}) {
      *one = one->to(device, type).set_requires_grad(true);
    }
  }
  return layers;
}

/// The block's output and all its gradients.
std::vector<at::Tensor> block_of(const at::Tensor& features, const at::Tensor& direction,
                                 const std::array<Layer, 5>& layers) {
  const at::Tensor leaf = features.detach().set_requires_grad(true);
  std::vector<at::Tensor> leaves{leaf};
  for (const Layer& layer : layers) {
    leaves.push_back(layer.weight);
    leaves.push_back(layer.bias);
  }
  const at::Tensor output = residual_dense_block(leaf, layers);
  std::vector<at::Tensor> all = torch::autograd::grad({output}, leaves, {direction});
  all.push_back(output.detach());
  return all;
}

}  // namespace

TEST_CASE("own convolutions compute what LibTorch's do", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const OwnConvolutionsAre on("on");
  const at::ScalarType type = GENERATE(at::kHalf, at::kBFloat16);
  const auto [inputs, outputs] = GENERATE(std::pair<std::int64_t, std::int64_t>{32, 32},
                                          std::pair<std::int64_t, std::int64_t>{160, 32},
                                          std::pair<std::int64_t, std::int64_t>{192, 64});
  const Extent extent = GENERATE(Extent{2, 2, 2}, Extent{3, 37, 53}, Extent{1, 16, 64});
  CAPTURE(c10::toString(type), inputs, outputs, extent.height, extent.width);
  const Case c(type, inputs, outputs, extent);
  const at::Tensor convolved = c.convolved();

  at::Tensor place = within_wider(c.features);
  conv_leaky_relu(c.input, c.weight, c.bias, 0.2, place);
  CHECK(relative_error(place, at::leaky_relu(convolved, 0.2)) < c.tolerance);
  CHECK(relative_error(conv_scale_add(c.input, c.weight, c.bias, 0.2, c.features),
                       exact(c.features) + 0.2 * convolved) < c.tolerance);

  const at::Tensor of_input = c.input_gradient();
  CHECK(relative_error(conv_data_gradient(c.gradient, c.input, c.weight), of_input) < c.tolerance);
  at::Tensor sum = within_wider(c.input.contiguous(at::MemoryFormat::ChannelsLast));
  const at::Tensor before = exact(sum);
  add_conv_data_gradient(c.gradient, c.input, c.weight, sum);
  CHECK(relative_error(sum, before + of_input) < c.tolerance);

  const at::Tensor of_weight = conv_weight_gradient(c.gradient, c.input, c.weight);
  const auto [none, expected, no_bias] = at::convolution_backward(
      exact(c.gradient), exact(c.input), exact(c.weight), at::IntArrayRef{outputs}, {1, 1}, {1, 1},
      {1, 1}, false, {0, 0}, 1, {false, true, false});
  CHECK(relative_error(of_weight, expected) < 1e-4);
  CHECK(at::equal(of_weight, conv_weight_gradient(c.gradient, c.input, c.weight)));
  CHECK(on.warnings().empty());
}

TEST_CASE("own convolutions of a PReLU compute what LibTorch's operators do", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const OwnConvolutionsAre on("on");
  const at::ScalarType type = GENERATE(at::kHalf, at::kBFloat16);
  const auto [inputs, outputs] = GENERATE(std::pair<std::int64_t, std::int64_t>{32, 64},
                                          std::pair<std::int64_t, std::int64_t>{64, 64},
                                          std::pair<std::int64_t, std::int64_t>{128, 32});
  const Extent extent = GENERATE(Extent{2, 2, 2}, Extent{3, 37, 53}, Extent{1, 16, 64});
  CAPTURE(c10::toString(type), inputs, outputs, extent.height, extent.width);
  Case c(type, inputs, outputs, extent);
  c.input = c.input.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor bias = torch::randn({inputs}, at::kCUDA);
  const at::Tensor slope = torch::rand({inputs}, at::kCUDA) - 0.25;
  const auto by_channel = [](const at::Tensor& t) { return exact(t).view({1, -1, 1, 1}); };
  const at::Tensor biased = exact(c.input) + by_channel(bias);
  const at::Tensor activated = at::where(biased > 0, biased, biased * by_channel(slope));

  const at::Tensor found = prelu_conv(c.input, bias, slope, c.weight);
  CHECK(relative_error(found, at::conv2d(activated, exact(c.weight), {}, 1, 1)) < 2 * c.tolerance);

  const at::Tensor gradient = c.input_gradient();
  const at::Tensor through = at::where(biased > 0, gradient, gradient * by_channel(slope));
  const auto [of_features, sums] =
      prelu_conv_data_gradient(c.gradient, c.input, bias, slope, c.weight);
  CHECK(relative_error(of_features, through) < c.tolerance);
  CHECK(relative_error(sums[0], through.sum({0, 2, 3})) < 1e-4);
  CHECK(relative_error(sums[1], (gradient * biased.clamp_max(0)).sum({0, 2, 3})) < 1e-4);
  const auto [again, sums_again] =
      prelu_conv_data_gradient(c.gradient, c.input, bias, slope, c.weight);
  CHECK(at::equal(of_features, again));
  CHECK(at::equal(sums, sums_again));

  const at::Tensor of_weight =
      prelu_conv_weight_gradient(c.gradient, c.input, bias, slope, c.weight);
  const auto [none, expected, no_bias] = at::convolution_backward(
      exact(c.gradient), activated, exact(c.weight), at::IntArrayRef{outputs}, {1, 1}, {1, 1},
      {1, 1}, false, {0, 0}, 1, {false, true, false});
  CHECK(relative_error(of_weight, expected) < 2 * c.tolerance);
  CHECK(on.warnings().empty());
}

TEST_CASE("a PReLU and its convolution have LibTorch's gradients, whoever computes", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const test::Numerics numerics(test::Kernels::kFastest);
  const char* word = GENERATE("off", "auto", "on");
  const std::int64_t outputs = GENERATE(64, 48);  // 48: cuDNN's in any case
  CAPTURE(word, outputs);
  torch::manual_seed(14);
  const at::Tensor features = torch::randn({2, 64, 45, 50});
  const at::Tensor direction = torch::randn({2, outputs, 45, 50});
  const std::vector<at::Tensor> parameters{0.5 * torch::randn({64}), torch::rand({64}) - 0.25,
                                           0.1 * torch::randn({outputs, 64, 3, 3})};
  const auto leaf = [](const at::Tensor& t) { return t.detach().set_requires_grad(true); };
  const auto gradients = [&](const at::Tensor& output, const std::vector<at::Tensor>& leaves,
                             const at::Tensor& along) {
    std::vector<at::Tensor> all = torch::autograd::grad({output}, leaves, {along});
    all.push_back(output.detach());
    return all;
  };
  std::vector<at::Tensor> leaves{leaf(features.to(at::kDouble))};
  for (const at::Tensor& one : parameters) {
    leaves.push_back(leaf(one.to(at::kDouble)));
  }
  const auto expected =
      gradients(at::conv2d(at::prelu(leaves[0] + leaves[1].view({1, -1, 1, 1}), leaves[2]),
                           leaves[3], {}, 1, 1),
                leaves, direction.to(at::kDouble));
  const auto on_gpu = [](const at::Tensor& t) {
    return t.to(at::kCUDA, at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  };
  const OwnConvolutionsAre chosen(word);
  leaves = {leaf(on_gpu(features))};
  for (const at::Tensor& one : parameters) {
    leaves.push_back(leaf(one.to(at::kCUDA)));
  }
  for (int time = 0; time < 2; ++time) {  // the trial, and what was chosen by it
    const auto found = gradients(bias_prelu_conv3x3(leaves[0], leaves[1], leaves[2], leaves[3]),
                                 leaves, on_gpu(direction));
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CAPTURE(time, i);
      CHECK(relative_error(found[i], expected[i]) < 0.02);
    }
  }
  CHECK(chosen.warnings().empty());
}

TEST_CASE("a dense block with own convolutions has LibTorch's values and gradients", "[nn][gpu]") {
  SR_OPEN_GPU(cuda);
  const test::Numerics numerics(test::Kernels::kFastest);
  const char* word = GENERATE("off", "auto", "on");
  CAPTURE(word);
  torch::manual_seed(13);
  const at::Tensor features = torch::randn({2, 64, 45, 50});
  const at::Tensor direction = torch::randn_like(features);
  const auto expected = block_of(features.to(at::kDouble), direction.to(at::kDouble),
                                 layers_on(at::kCPU, at::kDouble));
  const auto on_gpu = [](const at::Tensor& t) {
    return t.to(at::kCUDA, at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  };
  const OwnConvolutionsAre chosen(word);
  const auto layers = layers_on(at::kCUDA, at::kFloat);
  for (int time = 0; time < 2; ++time) {  // the trial, and what was chosen by it
    const auto found = block_of(on_gpu(features), on_gpu(direction), layers);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CAPTURE(time, i);
      CHECK(relative_error(found[i], expected[i]) < 0.02);
    }
  }
  CHECK(chosen.warnings().empty());
}
