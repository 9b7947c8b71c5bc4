#include "data/good_files.h"

#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {

TEST_CASE("a file is known to be good only in the state that it was found in", "[data]") {
  GoodFiles files(std::chrono::nanoseconds(0));
  const InodeStamp stamp{{1000, 5}, 6};
  CHECK(!files.contains("a", stamp));
  files.add("a", stamp);
  CHECK(files.contains("a", stamp));
  CHECK(!files.contains("b", stamp));
  CHECK(!files.contains("a", {{1001, 5}, 6}));
  CHECK(!files.contains("a", {{1000, 6}, 6}));
  CHECK(!files.contains("a", {{1000, 5}, 7}));
  files.add("a", {{1000, 5}, 7});
  CHECK(files.contains("a", {{1000, 5}, 7}));
}

TEST_CASE("a file that has just been written is not known to be good", "[data]") {
  const test::TempFolder folder;
  const std::string file = folder.write("a", "bytes").string();
  const InodeStamp stamp = *inode_stamp_of(file);
  GoodFiles files(std::chrono::hours(1));
  files.add(file, stamp);
  CHECK(!files.contains(file, stamp));
  InodeStamp old = stamp;
  old.file.modified_ns -= std::chrono::nanoseconds(std::chrono::hours(2)).count();
  files.add(file, old);  // a copy that brought its time of change along
  CHECK(!files.contains(file, old));
  old.changed_ns = old.file.modified_ns;
  files.add(file, old);
  CHECK(files.contains(file, old));
}

}  // namespace sr
