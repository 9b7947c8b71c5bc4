#include "data/file_list.h"

#include <sys/stat.h>

#include <filesystem>

#include "data/probe_cache.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/video.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;
using test::write_gray;

std::vector<std::string> stems(const FileList& list) {
  std::vector<std::string> names;
  for (const ImageFile& file : list.files) {
    names.push_back(file.stem);
  }
  return names;
}

}  // namespace

TEST_CASE("images are listed recursively by stem in byte order", "[data]") {
  const TempFolder folder;
  for (const char* name :
       {"b.png", "a/z.png", "B.png", "a.b.png", "a/deep/er/x.png", "\xC3\xBC.png"}) {
    write_gray(folder / name, 4, 4);
  }
  const FileList list = list_images(folder.path());
  CHECK(list.problems.empty());
  CHECK(stems(list) == std::vector<std::string>{"B", "a.b", "a/deep/er/x", "a/z", "b", "\xC3\xBC"});
  CHECK(list.files[2].path == folder / "a/deep/er/x.png");
}

TEST_CASE("content decides what an image is and other files are counted", "[data]") {
  const TempFolder folder;
  write_gray(folder / "a.png", 4, 4);
  fs::rename(folder / "a.png", folder / "noextension");
  write_gray(folder / "b.png", 4, 4);
  fs::rename(folder / "b.png", folder / "b.backup");
  folder.write("notes.txt", "hello");
  folder.write("Thumbs.db", std::string(100, '\0'));
  folder.write(".hidden.png", "not looked at");
  folder.write(".thumbnails/c.png", "not looked at");
  const FileList list = list_images(folder.path());
  CHECK(stems(list) == std::vector<std::string>{"b", "noextension"});
  CHECK(test::contains(list.left_out.text(), "3 hidden or of the system"));
  CHECK(test::contains(list.left_out.text(), "1 of other kinds (.txt 1)"));
}

TEST_CASE("previews of other programs, camera RAW and unread formats are counted", "[data]") {
  const TempFolder folder;
  for (const char* name :
       {"a.png", "@eaDir/a.png/SYNOPHOTO_THUMB_M.png", "@eaDir/b/SYNOPHOTO_THUMB_S.png",
        "x Previews.lrdata/0/c.png", "sub/#recycle/d.png"}) {
    write_gray(folder / name, 4, 4);
  }
  fs::copy_file(folder / "a.png", folder / "MVI_1.THM");
  fs::copy_file(folder / "a.png", folder / "a.NEF");  // beside a picture of its name
  folder.write("raw without ending", "FUJIFILMCCD-RAW 0201");
  folder.write("b.heic", std::string("\0\0\0\x18"
                                     "ftypheic",
                                     12));
  folder.write("c.ts", "named so");
  folder.write("._a.png", "of macOS");
  const FileList list = list_images(folder.path());
  CHECK(list.problems.empty());
  CHECK(stems(list) == std::vector<std::string>{"a"});
  for (const char* part : {"10 files", "5 previews or trash of other programs", "2 camera RAW",
                           "2 of formats that are not read", "1 hidden or of the system"}) {
    CHECK(test::contains(list.left_out.text(), part));
  }
}

TEST_CASE("an image and a video of one name are both listed", "[data][video]") {
  const TempFolder folder;
  write_gray(folder / "IMG_1.png", 4, 4);
  test::write_video(folder / "IMG_1.mkv", 2);
  const FileList both = list_images_and_videos(folder.path());
  CHECK(both.problems.empty());
  CHECK(stems(both) == std::vector<std::string>{"IMG_1", "IMG_1"});
  const FileList images = list_images(folder.path());
  CHECK(images.problems.empty());
  CHECK(test::contains(images.left_out.text(), "1 video in a set of images"));
}

TEST_CASE("pipes, sockets and loops among the files neither hang nor pass", "[data]") {
  const TempFolder folder;
  write_gray(folder / "a.png", 4, 4);
  REQUIRE(::mkfifo((folder / "pipe.png").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  fs::create_symlink(folder / "pipe", folder / "to_pipe.jpg");
  fs::create_symlink("/dev/zero", folder / "zero.tif");
  fs::create_symlink("loop.png", folder / "loop.png");
  fs::create_directory_symlink(folder.path(), folder / "again");
  const FileList list = list_images(folder.path());
  CHECK(stems(list) == std::vector<std::string>{"a"});
  REQUIRE(list.problems.size() == 4);
  for (const std::string& problem : list.problems) {
    CHECK((test::contains(problem, "is not a file") || test::contains(problem, "loop.png: ")));
  }
}

TEST_CASE("links to a folder around the root are not followed, and said", "[data]") {
  const TempFolder folder;
  write_gray(folder / "set/hr/a.png", 4, 4);
  write_gray(folder / "set/lr/b.png", 4, 4);
  write_gray(folder / "other/c.png", 4, 4);
  fs::create_directory_symlink("..", folder / "set/hr/up");
  fs::create_directory_symlink("/", folder / "set/hr/everything");
  fs::create_directory_symlink(folder / "other", folder / "set/hr/other");
  const FileList list = list_images(folder / "set/hr");
  CHECK(stems(list) == std::vector<std::string>{"a", "other/c"});
  CHECK(list.problems.empty());
  CHECK(test::contains(list.left_out.text(), "2 links to a folder around the set"));
}

TEST_CASE("file systems that the kernel makes up hold no images", "[data]") {
  const TempFolder folder;
  write_gray(folder / "a.png", 4, 4);
  fs::create_directory_symlink("/proc/self", folder / "self");
  const FileList list = list_images(folder.path());
  REQUIRE(list.problems.size() == 1);
  CHECK(test::contains(list.problems[0], "self: lies in a file system that the kernel makes up"));
  CHECK(list_images("/proc").problems.size() == 1);
}

TEST_CASE("a file that only claims to be an image stays on the list for the checks to name",
          "[data]") {
  const TempFolder folder;
  folder.write("empty.png", "");
  folder.write("text.JPG", "hello");
  CHECK(stems(list_images(folder.path())) == std::vector<std::string>{"empty", "text"});
}

TEST_CASE("two files of one stem are a problem that names both", "[data]") {
  const TempFolder folder;
  write_gray(folder / "sub/a.png", 4, 4);
  fs::copy(folder / "sub/a.png", folder / "sub/a.jpg");
  folder.write("sub/a.txt", "a caption is no second image");
  const FileList list = list_images(folder.path());
  REQUIRE(list.problems.size() == 1);
  CHECK(list.problems[0] == (folder / "sub/a.png").string() + ": has the same stem as a.jpg");
  CHECK(list.files.size() == 1);
}

TEST_CASE("a folder that is missing or is a file or holds no image is named", "[data]") {
  const TempFolder folder;
  const auto only_problem = [&](const std::string& name) {
    const FileList list = list_images(folder / name);
    REQUIRE(list.problems.size() == 1);
    return list.problems[0];
  };
  folder.write("file", "x");
  folder.write("texts/a.txt", "x");
  fs::create_directories(folder / "empty/below");
  CHECK(only_problem("missing") == (folder / "missing").string() + ": no such folder");
  CHECK(only_problem("file") == (folder / "file").string() + ": is not a folder");
  folder.write("lmdb/data.mdb", "x");
  CHECK_THAT(only_problem("lmdb"), Catch::Contains("an LMDB database, which is not read"));
  CHECK(only_problem("empty") == (folder / "empty").string() + ": the folder is empty");
  CHECK(only_problem("texts") ==
        (folder / "texts").string() +
            ": no image in it; 1 file is left out: 1 of other kinds (.txt 1); such as " +
            (folder / "texts/a.txt").string());
}

TEST_CASE("a missing folder comes with the one that is meant", "[data]") {
  const TempFolder folder;
  fs::create_directories(folder / "Data/hr");
  const auto hint = [&](const std::string& path) {
    const std::string problem = list_images((folder / path).string()).problems.at(0);
    const std::string told = (folder / path).string() + ": no such folder";
    REQUIRE(problem.starts_with(told));
    return problem.substr(told.size());
  };
  const std::string there = "; there is " + (folder / "Data/hr").string();
  for (const char* path : {"data/HR", "Data\\hr", "Data/hr ", "DATA\\Hr"}) {
    INFO(path);
    CHECK(hint(path) == there);
  }
  CHECK(hint("Data/lr").empty());
  CHECK(hint("Date/hr").empty());
}

TEST_CASE("symbolic links are followed and a loop of them ends", "[data]") {
  const TempFolder folder;
  write_gray(folder / "elsewhere/a.png", 4, 4);
  fs::create_directories(folder / "root");
  fs::create_directory_symlink(folder / "elsewhere", folder / "root/linked");
  fs::create_directory_symlink(folder / "root", folder / "root/loop");
  const FileList list = list_images(folder / "root");
  CHECK(list.problems.empty());
  CHECK(stems(list) == std::vector<std::string>{"linked/a"});
}

TEST_CASE("a broken link named like an image is a problem", "[data]") {
  const TempFolder folder;
  write_gray(folder / "a.png", 4, 4);
  fs::create_symlink(folder / "gone", folder / "b.png");
  const FileList list = list_images(folder.path());
  REQUIRE(list.problems.size() == 1);
  CHECK(test::contains(list.problems[0], "b.png: "));
}

TEST_CASE("videos are listed by name or content where they are asked for", "[data][video]") {
  const TempFolder folder;
  write_gray(folder / "root/a_1.png", 4, 4);
  test::write_video(folder / "root/b.mkv", 2);
  fs::copy_file(folder / "root/b.mkv", folder / "root/c");
  folder.write("root/broken.MP4", "no video");
  folder.write("root/notes.txt", "text");
  fs::create_symlink(folder / "gone", folder / "root/d.webm");
  const FileList both = list_images_and_videos(folder / "root");
  CHECK(stems(both) == std::vector<std::string>{"a_1", "b", "broken", "c"});
  CHECK_FALSE(both.files[0].video);
  CHECK((both.files[1].video && both.files[2].video && both.files[3].video));
  CHECK(both.left_out.count() == 1);
  REQUIRE(both.problems.size() == 1);
  CHECK(test::contains(both.problems[0], "d.webm: "));

  ProbeCache cache("");
  cache.store(folder / "root/c", {.width = 64, .height = 48, .frames = 2});
  for (const ProbeCache* known :
       {static_cast<const ProbeCache*>(nullptr), static_cast<const ProbeCache*>(&cache)}) {
    const FileList images = list_images(folder / "root", known);
    CHECK(stems(images) == std::vector<std::string>{"a_1"});
    CHECK(images.problems.empty());
  }
  CHECK(list_images_and_videos(folder / "root", &cache).files.size() == 4);
}

}  // namespace sr
