#include "data/pairing.h"

#include "data/test_images.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::TempFolder;
using test::write_gray;

DatasetConfig config_of(const TempFolder& folder, const std::vector<std::string>& gt = {"gt"},
                        const std::vector<std::string>& lq = {"lq"}) {
  DatasetConfig config;
  for (const std::string& root : gt) {
    config.dataroot_gt.push_back((folder / root).string());
  }
  for (const std::string& root : lq) {
    config.dataroot_lq.push_back((folder / root).string());
  }
  return config;
}

void write_all(const TempFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    write_gray(folder / name, 4, 4);
  }
}

std::vector<std::string> stems(const Pairing& pairing) {
  std::vector<std::string> names;
  for (const ImagePair& pair : pairing.pairs) {
    names.push_back(pair.stem);
  }
  return names;
}

}  // namespace

TEST_CASE("pairs are matched by stem below their roots whatever their extensions", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/b.png", "gt/sub/a.png", "lq/sub/a.jpg", "lq/b.webp"});
  const Pairing pairing = pair_files(config_of(folder), true);
  CHECK(pairing.problems.empty());
  CHECK(stems(pairing) == std::vector<std::string>{"b", "sub/a"});
  CHECK(pairing.pairs[1].gt == folder / "gt/sub/a.png");
  CHECK(pairing.pairs[1].lq == folder / "lq/sub/a.jpg");
}

TEST_CASE("problems of several roots are told in the order of the roots", "[data]") {
  const TempFolder folder;
  const Pairing pairing = pair_files(config_of(folder, {"g1", "g2"}, {"l1", "l2"}), true);
  const auto missing = [&](const char* key, const char* root) {
    return std::string(key) + ": " + (folder / root).string() + ": no such folder";
  };
  CHECK(pairing.problems ==
        std::vector<std::string>{missing("dataroot_gt", "g1"), missing("dataroot_lq", "l1"),
                                 missing("dataroot_gt", "g2"), missing("dataroot_lq", "l2")});
}

TEST_CASE("several roots are matched by position and may share stems", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt1/z.png", "lq1/z.png", "gt2/a.png", "gt2/z.png", "lq2/a.png", "lq2/z.png"});
  const Pairing pairing = pair_files(config_of(folder, {"gt1", "gt2"}, {"lq1", "lq2"}), true);
  CHECK(pairing.problems.empty());
  CHECK(stems(pairing) == std::vector<std::string>{"1/z", "2/a", "2/z"});
  CHECK(pairing.pairs[0].lq == folder / "lq1/z.png");
  CHECK(pairing.pairs[2].lq == folder / "lq2/z.png");
}

TEST_CASE("filename_tmpl makes the LQ name from the last part of the GT stem", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/sub/a.png", "lq/sub/ax4.png"});
  DatasetConfig config = config_of(folder);
  config.filename_tmpl = "{}x4";
  const Pairing pairing = pair_files(config, true);
  CHECK(pairing.problems.empty());
  REQUIRE(pairing.pairs.size() == 1);
  CHECK(pairing.pairs[0].stem == "sub/a");
  CHECK(pairing.pairs[0].lq == folder / "lq/sub/ax4.png");
}

TEST_CASE("images without a partner are named on both sides", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/a.png", "gt/b.png", "lq/b.png", "lq/c.png", "lq/d.png"});
  const Pairing pairing = pair_files(config_of(folder), true);
  CHECK(stems(pairing) == std::vector<std::string>{"b"});
  const std::string gt = (folder / "gt").string();
  const std::string lq = (folder / "lq").string();
  CHECK(pairing.problems ==
        std::vector<std::string>{gt + ": 1 image without a partner in " + lq + ": a",
                                 lq + ": 2 images without a partner in " + gt + ": c, d"});
}

TEST_CASE("a long list of lonely images is cut at twenty with a count", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/x.png", "lq/x.png"});
  for (int i = 10; i < 33; ++i) {
    write_gray(folder / ("gt/" + std::to_string(i) + ".png"), 4, 4);
  }
  const Pairing pairing = pair_files(config_of(folder), true);
  REQUIRE(pairing.problems.size() == 1);
  CHECK(test::contains(pairing.problems[0], "23 images"));
  CHECK(test::contains(pairing.problems[0], ": 10, 11, "));
  CHECK(test::contains(pairing.problems[0], ", 29 and 3 more"));
}

TEST_CASE("every missing or empty root is reported under its key", "[data]") {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "lq");
  const Pairing pairing = pair_files(config_of(folder), true);
  CHECK(pairing.pairs.empty());
  CHECK(pairing.problems ==
        std::vector<std::string>{
            "dataroot_gt: " + (folder / "gt").string() + ": no such folder",
            "dataroot_lq: " + (folder / "lq").string() + ": the folder is empty"});
}

TEST_CASE("images are not told to lack partners in a folder that is missing", "[data]") {
  const TempFolder folder;
  write_gray(folder / "lq/a.png", 4, 4);
  const auto problems = [&] { return pair_files(config_of(folder), true).problems; };
  CHECK(problems() ==
        std::vector<std::string>{"dataroot_gt: " + (folder / "gt").string() + ": no such folder"});
  std::filesystem::create_directories(folder / "gt");
  CHECK(problems() == std::vector<std::string>{"dataroot_gt: " + (folder / "gt").string() +
                                               ": the folder is empty"});
}

TEST_CASE("GT alone needs no partner", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/a.png", "gt/b.png"});
  const Pairing pairing = pair_files(config_of(folder, {"gt"}, {}), false);
  CHECK(pairing.problems.empty());
  CHECK(stems(pairing) == std::vector<std::string>{"a", "b"});
  CHECK(pairing.pairs[0].lq.empty());
}

TEST_CASE("meta_info selects pairs and its order does not matter", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/a.png", "gt/b.png", "gt/c.png", "gt/unused.png", "lq/a.png", "lq/bx.png",
                     "lq/c.png"});
  DatasetConfig config = config_of(folder);
  config.meta_info = folder.write("meta.txt", "c.png (4,4,3)\nb.png, bx.png\na\n").string();
  const Pairing pairing = pair_files(config, true);
  CHECK(pairing.problems.empty());
  CHECK(stems(pairing) == std::vector<std::string>{"a", "b", "c"});
  CHECK(pairing.pairs[1].lq == folder / "lq/bx.png");
}

TEST_CASE("each wrong line of meta_info is reported with its number", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/a.png", "gt/b.png", "lq/a.png"});
  DatasetConfig config = config_of(folder);
  config.meta_info = folder.write("meta.txt", "a\nmissing\nb\na.png\n").string();
  const Pairing pairing = pair_files(config, true);
  REQUIRE(pairing.problems.size() == 3);
  CHECK(test::contains(pairing.problems[0], "meta.txt:2: no GT image 'missing'"));
  CHECK(test::contains(pairing.problems[1], "meta.txt:3: no LQ image 'b'"));
  CHECK(test::contains(pairing.problems[2], "meta.txt:4: 'a.png' is named twice"));
}

TEST_CASE("wrong lines of meta_info get a hint and are told up to twenty", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/sub/a.png"});
  DatasetConfig config = config_of(folder, {"gt"}, {});
  std::string lines = "a.png\n..\\gt\\a.png\nsub\\a.png\n";
  for (int i = 0; i < 30; ++i) {
    lines += "x" + std::to_string(i) + "\n";
  }
  config.meta_info = folder.write("meta.txt", lines).string();
  const Pairing pairing = pair_files(config, false);
  CHECK(stems(pairing) == std::vector<std::string>{"sub/a"});
  REQUIRE(pairing.problems.size() == 21);
  CHECK(test::contains(pairing.problems[0], "meta.txt:1: no GT image 'a.png' in "));
  CHECK(pairing.problems[0].ends_with("; there is 'sub/a'"));
  CHECK(pairing.problems[1].ends_with("; it leaves the folder"));
  CHECK(pairing.problems[2].ends_with("; names there are like 'sub/a'"));
  CHECK(pairing.problems[20].ends_with("meta.txt: 12 more such lines"));
}

TEST_CASE("images that another template would pair are told so", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/0801.png", "gt/0802.png", "lq/0801x2.png", "lq/0802x2.png"});
  const Pairing pairing = pair_files(config_of(folder), true);
  REQUIRE(pairing.problems.size() == 2);
  CHECK(pairing.problems[1].ends_with("; filename_tmpl: '{}x2' would pair them"));
}

TEST_CASE("meta_info finds an image in whichever root holds it", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt1/a.png", "lq1/a.png", "gt2/b.png", "lq2/b.png"});
  DatasetConfig config = config_of(folder, {"gt1", "gt2"}, {"lq1", "lq2"});
  config.meta_info = folder.write("meta.txt", "b\na\n").string();
  CHECK(stems(pair_files(config, true)) == std::vector<std::string>{"1/a", "2/b"});
  config.meta_info = (folder / "gone.txt").string();
  CHECK(test::contains(pair_files(config, true).problems.at(0), "gone.txt: cannot be read"));
}

TEST_CASE("files that are no images are said, once per root and from the first on", "[data]") {
  const TempFolder folder;
  write_all(folder, {"gt/a.png"});
  CHECK(pair_files(config_of(folder, {"gt"}, {}), false).warnings.empty());
  folder.write("gt/b.heic", "x");
  folder.write("gt/c.gif", "x");
  const Pairing pairing = pair_files(config_of(folder, {"gt"}, {}), false);
  REQUIRE(pairing.warnings.size() == 1);
  CHECK(
      test::contains(pairing.warnings[0],
                     "gt: 2 files are left out: 2 of formats that are not read (.gif 1, .heic 1); "
                     "such as "));
}

}  // namespace sr
