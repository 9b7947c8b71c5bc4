#include "train/kept_branches.h"

#include <torch/torch.h>

#include "support/catch.h"

using sr::KeptBranches;

namespace {

at::Tensor drawn(std::uint64_t seed, std::int64_t step, std::int64_t samples) {
  KeptBranches branches({0, 0.1, 0.5}, seed, at::kCPU);
  branches.draw(step, samples);
  return branches.of(0, samples);
}

}  // namespace

TEST_CASE("A branch is left out for its share of samples and is stronger for the others",
          "[train]") {
  const at::Tensor kept = drawn(1, 7, 10000);
  REQUIRE(kept.sizes() == at::IntArrayRef({3, 10000}));
  CHECK(kept[0].eq(1).all().item<bool>());
  CHECK(kept[1].eq(0).sum().item<int>() == Approx(1000).margin(100));
  CHECK(kept[2].eq(0).sum().item<int>() == Approx(5000).margin(200));
  CHECK(kept[1].max().item<float>() == Approx(1 / 0.9));
  CHECK(kept[2].max().item<float>() == 2);
}

TEST_CASE("What is left out follows from seed step and sample alone", "[train]") {
  CHECK(torch::equal(drawn(1, 7, 64), drawn(1, 7, 64)));
  CHECK(torch::equal(drawn(1, 7, 64).narrow(1, 0, 5), drawn(1, 7, 5)));
  CHECK_FALSE(torch::equal(drawn(1, 8, 64), drawn(1, 7, 64)));
  CHECK_FALSE(torch::equal(drawn(2, 7, 64), drawn(1, 7, 64)));
  const at::Tensor kept = drawn(1, 7, 64);
  CHECK_FALSE(torch::equal(kept[1].eq(0), kept[2].eq(0)));
}

TEST_CASE("Draws of as many samples stay where they are, and pieces are parts of them", "[train]") {
  KeptBranches branches({0.5}, 3, at::kCPU);
  branches.draw(0, 8);
  const at::Tensor before = branches.of(2, 3);
  const at::Tensor values = before.clone();
  branches.draw(1, 8);
  CHECK(before.data_ptr() == branches.of(2, 3).data_ptr());
  branches.draw(0, 8);
  CHECK(torch::equal(before, values));
}

TEST_CASE("A network without such branches is given nothing", "[train]") {
  KeptBranches branches({}, 3, at::kCPU);
  branches.draw(0, 8);
  CHECK_FALSE(branches.of(0, 8).defined());
}
