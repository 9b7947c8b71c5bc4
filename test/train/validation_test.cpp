#include "train/validation.h"

#include <torch/torch.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "data/test_images.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::TempFolder;
using test::ToyRun;

Config validating_config() {
  Config config = test::small_config();
  config.val.metrics.push_back({"psnr", "calculate_psnr", 0, false, true});
  config.val.save_img = false;
  return config;
}

/// A network in training that is measured on three images with LQ of these sides.
struct Measured {
  TempFolder folder;
  test::CodedSet files;
  ToyRun run;
  ExperimentLayout layout;
  ValidationSet set;
  Validator validator;
  std::vector<OutOfMemoryEvent> shortages;
  std::vector<WarningEvent> warnings;
  int asked = 0;
  int stop_at = 0;  ///< the n-th question is answered with yes; 0 = none

  explicit Measured(const Config& config = validating_config(), int side = 16)
      : files(folder, {{side, side}, {side, side + 4}, {side + 8, side}}, 2),
        run(config),
        layout(folder / "run"),
        set{files.config, files.pairs()},
        validator(run.config, *run.step, run.device, *run.memory, layout) {
    set.config.name = "three";
  }

  ValidationScores scores(std::int64_t step = 5) {
    const Scorer::Listener listener{
        [this] { return ++asked == stop_at; },
        [this](const OutOfMemoryEvent& event) { shortages.push_back(event); },
        [this](const WarningEvent& event) { warnings.push_back(event); }};
    return validator.run(set, step, listener);
  }

  void set_weights(const std::vector<at::Tensor>& weights, double value) {
    const at::NoGradGuard no_grad;
    for (at::Tensor weight : weights) {
      weight.fill_(value);
    }
  }
};

/// Of LQ with every pixel repeated, which is what Compact gives with weights of 0.
double psnr_of_repeated_pixels(const ValidationSet& set) {
  double sum = 0;
  for (const ImagePair& pair : set.pairs) {
    const cv::Mat gt = decode_image(pair.gt);
    const cv::Mat lq = decode_image(pair.lq);
    double squares = 0;
    for (int y = 0; y < gt.rows; ++y) {
      for (int x = 0; x < gt.cols; ++x) {
        const cv::Vec3b a = gt.at<cv::Vec3b>(y, x), b = lq.at<cv::Vec3b>(y / 2, x / 2);
        for (int c = 0; c < 3; ++c) {
          squares += (a[c] - b[c]) * (a[c] - b[c]);
        }
      }
    }
    sum += 10 * std::log10(255.0 * 255.0 * gt.rows * gt.cols * 3 / squares);
  }
  return sum / static_cast<double>(set.pairs.size());
}

}  // namespace

TEST_CASE("scores are means over the images, of the averaged weights", "[train]") {
  Measured measured;
  measured.set_weights(measured.run.step->averages(), 0);
  const ValidationScores scores = measured.scores();
  REQUIRE(scores.metrics.size() == 1);
  CHECK(scores.metrics.front().first == "psnr");
  CHECK(scores.metrics.front().second == Approx(psnr_of_repeated_pixels(measured.set)));
  CHECK_FALSE(scores.interrupted);
  CHECK(scores.tile_size == 0);
  CHECK(scores.images.empty());
  CHECK(measured.warnings.empty());
}

TEST_CASE("without averages the weights in training are measured", "[train]") {
  Config config = validating_config();
  config.train.ema_decay = 0;
  Measured measured(config);
  std::vector<at::Tensor> weights;
  for (const NamedTensor& parameter : measured.run.networks.generator->parameters()) {
    weights.push_back(parameter.tensor);
  }
  measured.set_weights(weights, 0);
  CHECK(measured.scores().metrics.front().second == Approx(psnr_of_repeated_pixels(measured.set)));
}

TEST_CASE("a validation changes nothing of what trains", "[train]") {
  Measured measured;
  const auto before = measured.run.snapshot();
  measured.scores();
  CHECK(measured.run.snapshot() == before);
}

TEST_CASE("who is asked to stop before an image has no scores", "[train]") {
  Measured measured;
  measured.stop_at = 2;
  const ValidationScores scores = measured.scores();
  CHECK(scores.interrupted);
  CHECK(scores.metrics.empty());
  CHECK(measured.asked == 2);
}

TEST_CASE("who is asked to stop within an image has no scores either", "[train]") {
  Config config = validating_config();
  config.val.tile_size = 16;
  Measured measured(config, 64);
  measured.stop_at = 3;
  CHECK(measured.scores().interrupted);
  CHECK(measured.asked == 3);
}

TEST_CASE("memory that runs out in a validation costs smaller tiles, which stay", "[train]") {
  Measured measured(validating_config(), 80);
  const ValidationScores whole = measured.scores();
  cpu_allocator().fail_at(10, CpuAllocator::Failing::kOnce);
  const ValidationScores tiles = measured.scores();
  cpu_allocator().stop_failing();
  REQUIRE(measured.shortages.size() == 1);
  CHECK(measured.shortages.front().where == "validation");
  CHECK(measured.shortages.front().to == TrainingSize{tiles.tile_size, 1});
  CHECK(tiles.tile_size > 0);
  CHECK(measured.validator.tile_size() == tiles.tile_size);
  CHECK(tiles.metrics.front().second == Approx(whole.metrics.front().second).epsilon(1e-3));
  CHECK(measured.scores().tile_size == tiles.tile_size);
}

TEST_CASE("pictures of a validation are saved beside what they were made of", "[train]") {
  Config config = validating_config();
  config.val.save_img = true;
  Measured measured(config);
  const ValidationScores scores = measured.scores(20);
  REQUIRE(scores.images.size() == 3);
  CHECK(scores.images.front().first == "image10");
  const cv::Mat picture = decode_image(measured.layout.visualization_path("three", "image10", 20));
  CHECK(picture.size() == cv::Size(32, 32));
}

TEST_CASE("pictures of as many validations as are wanted stay", "[train]") {
  Config config = validating_config();
  config.val.save_img = true;
  config.val.keep_images = 2;
  Measured measured(config);
  const auto is_there = [&](int step) {
    return std::filesystem::exists(measured.layout.visualization_path("three", "image10", step));
  };
  for (const int step : {5, 10, 15}) {
    measured.scores(step);
  }
  CHECK_FALSE(is_there(5));
  CHECK(is_there(10));
  CHECK(is_there(15));
  CHECK(measured.warnings.empty());
}

TEST_CASE("pictures that cannot be saved are a warning and the scores are there", "[train]") {
  Config config = validating_config();
  config.val.save_img = true;
  Measured measured(config);
  measured.folder.write("run/visualization", "a file where the folder should be");
  CHECK(measured.scores().metrics.size() == 1);
  CHECK(measured.warnings.size() == 1);
}

TEST_CASE("an image that is gone is named", "[train]") {
  Measured measured;
  const std::filesystem::path gone = measured.set.pairs[1].gt;
  std::filesystem::remove(gone);
  CHECK_THROWS_AS(measured.scores(), DataError);
  CHECK_THROWS_WITH(measured.scores(), Catch::Contains(gone.string()));
}
