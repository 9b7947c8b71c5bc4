#include "yaml/read_yaml.h"

#include <fmt/format.h>

#include <algorithm>

#include "resolve/examples.h"
#include "support/catch.h"

using sr::settings::Node;

namespace {

Node read(const std::string& text) {
  const sr::test::TempFolder folder;
  sr::settings::Findings findings("x.yml");
  return sr::settings::read_yaml_file(folder.write("x.yml", text), findings);
}

}  // namespace

TEST_CASE("every value knows the line of its key", "[yaml]") {
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

TEST_CASE("quotes and tags decide what a scalar is", "[yaml]") {
  const Node root = read("a: '5'\nb: !!str 5\nc: !!float 5\nd: null\ne: ''\nf: &x on\ng: *x\n");
  CHECK_FALSE(root.find("a")->integer());
  CHECK_FALSE(root.find("b")->number());
  CHECK(root.find("c")->integer() == 5);
  CHECK(root.find("d")->is_null());
  CHECK(root.find("e")->is_scalar());
  CHECK(root.find("g")->boolean() == true);
}

TEST_CASE("a file that is no YAML is refused with its line", "[yaml]") {
  CHECK(sr::test::problems_of("name: x\nscale: [2\ntrain: 3\n")
            .starts_with("x.yml:3: not valid YAML: "));
  CHECK(sr::test::problems_of("a: 1\n\tname: x\n") ==
        "x.yml:2: not valid YAML: indented with a tab; YAML wants spaces");
  CHECK(sr::test::problems_of("- a\n- b\n") == "x.yml:1: expected settings as 'key: value'");
  CHECK(sr::test::problems_of("a: 1\n---\nb: 2\n") ==
        "x.yml:2: not valid YAML: a second document; a configuration is one");
  CHECK(sr::test::problems_of("[a, b]: 1\n") == "x.yml:1: not valid YAML: a key must be a word");
  CHECK(sr::test::problems_of("a: b\nfilename_tmpl: {}x4\n") ==
        "x.yml:2: not valid YAML: text that begins with {} must be in quotes: '{}x4'");
}

TEST_CASE("a line that is no key and value is named itself, not the line behind it", "[yaml]") {
  const auto problem = [](const std::string& line) {
    return sr::test::problems_of("name: x\ntrain:\n" + line + "\n\n  # more\n  ema_decay: 0\n");
  };
  CHECK(problem("  total_iter:5") ==
        "x.yml:3: not valid YAML: expected 'key: value', got no space after the colon in "
        "'total_iter:5'");
  CHECK(problem("  total_iter = 5")
            .starts_with("x.yml:3: not valid YAML: expected 'key: value', "
                         "got '=' instead of ':' in"));
  CHECK(problem("  total_iter 5").find("got no colon in 'total_iter 5'") != std::string::npos);
  CHECK(problem("  total_iter\xEF\xBC\x9A 5")
            .find(":3: not valid YAML: expected 'key: value', "
                  "got a wide colon") != std::string::npos);
  for (const char* line : {"  total_iter:\xC2\xA0"
                           "5",
                           "\xC2\xA0\xC2\xA0total_iter: 5"}) {
    INFO(line);
    CHECK(problem(line).find(":3: not valid YAML: expected 'key: value', got a no-break or wide") !=
          std::string::npos);
  }
}

TEST_CASE("what follows a whole document is told by its cause", "[yaml]") {
  for (const char* more : {"b: 2\n", "[a: [\n", "\n# more\n[a: [\n"}) {
    INFO(more);
    CHECK(sr::test::problems_of(std::string("name: x\n...\n") + more)
              .ends_with("not valid YAML: text behind '...', which ends the configuration"));
  }
  // A comment ends the text, so that the next line begins anew.
  CHECK(sr::test::problems_of("b:1  # steps\nname: x\n")
            .starts_with("x.yml:1: not valid YAML: expected 'key: value', got no space after the "
                         "colon in 'b:1"));
  CHECK(sr::test::problems_of("{name: x}\nscale: 2\n")
            .starts_with("x.yml:2: not valid YAML: what stands above is complete without this"));
  CHECK(sr::test::problems_of("a: 1\n--- # more\n{b: 2}\n").find("a second document") !=
        std::string::npos);
}

TEST_CASE("lines may end as those of an old Mac", "[yaml]") {
  const Node root = read("name: x\r# a comment\rb:\r  c: 'two\r    words'\r");
  CHECK(root.find("name")->text == "x");
  CHECK(sr::settings::find_path(root, "b.c")->text == "two words");
  CHECK(sr::settings::line_of(root, "b.c") == 4);
  CHECK(read("a: 1\r\nb: 2\r\n").find("b")->integer() == 2);
  CHECK(sr::test::problems_of("a: 1\rb: c: d\r").starts_with("x.yml:2: not valid YAML: a second"));
}

TEST_CASE("a mistake far above the line that shows it is found without going over all again",
          "[yaml]") {
  const std::string blank(400'000, '\n');
  CHECK(sr::test::problems_of("name: x\n" + blank + "total_iter:5\n" + blank + "scale: 2\n") ==
        "x.yml:400002: not valid YAML: expected 'key: value', got no space after the colon in "
        "'total_iter:5'");
}

TEST_CASE("common mistakes of YAML are told in words", "[yaml]") {
  CHECK(sr::test::problems_of("name: a: b\n") ==
        "x.yml:1: not valid YAML: a second ': '; a value that holds one must be in quotes");
  for (const char* text : {"name: @x\n", "name: %x\n", "name: `x`\n"}) {
    INFO(text);
    CHECK(sr::test::problems_of(text) ==
          "x.yml:1: not valid YAML: text that begins with @, ` or % must be in quotes");
  }
  CHECK(sr::test::problems_of("train:\n    a: 1\n  b: 2\n")
            .starts_with("x.yml:3: not valid YAML: the line is no key of the section above"));
  CHECK(sr::test::problems_of("name: x\n  scale: 2\n")
            .starts_with("x.yml:2: not valid YAML: a key where none can stand"));
  for (const char* text : {"train: {a: 1\nb: 2\n", "train: {a: 1 b: 2}\n", "a: [1\nb: 2\n"}) {
    INFO(text);
    CHECK(sr::test::problems_of(text).ends_with(
        "not valid YAML: a { or [ that begins here or above lacks a comma, or its end"));
  }
}

TEST_CASE("quotes that are not closed are told where they begin", "[yaml]") {
  for (const char* text : {"a: 1\nname: \"x\nscale: 2\n", "a: 1\nname: 'x''\nscale: 2\n",
                           "a: 1\nname: \"x\\\"\n", "a: 1\n\"name: x\n"}) {
    INFO(text);
    CHECK(sr::test::problems_of(text) ==
          "x.yml:2: not valid YAML: quotes that begin here are not closed");
  }
  CHECK(read("a: 'it''s'\n").find("a")->text == "it's");
  CHECK(read("a: \"x\\\"\"\n").find("a")->text == "x\"");
  CHECK(read("a: \"x\"  # '\n").find("a")->text == "x");
}

TEST_CASE("what is said of a line is not taken from its comment or its value", "[yaml]") {
  // What is wrong is the second line's indentation.
  for (const char* text :
       {"name: x\n  a: 1  # legal: 2\n", "name: x\n  a: {b: 1, c: \"d: e\"}\n",
        "name: x  # \xE3\x80\x80 and \xC2\xA0\n  a: 1\n", "name: it's # wide\xC2\xA0\n  a: 1\n",
        "name: 'x # y'\n  a: '{b: 1'\n"}) {
    INFO(text);
    const std::string problem = sr::test::problems_of(text);
    CHECK(problem.starts_with("x.yml:2: "));
    CHECK(problem.ends_with("a key is indented as its neighbours are"));
  }
  CHECK_THAT(sr::test::problems_of("name: \"C:\\data\"\n"),
             Catch::Contains("x.yml:1: not valid YAML: a backslash between double quotes"));
  CHECK(sr::test::problems_of("name: 'a: b': c\n").find("a second ': '") != std::string::npos);
  CHECK(sr::test::problems_of("scale 2  # a: b\nname: x\n") ==
        "x.yml:1: not valid YAML: expected 'key: value', got no colon in 'scale 2'");
  CHECK(sr::test::problems_of("name: x\nscale 2  # a: b\nb: 1\n") ==
        "x.yml:2: not valid YAML: expected 'key: value', got no colon in 'scale 2'");
}

TEST_CASE("a file that cannot be read is named with the reason", "[yaml]") {
  const sr::test::TempFolder folder;
  CHECK_THROWS_WITH(sr::load_config(folder / "none.yml", {}),
                    Catch::Contains("none.yml: No such file or directory"));
  CHECK_THROWS_WITH(sr::load_config(folder.path(), {}), Catch::Contains("Is a directory"));
}

TEST_CASE("a comma is no document without end", "[yaml]") {
  for (const char* text : {",", ",,,,", "a: 1\n...\n,"}) {
    INFO(text);
    CHECK(sr::test::problems_of(text).find("',' belongs to nothing before it") !=
          std::string::npos);
  }
  for (const char* text : {"]", "}", "[]\n]", "a: [}", "{a: ]}"}) {
    INFO(text);
    CHECK(sr::test::problems_of(text).find("not valid YAML: illegal flow end") !=
          std::string::npos);
  }
}

TEST_CASE("a file without settings is told so once", "[yaml]") {
  for (const char* text : {"", "\n\n", "# nothing yet\n", "---\n", "~\n", "null", "\xEF\xBB\xBF"}) {
    INFO(text);
    CHECK(sr::test::problems_of(text) == "x.yml: holds no settings");
  }
}

TEST_CASE("a file in another encoding is read or told to be", "[yaml]") {
  using namespace std::string_literals;
  CHECK(read("\xEF\xBB\xBF"
             "a: 1\r\nb: 2\r\n")
            .find("b")
            ->integer() == 2);
  CHECK(read("\xFF\xFE"
             "a\0:\0 \0\x31\0"s)
            .find("a")
            ->integer() == 1);
  CHECK(sr::test::problems_of("a: 1\nb: \0\n"s).find("x.yml: line 2: holds a NUL byte") !=
        std::string::npos);
  CHECK(sr::test::problems_of("a: 1\nb: caf\xe9\n").find("x.yml: line 2: byte 0xe9 is not UTF-8") !=
        std::string::npos);
  CHECK(sr::test::problems_of("a: \"x\\0y\"\n") ==
        "x.yml:1: not valid YAML: a value with a NUL character");
}

TEST_CASE("merge keys add what a section does not say itself", "[yaml]") {
  const Node root = read(
      "base: &b {x: 1, y: 2}\n"
      "more: &m\n"
      "  y: 3\n"
      "  z: 3\n"
      "one: {<<: *b, x: 9}\n"
      "two:\n"
      "  <<: [*m, *b]\n"
      "  z: ~\n"
      "none: {<<: ~, x: 1}\n"
      "'<<': text\n");
  CHECK(sr::settings::find_path(root, "one.x")->integer() == 9);
  CHECK(sr::settings::find_path(root, "one.y")->integer() == 2);
  CHECK(sr::settings::find_path(root, "one.<<") == nullptr);
  CHECK(sr::settings::find_path(root, "two.x")->integer() == 1);
  CHECK(sr::settings::find_path(root, "two.y")->integer() == 3);
  CHECK(sr::settings::line_of(root, "two.y") == 3);
  CHECK(sr::settings::find_path(root, "two.z")->is_null());
  CHECK(sr::settings::find_path(root, "none.x")->integer() == 1);
  CHECK(root.find("<<")->text == "text");
  CHECK(sr::test::problems_of("a:\n  <<: 3\n") ==
        "x.yml:2: not valid YAML: '<<' takes a section or a list of sections");
}

TEST_CASE("a template at the top is known by its aliases", "[yaml]") {
  const std::string rest =
      "name: run\nscale: 2\ndatasets:\n  train:\n    <<: *t\n    type: pairedimagedataset\n"
      "    dataroot_gt: hr\n    dataroot_lq: lr\nnetwork_g: {type: compact}\n"
      "train: {total_iter: 1}\n";
  CHECK_FALSE(
      sr::test::load_text("common: &t {use_hflip: false}\n" + rest).config.train_set.use_hflip);
  CHECK(sr::test::load_text("x: {deep: [&t {lq_size: 40}]}\n" + rest).config.train_set.lq_size ==
        40);
  CHECK(sr::test::problems_of("common: &u {use_hflip: false}\nother: &t {lq_size: 40}\n" + rest)
            .starts_with("x.yml:1: common: unknown key"));
  // What a template says is checked where it is used, and told with the template's line.
  CHECK(sr::test::problems_of("common: &t\n  use_flp: 1\n" + rest) ==
        "x.yml:2: datasets.train.use_flp: unknown key; nearest: datasets.train.use_hflip");
}

TEST_CASE("aliases that multiply without end are refused", "[yaml]") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
                        i - 1);
  }
  CHECK(sr::test::problems_of(bomb).find("values, those that aliases repeat counted") !=
        std::string::npos);
  std::string text = "t: &t " + std::string(100'000, 'x') + "\nl:\n";
  for (int i = 0; i < 200; ++i) {
    text += "- *t\n";
  }
  CHECK(sr::test::problems_of(text).find("bytes of text, what aliases repeat counted") !=
        std::string::npos);
  CHECK(sr::test::problems_of("a: &a [*a]\n") ==
        "x.yml:1: not valid YAML: an alias within its own anchor");
}

TEST_CASE("a text is bounded in depth, keys, values and bytes", "[yaml]") {
  std::string deep = "a:\n";
  for (int i = 1; i < 70; ++i) {
    deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  }
  CHECK(sr::test::problems_of(deep).find("nested more than 64 deep") != std::string::npos);
  std::string nested = "a: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    nested += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  }
  CHECK(sr::test::problems_of(nested).find("nested more than 64 deep") != std::string::npos);
  std::string keys;
  for (int i = 0; i < 99'000; ++i) {
    keys += fmt::format("k{}: 1\n", i);
  }
  CHECK(sr::test::problems_of(keys) ==
        "x.yml:1001: not valid YAML: more than 1000 keys in one section");
  std::string values = "a: [";
  for (int i = 0; i < 210'000; ++i) {
    values += i % 100 == 0 ? "\n x," : "x,";
  }
  CHECK(sr::test::problems_of(values + "]").find("more than 200000 values") != std::string::npos);
  CHECK(sr::test::problems_of("# " + std::string(std::size_t{16} << 20, 'x'))
            .find("x.yml: holds more than 4.0 MiB") != std::string::npos);
}

TEST_CASE("what keys and files are called reaches messages as printable text", "[yaml]") {
  CHECK(sr::test::problems_of(sr::test::kSmallest + "\"a\\e[31m\\nb\": 1\n")
            .starts_with("x.yml:11: a\\x1b[31m\\nb: unknown key"));
  CHECK(sr::test::problems_of(sr::test::kSmallest + "use_amp: \"\\a\\r\"\n") ==
        "x.yml:11: use_amp: expected true or false, got the text '\\x07\\r' (in quotes)");
  const sr::test::TempFolder folder;
  CHECK_THROWS_WITH(sr::load_config(folder / "a\x1b]b\n", {}), Catch::Contains("a\\x1b]b\\n: No"));
  const std::string problem =
      sr::test::problems_of(sr::test::kSmallest + std::string(900, 'k') + ": 1\n");
  CHECK(problem.find(std::string(200, 'k') + "...: unknown key") != std::string::npos);
  CHECK(problem.find(std::string(201, 'k')) == std::string::npos);
}

TEST_CASE("many problems are told up to a hundred", "[yaml]") {
  std::string text = sr::test::kSmallest;
  for (int i = 0; i < 300; ++i) {
    text += fmt::format("zzzzzzzzzzzz{}: 1\n", i);
  }
  const std::string problems = sr::test::problems_of(text);
  CHECK(std::count(problems.begin(), problems.end(), '\n') == 100);
  CHECK(problems.ends_with("\nand 200 more problems"));
}
