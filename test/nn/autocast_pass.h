#pragma once

#include <torch/torch.h>

#include "nn/autocast.h"
#include "nn/network.h"
#include "support/catch.h"

namespace sr::test {

/// Images of a network in bfloat16 by autocast, and without it.
struct AutocastPass {
  at::Tensor output, exact;
};

/// A training pass under autocast has a float32 output within `tolerance`, relative plus absolute,
/// of that without, and leaves finite float32 gradients at every parameter.
inline AutocastPass require_trains_under_autocast(const Network& network, const at::Tensor& lq,
                                                  double tolerance) {
  AutocastPass pass;
  pass.exact = network.forward(lq).detach();
  {
    const AutocastGuard autocast(at::kCPU, at::kBFloat16);
    pass.output = network.forward(lq);
  }
  REQUIRE(pass.output.scalar_type() == at::kFloat);
  CHECK(torch::allclose(pass.output, pass.exact, tolerance, tolerance));
  pass.output.square().mean().backward();
  for (const NamedTensor& parameter : network.parameters()) {
    CAPTURE(parameter.name);
    REQUIRE(parameter.tensor.grad().scalar_type() == at::kFloat);
    REQUIRE(parameter.tensor.grad().isfinite().all().item<bool>());
  }
  return pass;
}

}  // namespace sr::test
