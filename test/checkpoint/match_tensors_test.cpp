#include "checkpoint/match_tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"

using sr::DType;
using sr::match_tensors;
using sr::StoredTensor;
using sr::WantedTensor;
using sr::test::complaint;

namespace {

using Kind = sr::TensorDifference::Kind;

StoredTensor stored(const std::string& name, std::vector<std::int64_t> shape) {
  return sr::test::make_tensor(name, DType::kFloat32, std::move(shape));
}

}  // namespace

TEST_CASE("tensors are found by name in any order", "[checkpoint]") {
  const std::vector<WantedTensor> wanted = {{"a", {2}}, {"b", {3, 1}}};
  const std::vector<StoredTensor> available = {stored("b", {3, 1}), stored("a", {2})};
  const auto match = match_tensors(wanted, available);
  CHECK(match.differences.empty());
  CHECK(match.source == std::vector<std::optional<std::size_t>>{1, 0});
  CHECK_NOTHROW(sr::require_exact(match, "x"));
}

TEST_CASE("differences come in the order of the network then of the file", "[checkpoint]") {
  const std::vector<WantedTensor> wanted = {{"a", {2}}, {"b", {3}}, {"c", {4}}};
  const std::vector<StoredTensor> available = {stored("z", {1}), stored("b", {3, 3}),
                                               stored("c", {4}), stored("y", {})};
  const auto match = match_tensors(wanted, available);
  REQUIRE(match.differences.size() == 4);
  CHECK(match.differences[0].kind == Kind::kMissing);
  CHECK(match.differences[1].kind == Kind::kShape);
  CHECK(match.differences[1].found == std::vector<std::int64_t>{3, 3});
  CHECK(match.differences[2].name == "z");
  CHECK(match.differences[3].name == "y");
  CHECK(match.source == std::vector<std::optional<std::size_t>>{std::nullopt, std::nullopt, 2});
  CHECK(match.describe() ==
        "1 tensors missing, 1 of another shape, 2 unexpected\n"
        "  \"a\" [2] is missing in the file\n"
        "  \"b\" is [3] in the network and [3, 3] in the file\n"
        "  \"z\" [1] is not in the network\n"
        "  \"y\" [] is not in the network");
}

TEST_CASE("a strict mismatch names the file and the first difference", "[checkpoint]") {
  const std::vector<WantedTensor> wanted = {{"body.0.weight", {64, 3, 3, 3}}};
  const std::vector<StoredTensor> available = {stored("body.0.weight", {32, 3, 3, 3})};
  const std::string text = complaint<sr::CheckpointError>(
      [&] { sr::require_exact(match_tensors(wanted, available), "models/net_g_5.safetensors"); });
  CHECK(
      text.starts_with("models/net_g_5.safetensors: does not fit the network: \"body.0.weight\" "
                       "is [64, 3, 3, 3] in the network and [32, 3, 3, 3] in the file\n"));
}

TEST_CASE("a long list of differences is cut with a count", "[checkpoint]") {
  std::vector<WantedTensor> wanted;
  for (int i = 0; i < 500; ++i) {
    wanted.push_back({fmt::format("p{}", i), {1}});
  }
  const std::string text = match_tensors(wanted, {}).describe();
  CHECK(text.starts_with("500 tensors missing"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 21);
  CHECK(text.ends_with("and 480 more"));
}

TEST_CASE("wrapper prefixes of other trainers are stripped", "[checkpoint]") {
  CHECK(sr::without_wrapper_prefix("module.a.weight") == "a.weight");
  CHECK(sr::without_wrapper_prefix("netG.module.a") == "a");
  CHECK(sr::without_wrapper_prefix("module.netG.a") == "a");
  CHECK(sr::without_wrapper_prefix("module._orig_mod.a") == "a");
  CHECK(sr::without_wrapper_prefix("a.module.b") == "a.module.b");
  CHECK(sr::without_wrapper_prefix("modules.a") == "modules.a");
  const std::vector<WantedTensor> wanted = {{"a", {2}}, {"module.b", {3}}};
  const std::vector<StoredTensor> available = {stored("module.a", {2}), stored("module.b", {3})};
  CHECK(match_tensors(wanted, available).differences.empty());
}

TEST_CASE("an exact name wins over a prefixed one which is then unexpected", "[checkpoint]") {
  const std::vector<WantedTensor> wanted = {{"a", {2}}};
  const std::vector<StoredTensor> available = {stored("module.a", {2}), stored("a", {2})};
  const auto match = match_tensors(wanted, available);
  CHECK(match.source.at(0) == 1U);
  REQUIRE(match.differences.size() == 1);
  CHECK(match.differences[0].kind == Kind::kUnexpected);
  CHECK(match.differences[0].name == "module.a");
}

TEST_CASE("a prefix is foreign when names are known without it", "[checkpoint]") {
  const auto prefix_of = [](const std::vector<std::string>& names) {
    std::vector<StoredTensor> tensors;
    for (const std::string& name : names) {
      tensors.push_back(stored(name, {1}));
    }
    return std::string(sr::foreign_prefix(tensors, [](std::string_view name) {
      return name == "body.0.weight" || name == "body.0.bias" || name == "body.2.weight";
    }));
  };
  CHECK(prefix_of({"net.body.0.weight", "net.body.0.bias"}) == "net.");
  CHECK(prefix_of({"a.b.body.0.weight", "a.b.body.0.bias", "a.b.extra"}) == "a.b.");
  CHECK(prefix_of({"body.0.weight", "body.0.bias"}).empty());
  CHECK(prefix_of({"body.body.0.weight", "body.body.0.bias"}) == "body.");
  CHECK(prefix_of({"net.body.0.weight", "other.body.0.bias"}).empty());
  CHECK(prefix_of({"network.body.0.weight", "net.body.0.bias"}).empty());
  CHECK(prefix_of({"net.x", "net.y"}).empty());
  CHECK(prefix_of({}).empty());
}
