#include "config/names.h"

#include <fmt/format.h>

#include "resolve/examples.h"
#include "support/catch.h"

using sr::settings::names_folder;
using sr::test::problems_of;
using sr::test::problems_with;

namespace {

/// What is wrong with the name of a second validation set, when the first is called "Val".
std::string problem_of_name(const std::string& quoted) {
  const std::string set = "type: singlegtdataset, dataroot_gt: v";
  const std::string text = fmt::format(
      "name: run\nscale: 2\ndatasets:\n  train: {{{0}}}\n  val: {{name: Val, {0}}}\n"
      "  val_1: {{name: {1}, {0}}}\nnetwork_g: {{type: compact}}\ntrain: {{total_iter: 1}}\n",
      set, quoted);
  return problems_of(text);
}

}  // namespace

TEST_CASE("a name of a folder has no way out of its parent", "[resolve]") {
  for (const char* name : {"a", "run 2", "..a", "a..", "写真", "-x", "a\\b", "~", "CON", "a:b"}) {
    INFO(name);
    CHECK(names_folder(name));
  }
  for (const char* name : {"", ".", "..", "/", "a/b", "/abs", "../../x", "a\nb", "a\x1b[m", "a\x7f",
                           "caf\xe9", "a\u202eb", "\u2028"}) {
    INFO(name);
    CHECK_FALSE(names_folder(name));
  }
  CHECK(names_folder(std::string(200, 'a')));
  CHECK_FALSE(names_folder(std::string(201, 'a')));
}

TEST_CASE("the run's name is such a name", "[resolve]") {
  CHECK(problems_of(sr::test::kSmallest, {"name=.."}) ==
        "--set: name: expected text that can name a folder, got '..'");
  CHECK(problems_of(sr::test::kSmallest, {"name=\"a\\eb\""}).find("got the text 'a\\x1bb'") !=
        std::string::npos);
}

TEST_CASE("of a name that is too long the length is said", "[resolve]") {
  const std::string name(250, 'a');
  const std::string problem = problems_of(sr::test::kSmallest, {"name=" + name});
  CHECK(
      problem.starts_with("--set: name: expected text of at most 200 bytes that can name a "
                          "folder, got 250 bytes: 'aaaa"));
  CHECK(problem_of_name(name).starts_with(
      "x.yml:6: datasets.val_1.name: expected text of at most 200 bytes"));
}

TEST_CASE("validation sets have names that their folders can have", "[resolve]") {
  CHECK(problem_of_name("v2").empty());
  for (const char* name : {"../../x", "/tmp/x", "..", "a/b", "\"a\\nb\"", "\"\\e[2J\"", "''"}) {
    INFO(name);
    CHECK(problem_of_name(name).starts_with(
        "x.yml:6: datasets.val_1.name: expected text that can name a folder, got "));
  }
}

TEST_CASE("no two validation sets have one name", "[resolve]") {
  CHECK(problem_of_name("Val") ==
        "x.yml:6: datasets.val_1.name: 'Val' is the name of datasets.val too; scores and pictures "
        "are told apart by it");
  CHECK(problem_of_name("vAL").find("'vAL' is the name of datasets.val too but for case or Unicode "
                                    "form") != std::string::npos);
  // The key is the name when there is none.
  CHECK(problems_with("").empty());
  CHECK(problem_of_name("val_1").empty());
  CHECK(problems_of("name: run\nscale: 2\ndatasets:\n"
                    "  train: {type: singlegtdataset, dataroot_gt: v}\n"
                    "  val: {type: singlegtdataset, dataroot_gt: v, name: val_2}\n"
                    "  val_2: {type: singlegtdataset, dataroot_gt: v}\n"
                    "network_g: {type: compact}\ntrain: {total_iter: 1}\n")
            .starts_with("x.yml:6: datasets.val_2.name: 'val_2' is the name of datasets.val too"));
}
