#include "optim/loss_scaler.h"

#include <torch/torch.h>

#include <algorithm>

#include "support/catch.h"
#include "support/counting_allocator.h"

namespace {
const at::Tensor kFinite = torch::tensor(0.0F);
const at::Tensor kNotFinite = torch::tensor(1.0F);
}  // namespace

TEST_CASE("The scale halves when gradients overflow and its inverse follows", "[optim]") {
  sr::LossScaler scaler(true, torch::kCPU);
  REQUIRE(scaler.scale().item<float>() == 65536);
  scaler.update(kNotFinite);
  REQUIRE(scaler.scale().item<float>() == 32768);
  REQUIRE(scaler.inverse_scale().item<float>() == 1.0F / 32768);
}

TEST_CASE("The scale doubles after 2000 good steps in a row", "[optim]") {
  sr::LossScaler scaler(true, torch::kCPU);
  for (int i = 0; i < 1999; ++i) {
    scaler.update(kFinite);
  }
  REQUIRE(scaler.scale().item<float>() == 65536);
  scaler.update(kFinite);
  REQUIRE(scaler.scale().item<float>() == 131072);
}

TEST_CASE("A scaler that is off stays at one", "[optim]") {
  sr::LossScaler scaler(false, torch::kCPU);
  scaler.update(kNotFinite);
  REQUIRE(scaler.scale().item<float>() == 1);
  REQUIRE(scaler.inverse_scale().item<float>() == 1);
}

TEST_CASE("Updates fail unscaled once the scale has come down to one", "[optim]") {
  sr::LossScaler scaler(true, torch::kCPU);
  sr::LossScaler off(false, torch::kCPU);
  for (int i = 1; i <= 300; ++i) {  // down to a scale of 0
    scaler.update(kNotFinite);
    off.update(kNotFinite);
    CAPTURE(i);
    REQUIRE(scaler.failed_unscaled(i) ==
            (scaler.scale().item<float>() == 0 ? i : std::max(0, i - 16)));
    REQUIRE(off.failed_unscaled(i) == i);
  }
  sr::LossScaler grown(true, torch::kCPU);
  grown.state()[0].tensor.fill_(0.25F);
  REQUIRE(grown.failed_unscaled(0) == 0);
  REQUIRE(grown.failed_unscaled(1) == 1);
  REQUIRE(grown.failed_unscaled(5) == 2);
}

TEST_CASE("An update of the scaler allocates nothing, held or not", "[optim]") {
  sr::LossScaler scaler(true, torch::kCPU);
  const at::Tensor held = torch::tensor(true);
  REQUIRE(sr::test::count_allocations([&] {
            scaler.update(kFinite);
            scaler.update(kNotFinite);
            scaler.update(kNotFinite, held);
          }) == 0);
  REQUIRE(scaler.scale().item<float>() == 32768);
}
