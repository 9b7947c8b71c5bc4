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
  CHECK(text == (folder / "no.txt").string() + ": cannot be read: No such file or directory");
  CHECK_THROWS_AS(read_meta_info(folder.path(), never), DataError);
}

TEST_CASE("a meta_info file may come from other systems and programs", "[data]") {
  using namespace std::string_literals;
  const auto names = [](const std::string& bytes) {
    std::vector<std::string> result;
    for (const MetaEntry& entry : read(bytes)) {
      result.push_back(entry.gt + (entry.lq.empty() ? "" : "|" + entry.lq));
    }
    return result;
  };
  using Names = std::vector<std::string>;
  CHECK(names("\xEF\xBB\xBF"
              "a.png\r\nb.png\r\n") == Names{"a.png", "b.png"});
  CHECK(names("\xFF\xFE"
              "a\0.\0p\0\r\0\n\0b\0\r\0\n\0"s) == Names{"a.p", "b"});
  CHECK(names("a.png\rb.png\r") == Names{"a.png", "b.png"});
  CHECK(names("a.png, b.png\na.png,b.png\na.png\tb.png\n") ==
        Names{"a.png|b.png", "a.png|b.png", "a.png|b.png"});
  CHECK(names("0801.png (480,480,3)\n0802.png  ( 480 , 480 )\n") == Names{"0801.png", "0802.png"});
  CHECK(names("a.png (4,4,3), b.png (2,2,3)\n") == Names{"a.png|b.png"});
  CHECK(names("caf\xe9.png\n") == Names{"caf\xe9.png"});  // as it may be called on the disk
}

TEST_CASE("what only looks like sides stays in a name", "[data]") {
  for (const char* name : {"a(480,480,3)", "a (480)", "a (1,2,3,4)", "a (,)", "a (1,b)", "a ()",
                           "(1,2)", "a (1,2", "1,2)"}) {
    INFO(name);
    const auto entries = read(std::string(name) + "\n", {name});
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].gt == name);
  }
}

TEST_CASE("a pair is split behind the text that names an image", "[data]") {
  const auto entries = read("a, b.png, c.png\ne (4,4,3), d\n", {"a, b.png", "e"});
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].gt == "a, b.png");
  CHECK(entries[0].lq == "c.png");
  CHECK(entries[1].gt == "e");
  CHECK(entries[1].lq == "d");
}

TEST_CASE("long lines and many of them cost no more than their bytes", "[data]") {
  const std::string blanks = "a" + std::string(2'000'000, ' ') + "(1,2,3";
  CHECK(read(blanks + "\n").size() == 1);
  CHECK(read(std::string(2'000'000, '(') + "\n").size() == 1);
  CHECK(read(std::string(2'000'000, ',') + "\n").size() == 1);
  std::string many;
  for (int i = 0; i < 1'000'000; ++i) {
    many += std::to_string(i) + ".png (480,480,3)\n";
  }
  CHECK(read(many).size() == 1'000'000);
}

TEST_CASE("what is no file with lines is refused with its name", "[data]") {
  using namespace std::string_literals;
  const auto never = [](const std::string&) { return false; };
  CHECK(test::message_of<DataError>([&] { read_meta_info("/dev/zero", never); }) ==
        "/dev/zero: cannot be read: is a device, not a file");
  CHECK(test::contains(test::message_of<DataError>([] { read("a.png\n\0\0"s); }),
                       "cannot be read: line 2: holds a NUL byte"));
}

}  // namespace sr
