#include "data/pairs.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/probe_cache.h"
#include "data/test_images.h"
#include "support/catch.h"
#include "support/shared_data.h"

namespace sr {
namespace {

using test::contains;
using test::message_of;
using test::TempFolder;
using test::write_gray;

DatasetConfig paired(const TempFolder& folder, const std::string& key = "train") {
  DatasetConfig config;
  config.key = key;
  config.name = "Tiny";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(folder / "gt").string()};
  config.dataroot_lq = {(folder / "lq").string()};
  config.lq_size = 4;  // no image here is smaller
  return config;
}

DatasetConfig single(const TempFolder& folder, const std::string& key = "train") {
  DatasetConfig config = paired(folder, key);
  config.type = "singlegtdataset";
  config.dataroot_lq.clear();
  return config;
}

std::vector<ImagePair> pairs_with_sides(const std::vector<int>& sides) {
  std::vector<ImagePair> pairs;
  for (const int side : sides) {
    ImagePair pair;
    pair.lq_width = side;
    pair.lq_height = side + 7;
    pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

TEST_CASE("a paired set is listed with the sides of its LQ images", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 40, 20);
  write_gray(folder / "lq/a.png", 20, 10);
  const PairList list = list_pairs(paired(folder), 2);
  REQUIRE(list.pairs.size() == 1);
  CHECK(list.warnings.empty());
  CHECK(list.pairs[0].stem == "a");
  CHECK(list.pairs[0].lq_width == 20);
  CHECK(list.pairs[0].lq_height == 10);
}

TEST_CASE("a file that the cache knows is not opened again unless every pixel is asked for",
          "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 40, 20);
  write_gray(folder / "gt/unusual_name", 40, 20);
  ProbeCache cache("");
  CHECK(list_pairs(single(folder), 2, {.cache = &cache}).pairs.size() == 2);
  CHECK(cache.find(folder / "gt/a.png") == ProbeCache::Entry{.width = 40, .height = 20});
  CHECK(cache.find(folder / "gt/unusual_name"));

  cache.store(folder / "gt/a.png", {.width = 400, .height = 200});  // shows who was asked
  cache.store(folder.write("gt/b", "no image"), {.width = 8, .height = 8});
  const PairList known = list_pairs(single(folder), 2, {.cache = &cache});
  REQUIRE(known.pairs.size() == 3);
  CHECK(known.pairs[0].lq_width == 200);
  const PairList decoded = list_pairs(single(folder), 2, {.deep = true, .cache = &cache});
  REQUIRE(decoded.pairs.size() == 2);
  CHECK(decoded.pairs[0].lq_width == 20);
  CHECK(cache.find(folder / "gt/a.png")->width == 40);
}

TEST_CASE("a good file that is replaced by a broken one is found in spite of the cache", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 40, 20);
  ProbeCache cache("");
  list_pairs(single(folder), 2, {.cache = &cache});
  std::string bytes = test::read_text(folder / "gt/a.png");
  SECTION("of another size") {
    bytes.resize(bytes.size() / 2);
  }
  SECTION("of the same size, moved into its place") {
    bytes.replace(bytes.size() - 8, 4, "XXXX");  // the end chunk
  }
  std::filesystem::rename(folder.write("other", bytes), folder / "gt/a.png");
  for (int start = 0; start < 2; ++start) {  // nothing bad is remembered as good
    const std::string text =
        message_of<DataError>([&] { list_pairs(single(folder), 2, {.cache = &cache}); });
    CHECK(contains(text, (folder / "gt/a.png").string() + ": truncated"));
  }
}

TEST_CASE("files that change behind a remembered list are looked at again by the next process",
          "[data]") {
  const TempFolder folder;
  for (const char* name : {"gt/a.png", "gt/b.png", "gt/c.png", "gt/d.png"}) {
    write_gray(folder / name, 40, 20);
  }
  const ProbeCache::Options at_once{.settle = std::chrono::nanoseconds(0)};
  ProbeCache first(folder / "probes", at_once);
  list_pairs(single(folder), 2, {.cache = &first});
  REQUIRE(first.save());

  write_gray(folder / "gt/b.png", 80, 60);
  std::filesystem::remove(folder / "gt/c.png");
  write_gray(folder / "gt/e.png", 24, 16);
  ProbeCache second(folder / "probes", at_once);
  second.store(folder / "gt/d.png", {.width = 400, .height = 200});  // shows who was asked
  std::vector<std::pair<std::string, int>> found;
  for (const ImagePair& pair : list_pairs(single(folder), 2, {.cache = &second}).pairs) {
    found.emplace_back(pair.stem, pair.lq_width);
  }
  CHECK(found ==
        std::vector<std::pair<std::string, int>>{{"a", 20}, {"b", 40}, {"d", 200}, {"e", 12}});
}

TEST_CASE("all problems of a set are reported in one error", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/lonely.png", 8, 8);
  write_gray(folder / "gt/wrong_scale.png", 16, 16);
  write_gray(folder / "lq/wrong_scale.png", 4, 4);
  folder.write("gt/broken.png", "this is text");
  write_gray(folder / "lq/broken.png", 4, 4);
  const std::string text = message_of<DataError>([&] { list_pairs(paired(folder), 2); });
  CHECK(contains(text, "datasets.train (Tiny): 3 problems\n"));
  CHECK(contains(text, "1 image without a partner in "));
  CHECK(contains(text, ": lonely\n"));
  CHECK(contains(text, (folder / "gt/broken.png").string() + ": "));
  CHECK(contains(text, "wrong_scale.png: GT is 16x16 but LQ "));
  CHECK(contains(text, "needs 8x8 at x2: the pair is x4, not x2"));
}

TEST_CASE("what only decoding can show is found by the deep check alone", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 64, 64);
  std::string bytes = test::read_text(folder / "gt/a.png");
  const std::size_t pixels = bytes.find("IDAT") + 8;
  bytes[pixels] = static_cast<char>(bytes[pixels] ^ 0x55);  // the checksum no longer fits
  folder.write("gt/a.png", bytes);
  CHECK(list_pairs(single(folder), 2).pairs.size() == 1);
  const std::string text =
      message_of<DataError>([&] { list_pairs(single(folder), 2, {.deep = true}); });
  CHECK(contains(text, (folder / "gt/a.png").string() + ": "));
}

TEST_CASE("GT that is not LQ x scale is an error in training and cropped in validation", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 21, 25);
  write_gray(folder / "lq/a.png", 10, 10);
  const std::string text = message_of<DataError>([&] { list_pairs(paired(folder), 2); });
  CHECK(contains(text, "GT is 21x25 but LQ "));
  const PairList list = list_pairs(paired(folder, "val"), 2);
  REQUIRE(list.warnings.size() == 1);
  CHECK(contains(list.warnings[0], "datasets.val (Tiny): 1 GT image is cropped to LQ x 2: "));
  CHECK(contains(list.warnings[0], "a.png (21x25 to 20x20)"));
}

TEST_CASE("an LQ image rounded up from its GT is usable for validation", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 41, 39);
  write_gray(folder / "lq/a.png", 21, 20);
  const PairList list = list_pairs(paired(folder, "val_1"), 2);
  CHECK(list.warnings.size() == 1);
  CHECK(list.pairs[0].lq_width == 20);
  CHECK(list.pairs[0].lq_height == 19);
}

TEST_CASE("a validation pair of another scale is an error", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 40, 40);
  write_gray(folder / "lq/a.png", 10, 10);
  CHECK(contains(message_of<DataError>([&] { list_pairs(paired(folder, "val"), 2); }),
                 "the pair is x4, not x2"));
  CHECK_THROWS_AS(list_pairs(paired(folder, "val"), 8), DataError);
  CHECK(list_pairs(paired(folder, "val"), 4).warnings.empty());
}

TEST_CASE("GT sides that are no multiple of the scale are cropped with a warning", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 41, 30);
  write_gray(folder / "gt/b.png", 40, 30);
  const PairList list = list_pairs(single(folder), 4);
  REQUIRE(list.warnings.size() == 1);
  CHECK(contains(list.warnings[0], "2 GT images are cropped to LQ x 4"));
  CHECK(list.pairs[0].lq_width == 10);
  CHECK(list.pairs[0].lq_height == 7);
  CHECK(list.pairs[0].lq.empty());
  CHECK_THROWS_AS(list_pairs(single(folder), 32), DataError);
}

TEST_CASE("images smaller than the crop are a warning or an error as configured", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 40, 80);
  write_gray(folder / "gt/b.png", 80, 80);
  DatasetConfig config = single(folder);
  config.lq_size = 32;
  const PairList list = list_pairs(config, 2);
  REQUIRE(list.warnings.size() == 1);
  CHECK(contains(list.warnings[0],
                 "1 of 2 images are smaller than lq_size 32 and are padded by reflection"));
  CHECK(contains(list.warnings[0], "a.png (LQ 20x40)"));
  config.small_images = SmallImages::kError;
  CHECK(contains(message_of<DataError>([&] { list_pairs(config, 2); }),
                 "smaller than lq_size 32 (small_images: error)"));
  config.lq_size = 8;
  CHECK(list_pairs(config, 2).warnings.empty());
  config.size_schedule = {{2, 16, 4}, {4, 32, 1}};
  CHECK(contains(message_of<DataError>([&] { list_pairs(config, 2); }),
                 "smaller than lq_size 32 of size_schedule (small_images: error)"));
  config.size_schedule = {{2, 32, 4}, {2, 16, 4}};
  CHECK(list_pairs(config, 2).warnings.empty());
  config.lq_size = 32;
  config.size_schedule = {{0, 16, 4}};
  CHECK(list_pairs(config, 2).warnings.empty());
  config.size_schedule.clear();
  config.lq_size = 20;
  CHECK(list_pairs(config, 2).warnings.empty());
}

TEST_CASE("mistakes of the configuration are no data errors", "[data]") {
  const TempFolder folder;
  write_gray(folder / "gt/a.png", 4, 4);
  write_gray(folder / "lq/a.png", 2, 2);
  DatasetConfig config = paired(folder);
  config.dataroot_lq.push_back("more");
  CHECK(contains(message_of<ConfigError>([&] { list_pairs(config, 2); }), "have 1 and 2 folders"));
  config = paired(folder);
  config.filename_tmpl = "x2";
  CHECK_THROWS_AS(list_pairs(config, 2), ConfigError);
  config = paired(folder);
  config.type = "other";
  CHECK_THROWS_AS(list_pairs(config, 2), ConfigError);
  config = single(folder);
  config.dataroot_gt.clear();
  CHECK_THROWS_AS(list_pairs(config, 2), ConfigError);
}

TEST_CASE("the largest crop pads at most a tenth of the images", "[data]") {
  std::vector<int> sides(8, 100);
  sides.insert(sides.end(), {30, 50});
  CHECK(largest_lq_size(pairs_with_sides(sides), SmallImages::kPad, 8) == 48);
  CHECK(largest_lq_size(pairs_with_sides(sides), SmallImages::kError, 8) == 24);
  sides.pop_back();
  CHECK(largest_lq_size(pairs_with_sides(sides), SmallImages::kPad, 8) == 24);
}

TEST_CASE("the largest crop is never below one multiple", "[data]") {
  CHECK(largest_lq_size(pairs_with_sides({5}), SmallImages::kError, 8) == 8);
  CHECK(largest_lq_size({}, SmallImages::kPad, 16) == 16);
  CHECK(largest_lq_size(pairs_with_sides({64, 65}), SmallImages::kPad, 1) == 64);
}

TEST_CASE("the published T91 set is listed in full and allows crops of 56", "[data]") {
  const auto shared = test::shared_data("T91");
  if (!shared) {
    SR_SKIP("no shared data");
  }
  DatasetConfig config;
  config.key = config.name = "train";
  config.type = "pairedimagedataset";
  config.dataroot_gt = {(*shared / "hr").string()};
  config.dataroot_lq = {(*shared / "lr_x2").string()};
  const PairList list = list_pairs(config, 2, {.deep = true});
  CHECK(list.pairs.size() == 91);
  CHECK(list.warnings.empty());
  CHECK(largest_lq_size(list.pairs, SmallImages::kPad, 8) == 56);
  CHECK(largest_lq_size(list.pairs, SmallImages::kError, 8) == 32);
}

TEST_CASE("each unusable one of the hard files is named", "[data]") {
  const auto shared = test::shared_data("hard");
  if (!shared) {
    SR_SKIP("no shared data");
  }
  DatasetConfig config;
  config.key = config.name = "train";
  config.type = "singlegtdataset";
  config.dataroot_gt = {(*shared).string()};
  const std::string text = message_of<DataError>([&] { list_pairs(config, 1, {.deep = true}); });
  for (const char* name :
       {"png_truncated60.png", "png_bad_crc_idat.png", "png_huge_100000x100000_header_only.png",
        "empty.png", "text.png", "only_signature.png", "jpeg_truncated60.jpg"}) {
    CHECK(contains(text, std::string("hard/") + name + ": "));
  }
  for (const char* name :
       {"png_rgb16.png", "png_palette.png", "noextension", "-dash.png", "jpeg_progressive.jpg"}) {
    CHECK_FALSE(contains(text, name));
  }
}

}  // namespace sr
