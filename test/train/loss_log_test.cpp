#include "train/loss_log.h"

#include <torch/torch.h>

#include <cmath>

#include "support/catch.h"
#include "support/counting_allocator.h"

TEST_CASE("losses come back in order and a step that is not finite is no number", "[train]") {
  sr::LossLog log(3, at::kCPU);
  const at::Tensor good = torch::tensor(0.0F);
  log.commit(torch::tensor(1.5F), good);
  log.commit(torch::tensor(2.5F), torch::tensor(1.0F));
  log.commit(torch::tensor(3.5F), good);
  const std::vector<float> losses = log.take();
  REQUIRE(losses.size() == 3);
  CHECK(losses[0] == 1.5F);
  CHECK(std::isnan(losses[1]));
  CHECK(losses[2] == 3.5F);
  CHECK(log.take().empty());
  log.commit(torch::tensor(4.5F), good);
  CHECK(log.take() == std::vector<float>{4.5F});
}

TEST_CASE("noting a loss allocates nothing and room for none keeps none", "[train]") {
  sr::LossLog log(2, at::kCPU);
  sr::LossLog off(0, at::kCPU);
  const at::Tensor loss = torch::tensor(1.0F);
  const at::Tensor good = torch::tensor(0.0F);
  CHECK(sr::test::count_allocations([&] {
          log.commit(loss, good);
          log.commit(loss, good);
          off.commit(loss, good);
        }) == 0);
  CHECK(off.take().empty());
  CHECK_THROWS(log.commit(loss, good));
}
