#include <array>
#include <cstddef>
#include <iterator>
#include <limits>
#include <string>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "train/rollback.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::check_rollback_at_every_allocation;
using test::HostImages;
using test::ToyRun;

/// A network whose steps are tested: each has other autograd nodes or other buffers.
struct Case {
  const char* type;
  arch::Arguments arguments;
  /// Of gradients, relative; norm behind norm brings what float32 rounds away back to its size.
  double rounding = 1e-4;
  std::uint64_t tries = 40;  ///< about so many of a step's allocations are failed
  int samples = 4;
};
const Case kCases[] = {
    {"rcan", {{"norm", "true"}}},
    {"rcan_unshuffle", {}},
    {"realplksr", {{"kernel_size", "17"}}},
    {"realplksr", {{"upsampler", "dysample"}, {"layer_norm", "false"}, {"kernel_size", "5"}}},
    {"plksr", {{"kernel_size", "5"}}},
    {"mosr", {{"upsampler", "geoensemblepixelshuffle"}}},
    {"mosr", {{"upsampler", "dysample"}}},
    {"mosrv2", {}},
    {"mosrv2", {{"upsampler", "lda"}, {"mid_dim", "16"}}},
    {"swinir_s", {{"drop_path_rate", "0.5"}}},
    {"swinir_s", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"swin2sr_s", {{"drop_path_rate", "0.5"}}},
    {"swin2sr_s", {{"upsampler", "pixelshuffle_aux"}, {"use_checkpoint", "true"}}},
    {"omnisr", {}},
    {"omnisr", {{"use_checkpoint", "true"}}},
    {"craft", {}},
    {"grl_b", {{"drop_path_rate", "0.5"}}},
    {"grl_t",
     {{"drop_path_rate", "0.5"},
      {"use_checkpoint", "true"},
      {"depths", "4"},
      {"anchor_proj_type", "maxpool"}}},
    {"lmlt_tiny", {}},
    {"ditn_real", {}},
    {"dctlsa", {}},
    {"dctlsa", {{"frozen_statistics", "true"}}},
    {"eimn_a", {{"drop_path_rate", "0.5"}}},
    {"eimn_a", {{"frozen_statistics", "true"}}},
    {"hat_s", {{"drop_path_rate", "0.5"}}},
    {"hat_s", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"drct", {{"drop_path_rate", "0.5"}}},
    {"fdat_tiny", {{"drop_path_rate", "0.5"}}},
    {"fdat_tiny", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"dat", {{"drop_path_rate", "0.5"}}},
    {"dat", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"dat", {{"frozen_statistics", "true"}}},
    {"srformer_light", {{"drop_path_rate", "0.5"}}},
    {"rgt", {{"drop_path_rate", "0.5"}}},
    {"rgt", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"atd", {}},
    {"atd", {{"use_checkpoint", "true"}}},
    {"artcnn_r3f24", {}},
    {"dis_fast", {}},
    {"dis_fast", {{"use_depthwise", "true"}}},
    {"rtmosr", {}},
    {"rtmosr_ul", {}},
    {"temporalspan", {}, 1e-3},
    {"temporalspanv2", {}},
    {"temporalspanv2", {{"use_checkpoint", "true"}}},
    {"tfdat", {{"drop_path_rate", "0.5"}}},
    {"tfdat", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"lkfmixer_t", {}},
    {"man_tiny", {{"n_resgroups", "2"}}},
    {"safmn", {}},
    {"gaterv3_s", {}},
    {"gaterv3_r", {{"attention", "true"}, {"flash", "false"}}},
    {"elan", {}},
    {"elan_light", {{"frozen_statistics", "true"}}},
    {"seemore_t", {}},
    {"sebica", {}},
    {"escrealm", {{"upsampler", "pixelshuffledirect"}}},
    {"moesr2", {}},
    // As EMT's below: 255 times the colours.
    {"edsr", {}, 1e-3},
    {"msrresnet", {}},
    {"flexnet", {{"channel_norm", "true"}}},
    {"flexnet", {{"use_checkpoint", "true"}, {"upsampler", "nearest+conv"}}},
    {"metaflexnet", {}, 1e-4, 8, 2},  // images of 64 pixels
    {"docres_base", {}},
    {"spanf3", {}},
    {"docres_base", {{"LayerNorm_type", "biasfree"}, {"use_checkpoint", "true"}}},
    {"cascadedgaze", {}},
    {"cascadedgaze", {{"use_checkpoint", "true"}}},
    {"hit_sir", {{"drop_path_rate", "0.5"}}},
    {"hit_sng", {{"drop_path_rate", "0.5"}}},
    {"hit_srf", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"dwt_s", {{"drop_path_rate", "0.5"}}},
    {"dwt", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}},
    {"emt", {}},
    {"emt", {{"use_checkpoint", "true"}}},
    // What is 255 times the mean colour costs the images eight bits.
    {"emt", {{"frozen_statistics", "true"}}, 1e-3},
    {"realcugan", {{"pro", "true"}}, 1e-4, 8},  // has one size, which takes a second a step
    // Nor is this one smaller; a step takes seconds.
    {"tscunet", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 1e-3, 8, 2},
};
constexpr int kAll = static_cast<int>(std::size(kCases));

Config config_of(const Case& c) {
  Config config = test::small_config();
  arch::Arguments arguments = c.arguments;
  const arch::Arguments tiny = arch::arguments(test::tiny_network(c.type).options);
  arguments.insert(tiny.begin(), tiny.end());
  config.network_g = test::network_of(c.type, arguments);
  config.scale = test::scale_of(config.network_g);
  return config;
}

HostImages images_of(const Config& config, std::uint64_t seed, int samples) {
  return {samples, 12, seed, arch::input_channels(config.network_g.options), config.scale};
}

std::vector<at::Tensor> gradients_after_attempt(const Config& config, StepCut cut, int samples) {
  ToyRun run(config);
  const HostImages images = images_of(config, 1, samples);
  REQUIRE(completed(run.attempt(images.batch, cut)));
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : run.networks.generator->parameters()) {
    gradients.push_back(parameter.tensor.grad().clone());
  }
  return gradients;
}

/// All that training changes. `recompute`: turned on while it runs, in every second step.
std::vector<float> weights_after(int steps, Case network, bool recompute) {
  const arch::Options defaults = test::network_of(network.type, {}).options;
  if (arch::arguments(defaults).contains("drop_path_rate")) {
    network.arguments.insert({"drop_path_rate", "0.5"});
  }
  ToyRun run(config_of(network));
  for (int i = 0; i < steps; ++i) {
    const HostImages images =
        images_of(run.config, static_cast<std::uint64_t>(i) * 10, network.samples);
    run.recompute = recompute && i % 2 == 0;
    test::take_step(run, images.batch, {}, i);
  }
  return run.snapshot();
}

/// One of each family that has blocks.
constexpr std::array kBlockNetworks{
    "swinir_s",     "hat_s",    "drct",           "omnisr",  "fdat_tiny", "atd_light",
    "dat",          "srformer", "temporalspanv2", "rgt_s",   "swin2sr_m", "tfdat",
    "cascadedgaze", "flexnet",  "docres_base",    "hit_sng", "grl_b"};

}  // namespace

TEST_CASE("a failure at any allocation of any network's step is rolled back to the bit",
          "[train][slow]") {
  const Case& c = kCases[GENERATE(range(0, kAll))];
  CAPTURE(c.type);
  check_rollback_at_every_allocation(config_of(c), CpuAllocator::Failing::kOnce, c.tries,
                                     c.samples);
}

TEST_CASE("micro-batches give the whole batch's gradients in any network", "[train]") {
  const Case& c = kCases[GENERATE(range(0, kAll))];
  const Config config = config_of(c);
  if (arch::mixes_samples(config.network_g.options)) {
    return;  // docs/networks.md: batch statistics
  }
  const std::vector<at::Tensor> whole = gradients_after_attempt(config, {}, c.samples);
  for (const StepCut cut : {StepCut{2, 0}, StepCut{1, 1}, StepCut{1, 3}}) {
    CAPTURE(c.type, cut.parts, cut.micro_batch);
    const std::vector<at::Tensor> pieces = gradients_after_attempt(config, cut, c.samples);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const double norm = whole[i].norm().item<double>();
      CAPTURE(i, norm);
      REQUIRE((pieces[i] - whole[i]).norm().item<double>() <= c.rounding * norm + 1e-6);
    }
  }
}

TEST_CASE("blocks computed twice lead to the same weights to the bit", "[train]") {
  const char* type = kBlockNetworks[GENERATE(range(std::size_t{0}, kBlockNetworks.size()))];
  CAPTURE(type);
  const std::vector<float> once = weights_after(4, {type, {{"use_checkpoint", "false"}}}, false);
  CHECK(test::same_bits(weights_after(4, {type, {{"use_checkpoint", "true"}}}, false), once));
  CHECK(test::same_bits(weights_after(4, {type, {}}, true), once));
}

TEST_CASE("blocks computed twice lead to the same weights after 50 steps", "[.][train]") {
  const char* type = kBlockNetworks[GENERATE(range(std::size_t{0}, kBlockNetworks.size()))];
  CAPTURE(type);
  CHECK(test::same_bits(weights_after(50, {type, {}}, true), weights_after(50, {type, {}}, false)));
}

TEST_CASE("a skipped step leaves the statistics of batches as they were", "[train]") {
  ToyRun run(config_of({"dat", {}}));
  const HostImages images(4, 12, 1);
  test::take_step(run, images.batch);
  const std::vector<float> before = run.snapshot();
  const at::Tensor first = run.networks.generator->parameters().at(1).tensor.detach()[0];  // a bias
  const float value = first.item<float>();
  first.fill_(std::numeric_limits<float>::quiet_NaN());
  test::take_step(run, images.batch, {}, 1);
  CHECK(run.step->take_skipped() == 1);
  first.fill_(value);
  std::size_t changed = 0;
  const std::vector<float> after = run.snapshot();
  for (std::size_t i = 0; i < before.size(); ++i) {
    changed += before[i] == after[i] ? 0 : 1;
  }
  CHECK(changed <= 2);  // the counter of steps skipped in a row, the average of that weight
}

TEST_CASE("two runs of any network's steps end with the same bits", "[train]") {
  const Case& c = kCases[GENERATE(range(0, kAll))];
  CAPTURE(c.type);
  const auto after_steps = [&] {
    ToyRun run(config_of(c));
    for (int i = 0; i < 2; ++i) {
      const HostImages images =
          images_of(run.config, static_cast<std::uint64_t>(i) * 10, c.samples);
      test::take_step(run, images.batch, {}, i);
    }
    return run.snapshot();
  };
  CHECK(test::same_bits(after_steps(), after_steps()));
}
