#include "nn/conv3xc.h"

#include <torch/torch.h>

#include "nn/autocast.h"
#include "support/catch.h"

namespace {

sr::Layer random_layer(at::IntArrayRef shape, at::MemoryFormat format) {
  const auto options = torch::dtype(torch::kFloat64);
  return {(0.4 * torch::randn(shape, options)).contiguous(format).set_requires_grad(true),
          (0.3 * torch::randn({shape[0]}, options)).set_requires_grad(true)};
}

sr::Conv3xc random_conv(std::int64_t in, std::int64_t out, at::MemoryFormat format) {
  return {random_layer({out, in, 1, 1}, format), random_layer({2 * in, in, 1, 1}, format),
          random_layer({2 * out, 2 * in, 3, 3}, format),
          random_layer({out, 2 * out, 1, 1}, format)};
}

std::vector<at::Tensor> leaves_of(const std::vector<sr::Conv3xc>& layers) {
  std::vector<at::Tensor> leaves;
  for (const sr::Conv3xc& layer : layers) {
    for (const sr::Layer& part : {layer.skip, layer.widen, layer.middle, layer.narrow}) {
      leaves.insert(leaves.end(), {part.weight, part.bias});
    }
  }
  return leaves;
}

/// The four convolutions on zero-padded images.
at::Tensor apart(const at::Tensor& images, const sr::Conv3xc& layer) {
  const at::Tensor padded = at::constant_pad_nd(images, {1, 1, 1, 1});
  const at::Tensor widened = at::conv2d(padded, layer.widen.weight, layer.widen.bias);
  const at::Tensor middle = at::conv2d(widened, layer.middle.weight, layer.middle.bias);
  return at::conv2d(middle, layer.narrow.weight, layer.narrow.bias) +
         at::conv2d(images, layer.skip.weight, layer.skip.bias);
}

}  // namespace

TEST_CASE("A merged convolution equals its parts at borders too in value and every gradient",
          "[nn]") {
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  at::manual_seed(3);
  // Of two shapes in turn, so that layers of one shape do not lie side by side.
  const std::vector<sr::Conv3xc> layers{random_conv(3, 5, format), random_conv(5, 5, format),
                                        random_conv(3, 5, format), random_conv(5, 5, format)};
  std::vector<at::Tensor> leaves = leaves_of(layers);
  const std::vector<sr::Layer> merged = sr::merge(layers);
  REQUIRE(merged.size() == layers.size());
  at::Tensor together = torch::zeros({}, torch::kFloat64);
  at::Tensor expected = together;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    CAPTURE(i);
    REQUIRE(merged[i].weight.is_contiguous(format));
    const at::Tensor images =
        torch::randn({2, merged[i].weight.size(1), 4, 6}, torch::kFloat64).contiguous(format);
    const at::Tensor wanted = apart(images, layers[i]);
    const at::Tensor found = at::conv2d(images, merged[i].weight, merged[i].bias, 1, 1);
    REQUIRE(torch::allclose(found, wanted, 1e-12, 1e-12));
    const at::Tensor direction = torch::randn_like(wanted);
    together = together + (found * direction).sum();
    expected = expected + (wanted * direction).sum();
  }
  const auto found = torch::autograd::grad({together}, leaves);
  const auto wanted = torch::autograd::grad({expected}, leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(found[i], wanted[i], 1e-10, 1e-10));
  }
}

TEST_CASE("A merge under autocast is that without it", "[nn]") {
  at::manual_seed(3);
  sr::Conv3xc layer = random_conv(3, 4, at::MemoryFormat::Contiguous);
  for (sr::Layer* part : {&layer.skip, &layer.widen, &layer.middle, &layer.narrow}) {
    *part = {part->weight.detach().to(at::kFloat), part->bias.detach().to(at::kFloat)};
  }
  const sr::Layer plain = sr::merge({layer})[0];
  const sr::AutocastGuard guard(at::kCPU, at::kBFloat16);
  const sr::Layer under = sr::merge({layer})[0];
  REQUIRE(torch::equal(under.weight, plain.weight));
  REQUIRE(torch::equal(under.bias, plain.bias));
}
