#include "report/tfevents.h"

#include <fmt/format.h>
#include <unistd.h>

#include <numeric>
#include <optional>

#include "core/error.h"
#include "support/catch.h"
#include "support/file_size_limit.h"
#include "support/temp_folder.h"

using namespace std::string_literals;
using sr::test::read_text;
using sr::test::TempFolder;

namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text;
}

std::filesystem::path only_file(const TempFolder& folder) {
  return std::filesystem::directory_iterator(folder.path())->path();
}

/// Size of the record that holds the file version, always first.
constexpr std::size_t kVersionRecord = 8 + 4 + 9 + 2 + 13 + 4;

}  // namespace

TEST_CASE("CRC-32C gives the known values", "[report]") {
  CHECK(sr::crc32c("123456789") == 0xE3069283);
  // RFC 3720 appendix B.4
  CHECK(sr::crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(sr::crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  std::string ascending(32, '\0');
  std::iota(ascending.begin(), ascending.end(), '\0');
  CHECK(sr::crc32c(ascending) == 0x46DD794E);
  CHECK(sr::crc32c(std::string(ascending.rbegin(), ascending.rend())) == 0x113FDB5C);
  CHECK(sr::crc32c("") == 0);
}

TEST_CASE("the masked checksum equals the one of TensorBoard", "[report]") {
  CHECK(sr::masked_crc32c("123456789") == 0xC78AB0E5);
}

TEST_CASE("an event file begins with its version and holds records as TensorBoard writes them",
          "[report]") {
  const TempFolder folder;
  sr::EventFile file(folder.path());
  file.write(1700000000.5, 300, sr::scalar_value("losses/l1", 0.25));
  const std::string bytes = read_text(only_file(folder));
  CHECK(bytes.find("\x1a\x0d"
                   "brain.Event:2") == 8 + 4 + 9);
  // scripts/golden/tfevents.py
  CHECK(hex(bytes.substr(kVersionRecord)) ==
        "200000000000000029eda9500900002040fc54d94110ac022a120a100a096c6f737365732f6c31150000803e"
        "4787932c");
}

TEST_CASE("an event file that was begun on a full disk begins with its version all the same",
          "[report]") {
  const TempFolder folder;
  const std::string value = sr::scalar_value("losses/l1", 0.25);
  std::optional<sr::EventFile> file;
  {
    const sr::test::FileSizeLimit full(0);
    file.emplace(folder.path());
    CHECK_THROWS_AS(file->write(1700000000.5, 300, value), sr::StorageError);
  }
  file->write(1700000000.5, 300, value);
  file->write(1700000001.5, 301, value);
  const std::string bytes = read_text(only_file(folder));
  CHECK(bytes.find("brain.Event:2") == 8 + 4 + 9 + 2);
  CHECK(bytes.rfind("brain.Event:2") == bytes.find("brain.Event:2"));
}

TEST_CASE("an event file has the name that TensorBoard looks for", "[report]") {
  const TempFolder folder;
  const sr::EventFile file(folder.path());
  const std::string name = only_file(folder).filename().string();
  CHECK(name.starts_with("events.out.tfevents.1"));
  CHECK(name.ends_with(fmt::format(".{}", ::getpid())));
}

TEST_CASE("an image carries its size and bytes", "[report]") {
  const std::string png =
      "\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR\0\0\x01\x02\0\0\0\x03"s;  // 258 x 3, rest of no matter here
  CHECK(sr::image_value("a", png) ==
        "\x0a\x26\x0a\x01"
        "a\x22\x21"
        "\x08\x03\x10\x82\x02\x18\x03\x22\x18" +
            png);
}

TEST_CASE("an image that is not a PNG is an error with its name", "[report]") {
  for (const std::string& wrong : {""s, "\xFF\xD8\xFF\xE0 a JPEG that is long enough"s}) {
    try {
      sr::image_value("images/a", wrong);
      FAIL("no error");
    } catch (const sr::StorageError& error) {
      CHECK(std::string(error.what()).find("images/a") != std::string::npos);
    }
  }
}

TEST_CASE("a restart drops the steps after the resumed one", "[report]") {
  const TempFolder folder;
  sr::EventFile file(folder.path());
  file.restart_after(1700000000.5, 300);
  const std::string message = read_text(only_file(folder)).substr(kVersionRecord + 12);
  CHECK(hex(message.substr(0, message.size() - 4)) == "0900002040fc54d94110ad023a020801");
}
