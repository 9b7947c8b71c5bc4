#include "checkpoint/experiment_pictures.h"

#include <set>
#include <string>

#include "support/catch.h"
#include "support/temp_folder.h"

using sr::test::TempFolder;

namespace {

std::set<std::string> files_in(const TempFolder& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (entry.is_regular_file()) {
      names.insert(entry.path().lexically_relative(folder.path()).string());
    }
  }
  return names;
}

}  // namespace

TEST_CASE("pictures of the newest validations stay", "[checkpoint]") {
  const TempFolder folder;
  for (const char* name : {"a_5.png", "a_10.png", "sub/b_1_10.png", "a_100.png", "a_5000.png",
                           "mine.png", "a_7.txt", "a_x.png"}) {
    folder.write(name, "x");
  }
  sr::prune_pictures(folder.path(), 100, 2);
  // 5000 is later than this run is, and the last three are no pictures of a step.
  const std::set<std::string> kept{"a_10.png", "sub/b_1_10.png", "a_100.png", "a_5000.png",
                                   "mine.png", "a_7.txt",        "a_x.png"};
  CHECK(files_in(folder) == kept);
  sr::prune_pictures(folder.path(), 100, 2);
  CHECK(files_in(folder) == kept);
  CHECK_NOTHROW(sr::prune_pictures(folder / "missing", 100, 1));
}

TEST_CASE("pictures that a kill left half written are removed", "[checkpoint]") {
  const TempFolder folder;
  folder.write("val/a_5.png", "x");
  folder.write("val/sub/a_10.png.sr-tmp", "x");
  sr::remove_unfinished_pictures(folder.path());
  CHECK(files_in(folder) == std::set<std::string>{"val/a_5.png"});
  CHECK_NOTHROW(sr::remove_unfinished_pictures(folder / "missing"));
}
