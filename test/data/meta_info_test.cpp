#include "data/meta_info.h"

#include <set>

#include "core/error.h"
#include "data/test_images.h"
#include "support/catch.h"

namespace sr {
namespace {

std::vector<MetaEntry> read(const std::string& text, const std::set<std::string>& known = {}) {
  const test::TempFolder folder;
  return read_meta_info(folder.write("meta.txt", text),
                        [&](const std::string& name) { return known.contains(name); });
}

}  // namespace

TEST_CASE("a meta_info line is one name or a GT and LQ pair", "[data]") {
  const auto entries = read("0001\nsub/0002.png\n\n  0003.png, x2/0003x2.png \r\n");
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].gt == "0001");
  CHECK(entries[0].lq.empty());
  CHECK(entries[1].gt == "sub/0002.png");
  CHECK(entries[2].gt == "0003.png");
  CHECK(entries[2].lq == "x2/0003x2.png");
  CHECK(entries[2].line == 4);
}

TEST_CASE("lines as BasicSR writes them lose their sides", "[data]") {
  const auto entries = read("0001_s001.png (480,480,3)\nmy file (2).png (480, 480,3)\n");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].gt == "0001_s001.png");
  CHECK(entries[1].gt == "my file (2).png");
}

TEST_CASE("a name that contains a comma is told from a pair by the files there are", "[data]") {
  const auto entries = read("a, b.png\na, b.png (4,4,3)\nc, d\n", {"a, b.png"});
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].gt == "a, b.png");
  CHECK(entries[1].gt == "a, b.png");
  CHECK(entries[2].lq == "d");
}

TEST_CASE("a meta_info file that is missing or names nothing is an error with its name", "[data]") {
  CHECK_THROWS_AS(read("\n \n"), DataError);
  const test::TempFolder folder;
  const auto never = [](const std::string&) { return false; };
  const auto text = test::message_of<DataError>([&] { read_meta_info(folder / "no.txt", never); });
  CHECK(text == (folder / "no.txt").string() + ": cannot be read");
  CHECK_THROWS_AS(read_meta_info(folder.path(), never), DataError);
}

TEST_CASE("only the last part of a name loses its extension", "[data]") {
  CHECK(without_extension("a.png") == "a");
  CHECK(without_extension("v1.0/a") == "v1.0/a");
  CHECK(without_extension("v1.0/a.b.png") == "v1.0/a.b");
  CHECK(without_extension(".a") == ".a");
}

}  // namespace sr
