#include "checkpoint/zip_writer.h"

#include <zip.h>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

using sr::ZipWriter;
using sr::test::read_text;
using sr::test::TempFolder;

namespace {

std::uint64_t write(const std::filesystem::path& file) {
  ZipWriter zip(file);
  zip.add("a/one", "1");
  zip.add("a/empty", "");
  zip.add("a/" + std::string(100, 'n'), std::string(1000, 'x'));
  return zip.finish();
}

}  // namespace

TEST_CASE("libzip finds in the archive what was added", "[checkpoint]") {
  const TempFolder folder;
  const std::filesystem::path file = folder / "a.zip";
  const std::uint64_t size = write(file);
  CHECK(size == std::filesystem::file_size(file));
  int error = 0;
  zip_t* const archive = zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &error);
  REQUIRE(archive != nullptr);
  CHECK(zip_get_num_entries(archive, 0) == 3);
  std::string text(1000, ' ');
  zip_file_t* const entry = zip_fopen_index(archive, 2, 0);
  CHECK(zip_fread(entry, text.data(), text.size()) == 1000);
  CHECK(zip_fread(entry, text.data(), 1) == 0);  // the end, where the checksum is compared
  CHECK(text == std::string(1000, 'x'));
  zip_fclose(entry);
  zip_discard(archive);
}

TEST_CASE("data begins at multiples of 64 bytes, and equal contents make equal files",
          "[checkpoint]") {
  const TempFolder folder;
  write(folder / "a.zip");
  write(folder / "b.zip");
  const std::string bytes = read_text(folder / "a.zip");
  CHECK(bytes == read_text(folder / "b.zip"));
  CHECK(bytes.find(std::string(1000, 'x')) % 64 == 0);
  CHECK(bytes[64] == '1');
}

TEST_CASE("an archive that is not finished leaves no file", "[checkpoint]") {
  const TempFolder folder;
  { ZipWriter(folder / "a.zip").add("a/one", "1"); }
  CHECK(std::filesystem::is_empty(folder.path()));
}
