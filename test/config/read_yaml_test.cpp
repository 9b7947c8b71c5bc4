#include "config/read_yaml.h"

#include <fmt/format.h>

#include "config/examples.h"
#include "support/catch.h"

using sr::settings::Node;

namespace {

Node read(const std::string& text) {
  const sr::test::TempFolder folder;
  sr::settings::Findings findings("x.yml");
  return sr::settings::read_yaml_file(folder.write("x.yml", text), findings);
}

}  // namespace

TEST_CASE("every value knows the line of its key", "[config]") {
  const Node root = read("a: 1\nb:\n  c:\n    - x\n    - {d: 2}\n");
  CHECK(sr::settings::line_of(root, "a") == 1);
  CHECK(sr::settings::line_of(root, "b.c") == 3);
  CHECK(sr::settings::line_of(root, "b.c.1.d") == 5);
  CHECK(sr::settings::line_of(root, "b.c.7.d") == 3);
  CHECK(sr::settings::line_of(root, "b.missing") == 2);
  CHECK(sr::settings::line_of(root, "missing") == 1);
  CHECK(sr::settings::find_path(root, "b.c.0")->text == "x");
  CHECK(sr::settings::find_path(root, "b.c.x") == nullptr);
}

TEST_CASE("quotes and tags decide what a scalar is", "[config]") {
  const Node root = read("a: '5'\nb: !!str 5\nc: !!float 5\nd: null\ne: ''\nf: &x on\ng: *x\n");
  CHECK_FALSE(root.find("a")->integer());
  CHECK_FALSE(root.find("b")->number());
  CHECK(root.find("c")->integer() == 5);
  CHECK(root.find("d")->is_null());
  CHECK(root.find("e")->is_scalar());
  CHECK(root.find("g")->boolean() == true);
}

TEST_CASE("a file that is no YAML is refused with its line", "[config]") {
  CHECK(sr::test::problems_of("name: x\nscale: [2\ntrain: 3\n")
            .starts_with("x.yml:3: not valid YAML: "));
  CHECK(sr::test::problems_of("\tname: x\n").starts_with("x.yml:1: not valid YAML: "));
  CHECK(sr::test::problems_of("- a\n- b\n") == "x.yml:1: expected settings as 'key: value'");
  CHECK(sr::test::problems_of("a: 1\n---\nb: 2\n") ==
        "x.yml:3: a second document; a configuration is one");
  CHECK(sr::test::problems_of("[a, b]: 1\n") == "x.yml:1: not valid YAML: a key must be a word");
}

TEST_CASE("a file that cannot be read is named with the reason", "[config]") {
  const sr::test::TempFolder folder;
  CHECK_THROWS_WITH(sr::load_config(folder / "none.yml", {}),
                    Catch::Contains("none.yml: No such file or directory"));
  CHECK_THROWS_WITH(sr::load_config(folder.path(), {}), Catch::Contains("Is a directory"));
}

TEST_CASE("aliases that multiply without end are refused", "[config]") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
                        i - 1);
  }
  CHECK(sr::test::problems_of(bomb).find("aliases nested too deeply") != std::string::npos);
}
