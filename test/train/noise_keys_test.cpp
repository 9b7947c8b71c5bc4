#include "train/noise_keys.h"

#include <torch/torch.h>

#include "support/catch.h"

using sr::NoiseKeys;

namespace {

at::Tensor drawn(std::uint64_t seed, std::int64_t step, std::int64_t samples,
                 std::int64_t begin = 0) {
  NoiseKeys keys(true, seed, at::kCPU);
  keys.draw(step, samples, begin);
  return keys.of(0, samples).clone();
}

}  // namespace

TEST_CASE("Keys of noise follow from seed step and sample alone", "[train]") {
  const at::Tensor keys = drawn(1, 7, 64);
  REQUIRE(keys.scalar_type() == at::kLong);
  CHECK(torch::equal(drawn(1, 7, 64), keys));
  CHECK(torch::equal(drawn(1, 7, 5), keys.narrow(0, 0, 5)));
  // The second of two processes.
  CHECK(torch::equal(drawn(1, 7, 32, 32), keys.narrow(0, 32, 32)));
  CHECK_FALSE(drawn(1, 8, 64).eq(keys).any().item<bool>());
  CHECK_FALSE(drawn(2, 7, 64).eq(keys).any().item<bool>());
  CHECK(std::get<0>(at::_unique(keys)).numel() == 64);
}

TEST_CASE("Keys of as many samples stay where they are, and pieces are parts of them", "[train]") {
  NoiseKeys keys(true, 3, at::kCPU);
  keys.draw(0, 8);
  const at::Tensor before = keys.of(2, 3);
  const at::Tensor values = before.clone();
  keys.draw(1, 8);
  CHECK(before.data_ptr() == keys.of(2, 3).data_ptr());
  CHECK_FALSE(torch::equal(before, values));
  keys.draw(0, 8);
  CHECK(torch::equal(before, values));
}

TEST_CASE("A network without noise is given no keys", "[train]") {
  NoiseKeys keys(false, 3, at::kCPU);
  keys.draw(0, 8);
  CHECK_FALSE(keys.of(0, 8).defined());
}
