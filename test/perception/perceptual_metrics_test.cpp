#include "perception/perceptual_metrics.h"

#include "checkpoint/tensor_file.h"
#include "core/error.h"
#include "nn/tensor_copy.h"
#include "perception/example_network.h"
#include "perception/example_topiq.h"
#include "perception/lpips.h"
#include "recipe/metrics.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

using namespace sr;

std::string message_of(const MetricOptions& options, const char* type) {
  try {
    find_any_metric(type).make(options);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every metric that can be configured is computed, and no other is", "[perception]") {
  for (const recipe::MetricRow& row : recipe::kMetrics) {
    CHECK(find_any_metric(row.type).type == row.type);
  }
  CHECK(metrics().size() + perceptual_metrics().size() == recipe::kMetrics.size());
  CHECK_THROWS_AS(find_any_metric("calculate_fid"), ConfigError);
}

TEST_CASE("a metric without its file says how to make it", "[perception]") {
  CHECK(message_of({.weights = "nowhere.safetensors", .net = "vgg"}, "calculate_lpips") ==
        "nowhere.safetensors: no such file. scripts/fetch_weights.py lpips-vgg makes such a file "
        "where PyTorch is installed");
  const test::TempFolder folder;
  const std::string file = folder.path() / "other.safetensors";
  write_safetensors(file, {{stage("features.0.weight", torch::ones({2}))}, {}});
  CHECK(message_of({.weights = file}, "calculate_dists") ==
        file +
            ": tensor features.0.weight: shape [2], that of torchvision's vgg16 is [64, 3, 3, 3]"
            ". scripts/fetch_weights.py dists makes such a file where PyTorch is installed");
}

TEST_CASE("a metric reads its file and leaves the border out", "[perception]") {
  const test::TempFolder folder;
  const std::string file = folder.path() / "lpips.safetensors";
  FeatureStack::Weights weights = test::example_network(lpips_design(LpipsNet::kSqueeze));
  for (std::size_t i = 0; i < lpips_channels(LpipsNet::kSqueeze).size(); ++i) {
    weights["lin" + std::to_string(i) + ".model.1.weight"] =
        torch::ones({1, lpips_channels(LpipsNet::kSqueeze)[i], 1, 1});
  }
  TensorFile contents;
  for (const auto& [name, tensor] : weights) {
    contents.tensors.push_back(stage(name, tensor));
  }
  contents.tensors.push_back(stage("classifier.1.weight", torch::ones({2, 2})));
  write_safetensors(file, contents);
  const MetricEntry& entry = find_any_metric("calculate_lpips");
  const Metric metric = entry.make({.crop_border = 2, .weights = file, .net = "squeeze"});
  const int side = entry.smallest_side + 4;
  const cv::Mat image = test::pattern(side, side);
  cv::Mat border = image.clone();
  border.row(1) = cv::Scalar::all(255);
  CHECK(metric(border, image) == 0);
  CHECK(metric(test::disturbed(image), image) > 0);
  CHECK_THROWS_AS(metric(image(cv::Rect(0, 0, side - 1, side)), image), std::invalid_argument);
}

TEST_CASE("TOPIQ reads the file that has its backbone once, and not that of the other TOPIQ",
          "[perception]") {
  const test::TempFolder folder;
  const std::string file = folder.path() / "topiq_nr.safetensors";
  TensorFile contents;
  for (const auto& [name, tensor] : test::example_topiq(TopiqKind::kNoReference)) {
    contents.tensors.push_back(stage(name, tensor));
  }
  contents.tensors.push_back(
      stage("semantic_model.bn1.num_batches_tracked", torch::ones({}, torch::kInt64)));
  write_safetensors(file, contents);
  CHECK(message_of({.weights = file}, "calculate_topiq") ==
        file +
            ": the weights of calculate_topiq_nr, TOPIQ without a reference"
            ". scripts/fetch_weights.py topiq makes such a file where PyTorch is installed");
  const Metric metric = find_any_metric("calculate_topiq_nr").make({.weights = file});
  const Metric inner =
      find_any_metric("calculate_topiq_nr").make({.crop_border = 3, .weights = file});
  std::filesystem::remove(file);
  const cv::Mat image = test::pattern(71, 53);
  CHECK(metric(test::disturbed(image), image) == Approx(1.34387207).margin(2e-5));
  CHECK(metric(test::disturbed(image), test::disturbed(image)) ==
        metric(test::disturbed(image), image));
  const cv::Mat part = image(cv::Rect(3, 3, 65, 47));
  CHECK(inner(image, image) == Approx(metric(part, part)));
}
