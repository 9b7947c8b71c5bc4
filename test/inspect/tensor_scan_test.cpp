#include "inspect/tensor_scan.h"

#include <limits>

#include "inspect/files.h"
#include "support/catch.h"

TEST_CASE("NaN, Inf and dead channels are counted and the tensors named", "[inspect]") {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const sr::TensorScan scan =
      sr::scan_tensors({sr::test::tensor("a.weight", {3, 2}, {0, -0.0F, 1, 0, 2, kNan}),
                        sr::test::tensor("a.bias", {3}, {0, -kInf, kInf}),
                        sr::test::tensor("b.weight", {2}, {0, 0})});
  CHECK(scan.elements == 11);
  CHECK(scan.nans == 1);
  CHECK(scan.infinities == 2);
  CHECK(scan.damaged == std::vector<std::string>{"a.weight", "a.bias"});
  CHECK(scan.channels == 3);  // PReLU slopes of one dimension are no channels
  CHECK(scan.dead_channels == 1);
}

TEST_CASE("half precision is understood, integers are passed over", "[inspect]") {
  const auto raw = [](sr::DType type, std::vector<std::uint16_t> bits) {
    sr::StoredTensor tensor{"x", type, {static_cast<std::int64_t>(bits.size())}, {}};
    tensor.bytes.resize(2 * bits.size());
    std::memcpy(tensor.bytes.data(), bits.data(), tensor.bytes.size());
    return tensor;
  };
  // Inf, NaN, the largest finite value; of bfloat16 the first is 65024, finite.
  const sr::TensorScan half =
      sr::scan_tensors({raw(sr::DType::kFloat16, {0x7c00, 0xfe00, 0x7bff})});
  CHECK(half.infinities == 1);
  CHECK(half.nans == 1);
  const sr::TensorScan brain =
      sr::scan_tensors({raw(sr::DType::kBFloat16, {0x477e, 0x7f80, 0x7fc0})});
  CHECK(brain.infinities == 1);
  CHECK(brain.nans == 1);
  const sr::StoredTensor steps = raw(sr::DType::kInt16, {0x7f80});
  CHECK(sr::scan_tensors({steps}).elements == 0);
  CHECK(sr::scan_tensors({steps}).quantized == 0);
  CHECK(sr::dtype_text({steps}) == "none");
  CHECK(sr::dtype_text({raw(sr::DType::kBFloat16, {0}), steps}) == "bf16");
  CHECK(sr::dtype_text({raw(sr::DType::kFloat16, {0}), sr::test::tensor("y", {1})}) ==
        "fp16 and fp32");
}
