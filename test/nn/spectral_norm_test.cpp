#include "nn/spectral_norm.h"

#include <torch/torch.h>

#include "nn/autocast.h"
#include "support/catch.h"

namespace {

sr::SpectralWeight make_weight(sr::SpectralForm form) {
  at::manual_seed(3);
  sr::SpectralWeight weight;
  weight.original = torch::randn({4, 3, 2, 2}).set_requires_grad(true);
  const at::Tensor u = torch::randn({4});
  const at::Tensor v = torch::randn({12});
  weight.u = u / u.norm();
  weight.v = v / v.norm();
  weight.form = form;
  return weight;
}

double largest_singular_value(const at::Tensor& weight) {
  return at::linalg_svdvals(weight.detach().reshape({weight.size(0), -1}))[0].item<double>();
}

}  // namespace

TEST_CASE("After many passes a normalised weight has the spectral norm 1", "[nn]") {
  const auto form = GENERATE(sr::SpectralForm::kHook, sr::SpectralForm::kParametrization);
  const sr::SpectralWeight weight = make_weight(form);
  REQUIRE(largest_singular_value(weight.original) > 2);
  for (int pass = 0; pass < 200; ++pass) {
    sr::normalized(weight);
  }
  REQUIRE(largest_singular_value(sr::normalized(weight)) == Approx(1).epsilon(1e-4));
  REQUIRE(weight.u.norm().item<double>() == Approx(1).epsilon(1e-5));
  REQUIRE(weight.v.norm().item<double>() == Approx(1).epsilon(1e-5));
}

TEST_CASE("The hook form updates v before u and the parametrization u before v", "[nn]") {
  const sr::SpectralWeight hook = make_weight(sr::SpectralForm::kHook);
  const sr::SpectralWeight other = make_weight(sr::SpectralForm::kParametrization);
  const at::Tensor matrix = hook.original.detach().reshape({4, 12});
  const auto unit = [](const at::Tensor& vector) { return vector / vector.norm(); };
  const at::Tensor v = unit(at::mv(matrix.t(), hook.u));
  const at::Tensor u = unit(at::mv(matrix, other.v));
  sr::normalized(hook);
  sr::normalized(other);
  REQUIRE(torch::allclose(hook.v, v));
  REQUIRE(torch::allclose(hook.u, unit(at::mv(matrix, v))));
  REQUIRE(torch::allclose(other.u, u));
  REQUIRE(torch::allclose(other.v, unit(at::mv(matrix.t(), u))));
}

TEST_CASE("Two passes may be followed by one backward", "[nn]") {
  const sr::SpectralWeight weight = make_weight(sr::SpectralForm::kHook);
  const at::Tensor first = sr::normalized(weight).square().sum();
  const at::Tensor second = sr::normalized(weight).abs().sum();
  REQUIRE_NOTHROW((first + second).backward());
  REQUIRE(weight.original.grad().isfinite().all().item<bool>());
}

TEST_CASE("The gradient reaches the weight through sigma as well", "[nn]") {
  const sr::SpectralWeight weight = make_weight(sr::SpectralForm::kHook);
  sr::normalized(weight).mul(weight.original.detach()).sum().backward();
  // d/dW of sum(W0 * W / sigma) at W = W0: W / sigma - sum(W^2) / sigma^2 * u v^T.
  const at::Tensor original = weight.original.detach();
  const at::Tensor outer = at::outer(weight.u, weight.v).view_as(original);
  const at::Tensor sigma = (outer * original).sum();
  const at::Tensor expected = original / sigma - original.square().sum() / sigma.square() * outer;
  REQUIRE(torch::allclose(weight.original.grad(), expected, 1e-4, 1e-5));
}

TEST_CASE("A weight in channels_last gives the same numbers in its own format", "[nn]") {
  const sr::SpectralWeight weight = make_weight(sr::SpectralForm::kHook);
  const at::Tensor expected = sr::normalized(weight).detach();
  sr::SpectralWeight last = make_weight(sr::SpectralForm::kHook);
  last.original = last.original.detach().contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor found = sr::normalized(last);
  REQUIRE(found.is_contiguous(at::MemoryFormat::ChannelsLast));
  REQUIRE(torch::allclose(found, expected));
}

TEST_CASE("Autocast leaves the normalised weight in float32 to its last bit", "[nn]") {
  const at::Tensor exact = sr::normalized(make_weight(sr::SpectralForm::kHook));
  const sr::AutocastGuard guard(at::kCPU, at::kBFloat16);
  REQUIRE(torch::equal(sr::normalized(make_weight(sr::SpectralForm::kHook)), exact));
}

TEST_CASE("Names of both forms translate into each other", "[nn]") {
  const std::pair<const char*, const char*> pairs[] = {
      {"conv1.weight_orig", "conv1.parametrizations.weight.original"},
      {"e_x1.0.weight_u", "e_x1.0.parametrizations.weight.0._u"},
      {"conv8.weight_v", "conv8.parametrizations.weight.0._v"}};
  for (const auto& [hook, parametrization] : pairs) {
    CHECK(sr::other_spectral_name(hook) == parametrization);
    CHECK(sr::other_spectral_name(parametrization) == hook);
  }
  CHECK(sr::other_spectral_name("conv0.weight") == "conv0.weight");
}
