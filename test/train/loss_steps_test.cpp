#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

#include "checkpoint/tensor_file.h"
#include "loss/bicubic.h"
#include "loss/example_networks.h"
#include "loss/loss_cases.h"
#include "nn/feature_stack.h"
#include "nn/tensor_copy.h"
#include "nn/vgg16.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/gt_images.h"
#include "train/rollback.h"
#include "train/toy_run.h"

// Steps with image losses that are more than a difference of pixels.

namespace {

using namespace sr;
using namespace sr::recipe;
using test::HostImages;
using test::loss_of;
using test::same_bits;
using test::ToyRun;

/// The first two layers of vgg16 and vgg19, or (dists) all of vgg16 with alpha and beta.
std::string weights_in(const test::TempFolder& folder, bool all) {
  TensorFile file;
  std::int64_t input = 3;
  const FeatureStack::Design design = vgg16(l2_pool());
  for (std::size_t i = 0; i < (all ? design.layers.size() : 3); ++i) {
    const std::int64_t channels = design.layers[i].channels;
    if (channels > 0) {
      const std::string name = "features." + std::to_string(i);
      const at::Tensor weight =
          torch::randn({channels, input, 3, 3}) / std::sqrt(5.0 * static_cast<double>(input));
      file.tensors.push_back(stage(name + ".weight", weight));
      file.tensors.push_back(stage(name + ".bias", torch::zeros({channels})));
      input = channels;
    }
  }
  for (const char* name : {"alpha", "beta"}) {
    file.tensors.push_back(stage(name, torch::rand({1, 1475, 1, 1})));
  }
  const std::string path = folder.path() / "weights.safetensors";
  write_safetensors(path, file);
  return path;
}

/// A file of these weights.
std::string written(const test::TempFolder& folder, const std::string& name,
                    const FeatureStack::Weights& weights) {
  TensorFile file;
  for (const auto& [tensor_name, tensor] : weights) {
    file.tensors.push_back(stage(tensor_name, tensor.to(torch::kFloat)));
  }
  const std::string path = folder / name;
  write_safetensors(path, file);
  return path;
}

/// What the step trained the weights to, from the same start.
std::vector<float> weights_after_step(Config config, const Batch& batch) {
  ToyRun run(std::move(config));
  test::take_step(run, batch);
  return run.snapshot();
}

}  // namespace

TEST_CASE("a failure at any allocation is rolled back to the bit with losses of the eye",
          "[train][slow]") {
  Config config = test::small_config();
  config.train.losses = {loss_of(FlipOptions{20}), loss_of(HsluvOptions{.blur_strength = 1}),
                         loss_of(BceDiceOptions{}, 0.1), loss_of(BicubicOptions{}, -0.5)};
  test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce, 100);
}

TEST_CASE("a failure at some allocations is rolled back to the bit with any loss without a file",
          "[train][slow]") {
  std::vector<LossConfig> losses;
  for_each_row(kLosses, [&]<typename O>(const Row<O>& row) {
    if constexpr (!requires(O options) { options.weights; }) {
      if (row.type != "ganloss") {  // needs a discriminator: discriminator_steps_test.cpp
        losses.push_back(test::loss_named(row.type, 0.1));
      }
    }
  });
  REQUIRE(losses.size() > 15);
  for (const LossConfig& loss : losses) {
    CAPTURE(loss.type);
    Config config = test::small_config();
    config.train.losses = {loss};
    test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce, 21);
  }
}

TEST_CASE("a failure at any allocation is rolled back to the bit with losses of features",
          "[train][slow]") {
  const test::TempFolder folder;
  const std::string file = weights_in(folder, /*all=*/false);
  Config config = test::small_config();
  config.train.losses = {
      loss_of(PerceptualOptions{.criterion = FeatureCriterion::kPdL1,
                                .weights = file,
                                .layer_weights = {{"conv1_1", 1}, {"relu1_1", 1}}}),
      loss_of(PerceptualOptions{.criterion = FeatureCriterion::kFd,
                                .weights = file,
                                .layer_weights = {{"relu1_1", 1}},
                                .num_proj_fd = 4}),
      loss_of(StructureTextureOptions{.weights = file, .layer_weights = {{"conv1_1", 1}}}),
      loss_of(
          ContextualOptions{.weights = file, .layer_weights = {{"conv1_1", 1}}, .max_1d_size = 8})};
  test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce, 100);
}

TEST_CASE("a failure at some allocations is rolled back to the bit with an autoencoder",
          "[train][slow]") {
  const test::TempFolder folder;
  AesopOptions options = test::aesop_with(2, 8, 2, Criterion::kCharbonnier);
  options.weights = written(folder, "aesop.safetensors", test::example_weights(options));
  Config config = test::small_config();
  config.train.losses = {loss_of(options)};
  test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce, 21);
}

TEST_CASE("a failure at some allocations is rolled back to the bit with DISTS and A-DISTS",
          "[train][slow]") {
  const test::TempFolder folder;
  const std::string file = weights_in(folder, /*all=*/true);
  Config config = test::small_config();
  config.train.losses = {loss_of(DistsOptions{.weights = file}),
                         loss_of(AdistsOptions{.weights = file, .window_size = 9})};
  test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce, 8);
}

TEST_CASE("a failure at some allocations is rolled back to the bit with networks of drawings",
          "[train][slow]") {
  const test::TempFolder folder;
  Config config = test::small_config();
  config.train.losses = {
      loss_of(PerceptualAnimeOptions{
          .weights = written(folder, "resnet.safetensors", test::example_resnet50()),
          .layer_weights = {{"0", 0.1}, {"4_2_conv3", 1}, {"5_0_conv2", 1}}}),
      loss_of(LineDistillerOptions{
          .weights = written(folder, "lines.safetensors", test::example_line_distiller())})};
  test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce, 8);
}

TEST_CASE("a loss of negative weight compares with the enlarged LQ by its amount", "[train]") {
  const HostImages images(4, 12, 1);
  const at::Tensor lq =
      torch::from_blob(const_cast<std::uint8_t*>(images.lq.data()), {4, 12, 12, 3}, torch::kByte)
          .permute({0, 3, 1, 2})
          .to(torch::kFloat)
          .div(255);
  const at::Tensor large = bicubic_enlarged(lq, 24, 24).permute({0, 2, 3, 1}).contiguous();
  const std::vector<float> values(large.data_ptr<float>(), large.data_ptr<float>() + large.numel());
  HostImages of_lq(4, 12, 1);
  std::vector<float> small(static_cast<std::size_t>(lq.numel()));
  for (std::size_t i = 0; i < small.size(); ++i) {
    small[i] = static_cast<float>(images.lq[i]) / 255;
  }
  of_lq.batch.lq = test::host_pixels(small, 4, 12);
  of_lq.batch.gt = test::host_pixels(values, 4, 24);

  Config config = test::small_config();
  config.train.losses = {test::loss_named("l1loss", 0.5)};
  const auto towards_gt = weights_after_step(config, images.batch);
  const auto towards_large = weights_after_step(config, of_lq.batch);
  config.train.losses[0].loss_weight = -0.5;
  const auto negative = weights_after_step(config, images.batch);
  REQUIRE(negative.size() == towards_large.size());
  CHECK_FALSE(same_bits(negative, towards_gt));
  for (std::size_t i = 0; i < negative.size(); ++i) {
    CHECK(negative[i] == Approx(towards_large[i]).margin(1e-5));
  }
}

TEST_CASE("the middle frame of a clip is what a negative weight enlarges", "[train]") {
  const at::Tensor clip = torch::rand({2, 15, 6, 7});
  const at::Tensor output = torch::zeros({2, 3, 12, 14});
  CHECK(torch::equal(enlarged_lq(clip, output), bicubic_enlarged(clip.narrow(1, 6, 3), 12, 14)));
  const at::Tensor unchanged = enlarged_lq(clip.narrow(1, 0, 3), torch::zeros({2, 3, 6, 7}));
  CHECK(torch::allclose(unchanged, clip.narrow(1, 0, 3), 1e-5, 1e-6));
}
