#include "checkpoint/torch_archive.h"

#include <string>

#include "checkpoint/pth_samples.h"
#include "checkpoint/samples.h"
#include "checkpoint/zip_writer.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::TorchArchive;
using sr::test::bytes_of;
using sr::test::complaint;
using sr::test::read_text;
using sr::test::TempFolder;

namespace {

std::vector<std::byte> archive_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  const TempFolder folder;
  sr::ZipWriter zip(folder / "a");
  for (const auto& [name, text] : entries) {
    zip.add(name, text);
  }
  zip.finish();
  return bytes_of(read_text(folder / "a"));
}

std::string refused(const std::vector<std::byte>& bytes) {
  return complaint<CheckpointError>([&] { const TorchArchive archive(bytes); });
}

}  // namespace

TEST_CASE("records are found below the archive's own name", "[checkpoint]") {
  for (const char* name : {"archive", "net_g_1000", "any name at all"}) {
    const auto bytes = archive_of({{std::string(name) + "/data.pkl", "xyz"}});
    const TorchArchive archive(bytes);
    CHECK(archive.has("data.pkl"));
    CHECK_FALSE(archive.has("data/0"));
    CHECK(archive.read("data.pkl", 3) == bytes_of("xyz"));
  }
}

TEST_CASE("a record is read up to the length that is allowed", "[checkpoint]") {
  const auto bytes = archive_of({{"a/data.pkl", "xyz"}});
  const TorchArchive archive(bytes);
  CHECK_THROWS_AS(archive.read("data.pkl", 2), CheckpointError);
  CHECK_THAT(complaint<CheckpointError>([&] { archive.read("data/7", 9); }), Contains("missing"));
}

TEST_CASE("a record whose bytes changed is damaged", "[checkpoint]") {
  auto bytes = archive_of({{"a/data.pkl", "xyz"}});
  bytes[64] ^= std::byte{1};  // the data of the first entry begins at the first multiple of 64
  const TorchArchive archive(bytes);
  CHECK_THAT(complaint<CheckpointError>([&] { archive.read("data.pkl", 9); }), Contains("damaged"));
}

TEST_CASE("an encrypted record is refused", "[checkpoint]") {
  auto bytes = archive_of({{"a/data.pkl", "xyz"}});
  const auto set_flag = [&](const char* signature, std::size_t offset) {
    const std::string all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bytes[all.find(signature) + offset] |= std::byte{1};
  };
  set_flag("PK\3\4", 6);
  set_flag("PK\1\2", 8);
  const TorchArchive archive(bytes);
  CHECK_THAT(complaint<CheckpointError>([&] { archive.read("data.pkl", 9); }),
             Contains("encrypted"));
}

TEST_CASE("archives of other kinds are told apart", "[checkpoint]") {
  CHECK_THAT(refused(archive_of({{"word/document.xml", "x"}})),
             Contains("without <name>/data.pkl"));
  CHECK_THAT(refused(archive_of({{"a/b/data.pkl", "x"}})), Contains("without <name>/data.pkl"));
  CHECK_THAT(refused(archive_of({{"a/data.pkl", "x"}, {"a/constants.pkl", "x"}})),
             Contains("TorchScript"));
  CHECK_THAT(refused(archive_of({{"a/data.pkl", "x"}, {"a/byteorder", "big"}})), Contains("big"));
  CHECK_THAT(refused(bytes_of("PK\3\4 and nothing else")), Contains("cut short"));
}
