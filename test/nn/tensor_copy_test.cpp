#include "nn/tensor_copy.h"

#include <torch/torch.h>

#include "core/error.h"
#include "support/catch.h"

TEST_CASE("a staged tensor is row-major whatever its layout and comes back the same", "[nn]") {
  const at::Tensor values = at::arange(2 * 3 * 4 * 5, at::kFloat).view({2, 3, 4, 5});
  const at::Tensor channels_last = values.contiguous(at::MemoryFormat::ChannelsLast);
  const sr::StoredTensor stored = sr::stage("w", channels_last);
  CHECK(stored.shape == std::vector<std::int64_t>{2, 3, 4, 5});
  CHECK(std::memcmp(stored.bytes.data(), values.data_ptr<float>(), stored.bytes.size()) == 0);
  const at::Tensor target = at::zeros_like(channels_last);
  sr::restore(stored, target);
  CHECK(at::equal(target, values));
}

TEST_CASE("scalars and empty tensors are staged too", "[nn]") {
  const sr::StoredTensor scalar = sr::stage("t", at::scalar_tensor(7, at::kLong));
  CHECK(scalar.shape.empty());
  CHECK(scalar.bytes.size() == 8);
  CHECK(sr::stage("e", at::zeros({0, 3})).bytes.empty());
}

TEST_CASE("another type is converted and another shape refused by name", "[nn]") {
  const sr::StoredTensor half = sr::stage("w", at::full({3}, 1.5, at::kHalf));
  const at::Tensor target = at::zeros({3});
  sr::restore(half, target);
  CHECK(target[2].item<float>() == 1.5F);
  try {
    sr::restore(half, at::zeros({4}));
    FAIL("no error");
  } catch (const sr::CheckpointError& error) {
    CHECK(std::string(error.what()) == "tensor w: shape [3] in the file, [4] wanted");
  }
}
