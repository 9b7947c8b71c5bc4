#include "checkpoint/pth_reader.h"

#include <cstdint>
#include <string>

#include "checkpoint/pth_samples.h"
#include "checkpoint/samples.h"
#include "core/error.h"
#include "core/random.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::DType;
using sr::PthFile;
using sr::StoredTensor;
using sr::test::complaint;
using sr::test::named;
using sr::test::pth_sample;
using sr::test::pth_sample_bytes;
using sr::test::ramp;
using sr::test::values_of;
using Shape = std::vector<std::int64_t>;

namespace {

std::string refused(const std::string& name) {
  return complaint<CheckpointError>([&] { sr::read_pth(pth_sample(name)); });
}

/// The state dict that several samples hold, its values shifted.
void check_conv(const std::vector<StoredTensor>& tensors, float shift) {
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].name == "body.0.weight");
  CHECK(tensors[0].type == DType::kFloat32);
  CHECK(tensors[0].shape == Shape{2, 3, 2, 2});
  CHECK(values_of<float>(tensors[0]) == ramp(1 + shift, 24));
  CHECK(tensors[1].name == "body.0.bias");
  CHECK(values_of<float>(tensors[1]) == ramp(2 + shift, 2));
}

template <typename T>
void check_values(const std::vector<StoredTensor>& tensors, const std::string& name, DType type,
                  const std::vector<T>& values) {
  INFO(name);
  const StoredTensor& tensor = named(tensors, name);
  CHECK(tensor.type == type);
  CHECK(values_of<T>(tensor) == values);
}

/// Reads what may be anything; false when it is refused. Only CheckpointError may come out.
bool read_anything(std::span<const std::byte> bytes) {
  try {
    sr::parse_pth(bytes);
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("params and params_ema are read, and what lies beside them is not", "[checkpoint]") {
  const PthFile file = sr::read_pth(pth_sample("params_ema.pth"));
  REQUIRE(file.groups.size() == 2);
  check_conv(file.groups.at("params"), 0);
  check_conv(file.groups.at("params_ema"), 100);
}

TEST_CASE("a bare state dict has the key of nothing", "[checkpoint]") {
  for (const char* name : {"bare.pth", "rezipped.pth"}) {
    const PthFile file = sr::read_pth(pth_sample(name));
    REQUIRE(file.groups.size() == 1);
    check_conv(file.groups.at(""), 0);
  }
}

TEST_CASE("a pickle of protocol 4 is read", "[checkpoint]") {
  check_conv(sr::read_pth(pth_sample("protocol4.pth")).groups.at("state_dict"), 0);
}

TEST_CASE("every type keeps its bytes", "[checkpoint]") {
  const std::vector<StoredTensor> found = sr::read_pth(pth_sample("types.pth")).groups.at("params");
  check_values<std::uint8_t>(found, "bool", DType::kBool, {1, 0, 1});
  check_values<std::uint8_t>(found, "u8", DType::kUInt8, {1, 2, 3});
  check_values<std::int8_t>(found, "i8", DType::kInt8, {-2, -1, 0});
  check_values<std::int16_t>(found, "i16", DType::kInt16, {-300, -299, -298});
  check_values<std::int32_t>(found, "i32", DType::kInt32, {-70000, -69999, -69998});
  const std::int64_t big = -(std::int64_t{1} << 40);
  check_values<std::int64_t>(found, "i64", DType::kInt64, {big, big + 1, big + 2});
  check_values<std::uint16_t>(found, "f16", DType::kFloat16, {0x3c00, 0x3d00, 0x3e00});
  check_values<std::uint16_t>(found, "bf16", DType::kBFloat16, {0x3f80, 0x3fa0, 0x3fc0});
  check_values<float>(found, "f32", DType::kFloat32, {1, 1.25, 1.5});
  check_values<double>(found, "f64", DType::kFloat64, {1, 1.25, 1.5});
  check_values<std::int64_t>(found, "scalar", DType::kInt64, {7});
  CHECK(named(found, "scalar").shape.empty());
  CHECK(named(found, "empty").shape == Shape{0, 3});
}

TEST_CASE("views of a shared storage become tensors of their own, row by row", "[checkpoint]") {
  const std::vector<StoredTensor> found = sr::read_pth(pth_sample("views.pth")).groups.at("");
  const auto at = [](int index) { return static_cast<float>(index) / 4; };
  CHECK(values_of<float>(named(found, "whole")) == ramp(0, 24));
  std::vector<float> transposed;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 4; ++j) {
      transposed.push_back(at(j * 6 + i));
    }
  }
  CHECK(named(found, "transposed").shape == Shape{6, 4});
  CHECK(values_of<float>(named(found, "transposed")) == transposed);
  CHECK(values_of<float>(named(found, "slice")) ==
        std::vector{at(6), at(8), at(10), at(12), at(14), at(16)});
  CHECK(values_of<float>(named(found, "row")) == ramp(3, 6));
  std::vector<float> permuted;
  for (int k = 0; k < 2; ++k) {
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 3; ++j) {
        permuted.push_back(50 + at(i * 6 + j * 2 + k));
      }
    }
  }
  CHECK(values_of<float>(named(found, "permuted")) == permuted);
  CHECK(values_of<float>(named(found, "expanded")) ==
        std::vector<float>{9, 9.25, 9, 9.25, 9, 9.25});
  CHECK(values_of<std::uint16_t>(named(found, "half")) ==
        std::vector<std::uint16_t>{0x4500, 0x4580});
  CHECK(values_of<float>(named(found, "channels_last")) == ramp(0, 12));
}

TEST_CASE("parameters are tensors, whatever attributes they carry", "[checkpoint]") {
  const std::vector<StoredTensor> found = sr::read_pth(pth_sample("parameters.pth")).groups.at("");
  CHECK(values_of<float>(named(found, "weight")) == ramp(1, 4));
  CHECK(values_of<float>(named(found, "tagged")) == ramp(3, 2));
}

TEST_CASE("a training checkpoint gives its network alone", "[checkpoint]") {
  const PthFile file = sr::read_pth(pth_sample("training.pth"));
  REQUIRE(file.groups.size() == 1);
  CHECK(values_of<float>(named(file.groups.at("model"), "weight")) == ramp(1, 4));
}

TEST_CASE("a state dict in dicts within dicts is found by its way there", "[checkpoint]") {
  const PthFile file = sr::read_pth(pth_sample("nested.pth"));  // it holds itself, too
  REQUIRE(file.groups.size() == 1);
  check_conv(file.groups.at("checkpoint.generator.state_dict"), 0);
}

TEST_CASE("a file that cannot be read is refused by name, with the reason", "[checkpoint]") {
  CHECK_THAT(refused("missing.pth"), Contains("missing.pth: cannot open"));
  CHECK_THAT(refused("torchscript.pth"), Contains("TorchScript"));
  CHECK_THAT(refused("os_system.pth"), Contains("os_system.pth: refers to \"posix.system\""));
  CHECK_THAT(refused("os_system_protocol4.pth"), Contains("posix.system"));
  CHECK_THAT(refused("whole_model.pth"), Contains("__main__.Net") && Contains("state_dict()"));
  CHECK_THAT(refused("no_tensors.pth"), Contains("no state dict"));
  CHECK_THAT(refused("quantized.pth"), Contains("\"weight\"") && Contains("_rebuild_qtensor"));
  CHECK_THAT(refused("complex.pth"), Contains("torch.ComplexFloatStorage"));
  CHECK_THAT(refused("u16.pth"), Contains("torch.uint16"));
  CHECK_THAT(refused("big_endian.pth"), Contains("big"));
  CHECK_THAT(refused("compressed.pth"), Contains("compressed"));
  CHECK_THAT(refused("expansion.pth"), Contains("claimed, not stored"));
  CHECK(complaint<CheckpointError>([] { sr::parse_pth({}); }) ==
        "is not a file that torch.save wrote");
}

TEST_CASE("a file that is cut short anywhere is refused", "[checkpoint]") {
  for (const char* name : {"params_ema.pth", "training.pth"}) {
    const std::vector<std::byte> whole = pth_sample_bytes(name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      // A copy of its own, so that the sanitizer sees a read beyond the end.
      const std::vector<std::byte> part(whole.begin(),
                                        whole.begin() + static_cast<std::ptrdiff_t>(length));
      INFO(name << " cut to " << length);
      CHECK_THROWS_AS(sr::parse_pth(part), CheckpointError);
    }
  }
}

TEST_CASE("a file with a wrong byte is read or refused, and nothing else", "[checkpoint]") {
  int read = 0;
  for (const char* name : {"params_ema.pth", "views.pth", "training.pth", "protocol4.pth"}) {
    std::vector<std::byte> bytes = pth_sample_bytes(name);
    for (std::uint64_t i = 0; i < 1500; ++i) {
      const std::uint64_t random = sr::hash(17, i, sr::Stream::kPermutation);
      std::byte& byte = bytes[random % bytes.size()];
      const std::byte before = byte;
      byte ^= static_cast<std::byte>(1 + (random >> 32U) % 255);
      read += read_anything(bytes) ? 1 : 0;
      byte = before;
    }
  }
  CHECK(read > 0);  // bytes of padding, names and times matter to nobody
}

TEST_CASE("a wrong byte behind a right checksum is read or refused too", "[checkpoint]") {
  int read = 0;
  for (const char* name : {"params_ema.pth", "views.pth", "training.pth", "protocol4.pth"}) {
    const std::vector<std::byte> whole = pth_sample_bytes(name);
    for (std::uint64_t i = 0; i < 1500; ++i) {
      const std::uint64_t random = sr::hash(18, i, sr::Stream::kPermutation);
      std::vector<std::byte> bytes = whole;
      // The first 1000 bytes are mostly the pickle.
      bytes[random % 1000] ^= static_cast<std::byte>(1 + (random >> 32U) % 255);
      sr::test::repair_checksums(bytes);
      read += read_anything(bytes) ? 1 : 0;
    }
  }
  CHECK(read > 1000);
}
