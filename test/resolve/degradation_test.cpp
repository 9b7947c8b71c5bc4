#include "resolve/degradation.h"

#include "config/resolved_text.h"
#include "config/tables.h"
#include "dialect/vocabulary.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::load_text;
using sr::test::problems_of;

namespace {

const std::filesystem::path kPeers = SR_SOURCE_DIR "/test/resolve/peers";

/// A degraded training set with some lines more in datasets.train and at the top level.
std::string text_with(const std::string& in_train, const std::string& at_top = "") {
  return "name: run\nscale: 4\n" + at_top +
         "datasets:\n  train:\n    type: RealESRGANDataset\n    dataroot_gt: hr\n" + in_train +
         "network_g: {type: compact}\ntrain: {total_iter: 100}\n";
}

sr::DegradationConfig read(const std::string& in_train, const std::string& at_top = "") {
  return load_text(text_with(in_train, at_top)).config.train_set.degradation;
}

std::string problems(const std::string& in_train, const std::string& at_top = "") {
  return problems_of(text_with(in_train, at_top));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The settings of a peer's file that are degradation's, with a network that is available.
sr::LoadedConfig load_peer(const std::string& name, const std::vector<std::string>& cut) {
  std::istringstream lines(sr::test::read_text(kPeers / (name + ".yml")));
  std::string kept;
  bool skipping = false;
  for (std::string line; std::getline(lines, line);) {
    const bool starts_section = !line.empty() && line[0] != ' ';
    if (starts_section) {
      skipping = std::any_of(cut.begin(), cut.end(),
                             [&](const std::string& key) { return line.starts_with(key); });
    }
    kept += skipping ? "" : line + "\n";
  }
  return load_text(kept + "network_g: {type: compact}\ntrain: {total_iter: 100}\n");
}

}  // namespace

TEST_CASE("degradation is Real-ESRGAN's x4plus without any setting", "[resolve]") {
  const sr::LoadedConfig loaded = load_text(text_with(""));
  CHECK(loaded.config.train_set.is_degraded());
  CHECK_FALSE(loaded.config.train_set.has_lq());
  CHECK(loaded.config.train_set.degradation == sr::DegradationConfig{});
}

TEST_CASE("Real-ESRNet's x4plus options give the defaults and sharpened GT", "[resolve]") {
  const sr::LoadedConfig loaded = load_peer("realesrnet_x4plus", {"network_g", "path", "train:"});
  sr::DegradationConfig expected;
  expected.gt_usm = true;
  CHECK(loaded.config.train_set.degradation == expected);
  CHECK(loaded.config.train_set.lq_size == 64);
  CHECK(loaded.warnings.empty());
}

TEST_CASE("traiNNer-redux's options of degradation are read from both places", "[resolve]") {
  const sr::LoadedConfig loaded =
      load_peer("trainner_compact_otf_gan", {"network_g", "network_d", "path", "train:"});
  const sr::DegradationConfig& read = loaded.config.train_set.degradation;
  CHECK(read.first.blur_prob == 0);
  CHECK(read.first.kernel_range == sr::Interval{5, 17});
  CHECK(read.first.blur_sigma == sr::Interval{0.2, 2});
  CHECK(read.first.resize_mode_list ==
        std::vector<sr::ResizeMode>{sr::ResizeMode::kBilinear, sr::ResizeMode::kBicubic,
                                    sr::ResizeMode::kNearest, sr::ResizeMode::kLanczos});
  CHECK(read.first.resize_range == sr::Interval{0.4, 1.5});
  CHECK(read.second.resize_range == sr::Interval{0.6, 1.2});
  CHECK(read.second.blur_prob == 0);
  CHECK(read.second.blur_sigma == sr::Interval{0.2, 1});
  CHECK(read.second.jpeg_range == sr::Interval{75, 95});
  CHECK(read.final_sinc_prob == 0);
  CHECK(read.final_kernel_range == sr::Interval{5, 17});
  CHECK(read.resize_mode_prob3 == std::vector<double>{0.25, 0.25, 0.25, 0.25});
  CHECK_FALSE(read.gt_usm);
  CHECK(loaded.config.train_set.lq_size == 96);
}

TEST_CASE("the resolved file reads back to the same degradation", "[resolve]") {
  const sr::Config config =
      load_text(text_with("    jpeg_range2: [5, 50]\n    kernel_list: [plateau_aniso, iso]\n"
                          "    kernel_prob: [1, 2.5]\n    resize_mode_list3: [lanczos]\n"
                          "    resize_mode_prob3: [1]\n",
                          "lq_usm: true\nsecond_blur_prob: 0.25\nmanual_seed: 3\n"))
          .config;
  CHECK(config.train_set.degradation.second.blur_prob == 0.25);
  CHECK(config.train_set.degradation.lq_usm);
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
  CHECK(contains(sr::resolved_yaml(config), "kernel_list: [plateau_aniso, iso]"));
  CHECK(contains(sr::resolved_json(config).dump(), "\"jpeg_range2\":[5,50]"));
}

TEST_CASE("settings of degradation stay out of the resolved file of other data sets", "[resolve]") {
  const sr::LoadedConfig loaded = sr::test::load_with("jpeg_range: [30, 95]\nqueue_size: 180\n");
  CHECK_FALSE(contains(sr::resolved_yaml(loaded.config), "jpeg_range"));
  CHECK(loaded.notices ==
        std::vector<std::string>{
            "queue_size: no effect here: every sample has parameters of its own, so no pool of "
            "pairs is needed to mix them",
            "jpeg_range: no effect here: a parameter of degradation on the fly, which is off",
            "val.val_enabled: validation is off, there is no datasets.val"});
}

TEST_CASE("every setting of degradation is known at the top level", "[resolve]") {
  for (const auto& field : sr::settings::degradation_fields()) {
    CAPTURE(field.key);
    CHECK(sr::settings::find_foreign_key("", field.key) != nullptr);
    CHECK(sr::settings::is_degradation_key(field.key));
  }
  CHECK(sr::settings::is_degradation_key("second_blur_prob"));
  CHECK_FALSE(sr::settings::is_degradation_key("lq_size"));
}

TEST_CASE("values out of range are refused by name and place", "[resolve]") {
  CHECK(contains(problems("    jpeg_range: [0, 95]\n"),
                 "x.yml:7: datasets.train.jpeg_range: expected [low, high] 1 to 100, got a list"));
  CHECK(contains(problems("", "jpeg_range: [95, 30]\n"),
                 "x.yml:3: jpeg_range: expected [low, high]"));
  CHECK(contains(problems("    sinc_prob: 1.5\n"), "sinc_prob: expected number 0 to 1, got '1.5'"));
  CHECK(contains(problems("    kernel_range: [7, 20]\n"), "kernel_range: expected odd numbers"));
  CHECK(contains(problems("    final_kernel_range: [6.5, 7]\n"), "expected odd numbers"));
  CHECK(contains(problems("    kernel_list: [iso, round]\n"), "expected list of iso, aniso"));
  CHECK(contains(problems("    kernel_list2: [iso]\n"),
                 "datasets.train.kernel_prob2: expected 1 numbers, one for each of kernel_list2, "
                 "got 6"));
  CHECK(contains(problems("", "resize_prob: [1, 2]\n"),
                 "resize_prob: expected 3 numbers, one for each of up, down, keep, got 2"));
  CHECK(contains(problems("", "resize_prob2: [0, 0, 0]\n"), "expected a weight above 0"));
  CHECK(contains(problems("", "resize_range: [1.1, 2]\n"),
                 "resize_range: expected low <= 1 <= high, got [1.1, 2]"));
  CHECK(contains(problems("    betag_range2: [0.5, 0.9]\n"), "expected low <= 1 <= high"));
  CHECK(contains(problems("    blur_sigma: 2\n"), "expected [low, high] 0.01 to 50, got '2'"));
}

TEST_CASE("a setting in both places is a problem unless one was typed", "[resolve]") {
  const std::string twice = text_with("    jpeg_prob: 0.5\n", "jpeg_prob: 0.25\n");
  CHECK(contains(problems_of(twice), "x.yml:3: jpeg_prob: given in datasets.train as well"));
  const auto typed = [&](const std::string& assignment) {
    return load_text(twice, {assignment}).config.train_set.degradation.first.jpeg_prob;
  };
  CHECK(typed("jpeg_prob=0.75") == 0.75);
  CHECK(typed("datasets.train.jpeg_prob=0.125") == 0.125);
}

TEST_CASE("sharpening is refused where GT is not degraded", "[resolve]") {
  CHECK(contains(sr::test::problems_with("gt_usm: true\n"), "gt_usm of a loss sharpens"));
  CHECK(sr::test::problems_with("gt_usm: false\nlq_usm: no\n").empty());
  CHECK(contains(problems("", "gt_usm: true\nlq_usm: true\n"), "give one of them"));
}

TEST_CASE("a file of traiNNer-redux resizes with antialiasing and has its defaults", "[resolve]") {
  const sr::DegradationConfig redux = read("", "high_order_degradation: true\n");
  CHECK(redux.resize_antialias);
  CHECK(redux.first.blur_prob == 0);
  CHECK(redux.first.noise_range == sr::Interval{0, 0});
  CHECK(redux.first.jpeg_range == sr::Interval{75, 95});
  CHECK(redux.first.kernel_range == sr::Interval{5, 17});
  CHECK(redux.first.resize_range == sr::Interval{0.4, 1.5});
  CHECK(redux.second.resize_range == sr::Interval{0.6, 1.2});
  CHECK(redux.second.resize_prob == std::vector<double>{0.3, 0.4, 0.3});
  CHECK(redux.resize_mode_list3.size() == 4);
  CHECK(redux.final_sinc_prob == 0);
  CHECK(read("    jpeg_range: [30, 40]\n", "num_gpu: auto\n").first.jpeg_range ==
        sr::Interval{30, 40});
  CHECK(read("", "num_gpu: auto\n").resize_antialias);
}

TEST_CASE("a file of Real-ESRGAN or of this program resizes as Real-ESRGAN", "[resolve]") {
  const std::string top =
      GENERATE("", "model_type: RealESRNetModel\nnum_gpu: auto\n", "model_type: RealESRGANModel\n");
  sr::DegradationConfig expected;
  CHECK(read("", top) == expected);
  CHECK(read("    resize_antialias: auto\n", top) == expected);
  expected.resize_antialias = true;
  CHECK(read("    resize_antialias: true\n", top) == expected);
  CHECK(read("", top + "resize_antialias: yes\n") == expected);
}

TEST_CASE("which rule resizing follows is said once unless the file says it", "[resolve]") {
  const auto said = [](const std::string& top) {
    std::string found;
    for (const std::string& notice : load_text(text_with("", top)).notices) {
      found += notice.starts_with("resize_antialias") ? notice.substr(0, 25) + ";" : "";
    }
    return found;
  };
  CHECK(said("num_gpu: 1\n") == "resize_antialias: true, a;");
  CHECK(said("model_type: RealESRNetModel\n") == "resize_antialias: false, ;");
  CHECK(said("") == "resize_antialias: false, ;");
  CHECK(said("resize_antialias: false\nnum_gpu: 1\n").empty());
  CHECK_FALSE(read("", "resize_antialias: false\nnum_gpu: 1\n").resize_antialias);
  CHECK(contains(problems("", "resize_antialias: 2\n"), "expected auto, true or false, got '2'"));
}

TEST_CASE("high_order_degradation goes with the type of the data set", "[resolve]") {
  CHECK(problems("", "high_order_degradation: true\n").empty());
  CHECK(contains(problems("", "high_order_degradation: false\n"), "leave it out"));
  CHECK(contains(sr::test::problems_with("high_order_degradation: true\n"),
                 "needs datasets.train.type realesrgandataset (or realesrganpaireddataset, with LQ "
                 "files besides), got pairedimagedataset"));
  CHECK(sr::test::problems_with("high_order_degradation: false\n").empty());
}

TEST_CASE("steps beyond Real-ESRGAN's are refused when they are on", "[resolve]") {
  CHECK(contains(problems("", "compress_algorithms: [jpeg, webp]\n"), "not available"));
  CHECK(contains(problems("", "p_clean: 0.5\n"), "not available"));
  CHECK(problems("", "p_clean: 0\ncompress_algorithms: [jpeg]\n").empty());
  CHECK(sr::test::problems_with("p_clean: 0.2\n").empty());
}

TEST_CASE("lines are made thicker in a share of the samples", "[resolve]") {
  CHECK(read("", "thicklines_prob: 0.2\n").thicklines_prob == 0.2);
  CHECK(read("    thicklines_prob: 1\n").thicklines_prob == 1);
  CHECK(contains(problems("", "thicklines_prob: 2\n"), "thicklines_prob: expected"));
}

TEST_CASE("a paired set of Real-ESRGAN is a paired set", "[resolve]") {
  const std::string text =
      "name: run\nscale: 4\nhigh_order_degradation: False\ndatasets:\n  train:\n"
      "    type: RealESRGANPairedDataset\n    dataroot_gt: hr\n    dataroot_lq: lr\n"
      "network_g: {type: compact}\ntrain: {total_iter: 100}\n";
  const sr::LoadedConfig loaded = load_text(text);
  CHECK(loaded.config.train_set.type == "pairedimagedataset");
  CHECK(contains(loaded.notices.at(0), "as in Real-ESRGAN"));
}

namespace {

/// A set of pairs as traiNNer-redux and Real-ESRGAN call it, with other lines at the top.
std::string paired_text(const std::string& at_top, const std::string& in_train = "") {
  return "name: run\nscale: 4\n" + at_top +
         "datasets:\n  train:\n    type: RealESRGANPairedDataset\n    dataroot_gt: hr\n"
         "    dataroot_lq: lr\n" +
         in_train + "network_g: {type: compact}\ntrain: {total_iter: 100}\n";
}

sr::DatasetConfig paired_set(const std::string& at_top, const std::string& in_train = "") {
  return load_text(paired_text(at_top, in_train)).config.train_set;
}

}  // namespace

TEST_CASE("whose file it is decides what a paired set of Real-ESRGAN is", "[resolve]") {
  const sr::DatasetConfig redux =
      paired_set("high_order_degradation: true\ndataroot_lq_prob: 0.3\n");
  CHECK(redux.degrades_pairs());
  CHECK(redux.is_degraded());
  CHECK(redux.has_lq());
  CHECK(redux.degradation.dataroot_lq_prob == 0.3);
  CHECK(redux.degradation.resize_antialias);  // with that trainer's other values
  CHECK(paired_set("dataroot_lq_prob: 0.3\n").degrades_pairs());
  CHECK(paired_set("", "    dataroot_lq_prob: 0.3\n").degrades_pairs());
  CHECK(paired_set("high_order_degradation: true\n").degradation.dataroot_lq_prob == 0);
  CHECK_FALSE(paired_set("model_type: RealESRGANModel\n").degrades_pairs());
  CHECK_FALSE(paired_set("high_order_degradation: false\ndataroot_lq_prob: 0.3\n").is_degraded());
}

TEST_CASE("mixing pairs and degradation needs files and a share", "[resolve]") {
  CHECK(contains(problems("", "dataroot_lq_prob: 0.5\n"),
                 "dataroot_lq_prob: needs LQ files: datasets.train.type realesrganpaireddataset"));
  CHECK(problems("", "dataroot_lq_prob: 0\n").empty());
  CHECK(
      contains(problems_of(paired_text("dataroot_lq_prob: 1.5\n")), "dataroot_lq_prob: expected"));
  std::string without = paired_text("dataroot_lq_prob: 0.5\n");
  without.erase(without.find("    dataroot_lq: lr\n"), 20);
  CHECK(contains(problems_of(without), "datasets.train.dataroot_lq: required"));
}

TEST_CASE("a mixed set that is written is read as the same", "[resolve]") {
  const sr::Config config = load_text(paired_text("dataroot_lq_prob: 0.25\n")).config;
  CHECK(load_text(sr::resolved_yaml(config)).config.train_set == config.train_set);
}

TEST_CASE("validation takes a paired set of Real-ESRGAN as pairs", "[resolve]") {
  const sr::LoadedConfig loaded = load_text(
      paired_text("dataroot_lq_prob: 0.5\n",
                  "  val: {type: realesrganpaireddataset, dataroot_gt: hr, dataroot_lq: lr}\n"));
  CHECK(loaded.config.val_sets.at(0).type == "pairedimagedataset");
}

TEST_CASE("validation is not degraded", "[resolve]") {
  CHECK(contains(problems("  val: {type: realesrgandataset, dataroot_gt: hr}\n"),
                 "datasets.val.type: degradation is for training"));
  const sr::LoadedConfig loaded = load_text(
      text_with("  val: {type: singlegtdataset, dataroot_gt: hr, jpeg_prob: 1, sinc_prob: 0}\n"));
  CHECK(contains(loaded.notices.at(0), "datasets.val.jpeg_prob"));
}
