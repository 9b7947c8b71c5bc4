#include "checkpoint/pth_writer.h"

#include <vector>

#include "checkpoint/pth_reader.h"
#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/file_size_limit.h"
#include "support/temp_folder.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::DType;
using sr::PthGroup;
using sr::StoredTensor;
using sr::test::complaint;
using sr::test::make_tensor;
using sr::test::read_text;
using sr::test::TempFolder;

namespace {

std::vector<StoredTensor> some_tensors(int seed) {
  return {make_tensor("z.weight", DType::kFloat32, {2, 3, 3, 3}, seed),
          make_tensor("a.bias", DType::kBFloat16, {5}, seed),
          make_tensor("count", DType::kInt64, {}, seed),
          make_tensor("empty", DType::kFloat32, {0, 3}, seed),
          make_tensor("flags", DType::kUInt8, {1, 2, 3, 4, 5}, seed)};
}

std::uint64_t write(const std::filesystem::path& file, const std::vector<PthGroup>& groups) {
  return sr::write_pth(file, groups);
}

}  // namespace

TEST_CASE("what is written is read again, in the order given", "[checkpoint]") {
  const TempFolder folder;
  const std::filesystem::path file = folder / "models" / "net_g_1.pth";
  const auto raw = some_tensors(1), averaged = some_tensors(2);
  const std::uint64_t size = write(file, {{"params", raw}, {"params_ema", averaged}});
  CHECK(size == std::filesystem::file_size(file));
  const sr::PthFile found = sr::read_pth(file);
  REQUIRE(found.groups.size() == 2);
  const auto check = [&](const std::string& key, const std::vector<StoredTensor>& wanted) {
    const std::vector<StoredTensor>& tensors = found.groups.at(key);
    REQUIRE(tensors.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      CHECK(tensors[i].name == wanted[i].name);
      CHECK(tensors[i].type == wanted[i].type);
      CHECK(tensors[i].shape == wanted[i].shape);
      CHECK(tensors[i].bytes == wanted[i].bytes);
    }
  };
  check("params", raw);
  check("params_ema", averaged);
}

TEST_CASE("equal weights make equal files", "[checkpoint]") {
  const TempFolder folder;
  const auto tensors = some_tensors(1);
  write(folder / "a.pth", {{"params", tensors}});
  write(folder / "b.pth", {{"params", tensors}});
  CHECK(read_text(folder / "a.pth") == read_text(folder / "b.pth"));
}

TEST_CASE("contents that no reader would accept are refused and leave no file", "[checkpoint]") {
  const TempFolder folder;
  const std::filesystem::path file = folder / "a.pth";
  const auto refused = [&](const std::vector<PthGroup>& groups) {
    return complaint<CheckpointError>([&] { write(file, groups); });
  };
  const auto good = some_tensors(1);
  const std::vector<StoredTensor> twice = {good[0], good[0]};
  std::vector<StoredTensor> short_of_bytes = good;
  short_of_bytes[1].bytes.pop_back();
  CHECK_THAT(refused({{"params", good}, {"params", good}}), Contains("a.pth: key \"params\""));
  CHECK_THAT(refused({{"params", twice}}), Contains("\"z.weight\" comes twice"));
  CHECK_THAT(refused({{"params", short_of_bytes}}), Contains("\"a.bias\""));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a full disk is a storage error and leaves no file", "[checkpoint]") {
  const TempFolder folder;
  const auto tensors = some_tensors(1);
  const sr::test::FileSizeLimit limit(700);
  CHECK_THROWS_AS(write(folder / "a.pth", {{"params", tensors}}), sr::StorageError);
  CHECK(std::filesystem::is_empty(folder.path()));
}
