#include "data/name_index.h"

#include <filesystem>
#include <initializer_list>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

NameIndex index_of(const std::string& root, std::initializer_list<const char*> stems) {
  std::vector<ImageFile> files;
  for (const char* stem : stems) {
    files.push_back({stem, root + "/" + stem + ".png"});
  }
  return {root, std::move(files)};
}

std::string found(const NameIndex& index, const std::string& name) {
  const auto file = index.find(name);
  return file ? index.files()[*file].stem : "none";
}

}  // namespace

TEST_CASE("a list names an image in the ways that people write", "[data]") {
  const NameIndex index = index_of("data/hr", {"0001", "sub/0002", "v1.0/a"});
  for (const char* name :
       {"0001", "0001.png", "0001.PNG", "./0001.png", ".\\0001.png", "sub/../0001.png",
        "data/hr/0001.png", "./data/hr/0001", "\"0001.png\"", "'0001.png'"}) {
    INFO(name);
    CHECK(found(index, name) == "0001");
  }
  for (const char* name : {"sub/0002", "sub\\0002.png", "sub//0002.png", "./sub/./0002.png",
                           "data\\hr\\sub\\0002.png"}) {
    INFO(name);
    CHECK(found(index, name) == "sub/0002");
  }
  CHECK(found(index, "v1.0/a") == "v1.0/a");
  CHECK(found(index, "v1.0/a.png") == "v1.0/a");
}

TEST_CASE("a list may name images by absolute paths, through a link to the root too", "[data]") {
  const test::TempFolder folder;
  std::filesystem::create_directories(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "link");
  const std::filesystem::path real = std::filesystem::canonical(folder / "real");
  const NameIndex index = index_of((folder / "link").string(), {"a"});
  CHECK(found(index, (folder / "link/a.png").string()) == "a");
  CHECK(found(index, (real / "a.png").string()) == "a");
  CHECK(found(index, (real / "../a.png").string()) == "none");
  CHECK(found(index, "/elsewhere/a.png") == "none");
}

TEST_CASE("a stem is found wherever the guess is", "[data]") {
  const NameIndex index = index_of("data/hr", {"a", "b", "c"});
  for (const std::size_t guess : {0U, 1U, 2U, 3U, 9U}) {
    CHECK(index.position("a", guess) == 0U);
    CHECK(index.position("c", guess) == 2U);
    CHECK_FALSE(index.position("bb", guess));
  }
  CHECK_FALSE(index_of("data/hr", {}).position("a"));
}

TEST_CASE("a name that leaves the root names nothing", "[data]") {
  const NameIndex index = index_of("data/hr", {"a", "etc/passwd"});
  for (const char* name : {"../hr/a.png", "..\\a.png", "sub/../../a.png", "../../../etc/passwd",
                           "data/hr/../a.png", "..", "/etc/passwd", ""}) {
    INFO(name);
    CHECK(found(index, name) == "none");
  }
  CHECK(index.hint("../a.png") == "; it leaves the folder");
  CHECK(index.hint("sub\\..\\..\\a.png") == "; it leaves the folder");
}

TEST_CASE("a name that is not there gets the cause", "[data]") {
  const NameIndex index = index_of("data/hr", {"Train_01", "caf\u00e9", "sub/0002"});
  CHECK(index.hint("0002.png") == "; there is 'sub/0002'");
  CHECK(index.hint("C:\\photos\\0002.png") == "; there is 'sub/0002'");
  CHECK(index.hint("/mnt/set/0002.png") == "; there is 'sub/0002'");
  CHECK(index.hint("train_01.png") ==
        "; there is 'Train_01', which differs in capital letters alone");
  CHECK(index.hint("cafe\u0301.png") ==
        "; there is 'caf\u00e9', which differs in its Unicode form (NFC or NFD) alone");
  CHECK(index.hint("# list of images") == "; names there are like 'Train_01'");
  CHECK(index_of("data/hr", {}).hint("a").empty());
}

TEST_CASE("only the last part of a name loses its extension", "[data]") {
  CHECK(without_extension("a.png") == "a");
  CHECK(without_extension("v1.0/a") == "v1.0/a");
  CHECK(without_extension("v1.0/a.b.png") == "v1.0/a.b");
  CHECK(without_extension(".a") == ".a");
  CHECK(last_part("a/b/c") == "c");
  CHECK(last_part("c") == "c");
}

}  // namespace sr
