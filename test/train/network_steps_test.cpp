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
  std::uint64_t every = 1;  ///< allocation is failed
  /// Of gradients, relative; norm behind norm brings what float32 rounds away back to its size.
  double rounding = 1e-4;
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
    {"swinir_s", {{"drop_path_rate", "0.5"}}, 17},
    {"swinir_s", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 17},
    {"swin2sr_s", {{"drop_path_rate", "0.5"}}, 17},
    {"swin2sr_s", {{"upsampler", "pixelshuffle_aux"}, {"use_checkpoint", "true"}}, 17},
    {"omnisr", {}, 17},
    {"omnisr", {{"use_checkpoint", "true"}}, 17},
    {"craft", {}, 29},
    {"lmlt_tiny", {}, 61},
    {"ditn_real", {}, 17},
    {"dctlsa", {}, 61},
    {"dctlsa", {{"frozen_statistics", "true"}}, 61},
    {"eimn_a", {{"drop_path_rate", "0.5"}}, 29},
    {"eimn_a", {{"frozen_statistics", "true"}}, 29},
    {"hat_s", {{"drop_path_rate", "0.5"}}, 17},
    {"hat_s", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 17},
    {"drct", {{"drop_path_rate", "0.5"}}, 17},
    {"fdat_tiny", {{"drop_path_rate", "0.5"}}, 17},
    {"fdat_tiny", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 17},
    {"dat", {{"drop_path_rate", "0.5"}}, 29},
    {"dat", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 29},
    {"dat", {{"frozen_statistics", "true"}}, 29},
    {"srformer_light", {{"drop_path_rate", "0.5"}}, 29},
    {"rgt", {{"drop_path_rate", "0.5"}}, 29},
    {"rgt", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 29},
    {"atd", {}, 29},
    {"atd", {{"use_checkpoint", "true"}}, 29},
    {"artcnn_r3f24", {}},
    {"dis_fast", {}},
    {"dis_fast", {{"use_depthwise", "true"}}},
    {"rtmosr", {}},
    {"rtmosr_ul", {}},
    {"temporalspan", {}, 17, 1e-3},
    {"temporalspanv2", {}, 17},
    {"temporalspanv2", {{"use_checkpoint", "true"}}, 17},
    {"tfdat", {{"drop_path_rate", "0.5"}}, 29},
    {"tfdat", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 29},
    {"lkfmixer_t", {}, 3},
    {"man_tiny", {{"n_resgroups", "2"}}, 3},
    {"safmn", {}},
    {"gaterv3_s", {}, 7},
    {"gaterv3_r", {{"attention", "true"}, {"flash", "false"}}, 17},
    {"elan", {}, 7},
    {"elan_light", {{"frozen_statistics", "true"}}, 7},
    {"seemore_t", {}, 7},
    {"sebica", {}, 7},
    {"escrealm", {{"upsampler", "pixelshuffledirect"}}, 17},
    {"moesr2", {}, 3},
    {"realcugan", {{"pro", "true"}}, 61},  // has one size, which takes a second a step
    // Nor is this one smaller; a step takes seconds.
    {"tscunet", {{"drop_path_rate", "0.5"}, {"use_checkpoint", "true"}}, 401},
};
constexpr int kAll = static_cast<int>(std::size(kCases));

Config config_of(const Case& c) {
  Config config = test::small_config();
  arch::Arguments arguments = c.arguments;
  const arch::Arguments tiny = arch::arguments(test::tiny_network(c.type).options);
  arguments.insert(tiny.begin(), tiny.end());
  config.network_g = test::network_of(c.type, arguments);
  return config;
}

HostImages images_of(const Config& config, std::uint64_t seed) {
  return {4, 12, seed, arch::input_channels(config.network_g.options)};
}

std::vector<at::Tensor> gradients_after_attempt(const Config& config, StepCut cut) {
  ToyRun run(config);
  const HostImages images = images_of(config, 1);
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
    const HostImages images = images_of(run.config, static_cast<std::uint64_t>(i) * 10);
    run.recompute = recompute && i % 2 == 0;
    test::take_step(run, images.batch, {}, i);
  }
  return run.snapshot();
}

/// One of each family that has blocks.
constexpr std::array kBlockNetworks{"swinir_s",       "hat_s",     "drct",      "omnisr",
                                    "fdat_tiny",      "atd_light", "dat",       "srformer",
                                    "temporalspanv2", "rgt_s",     "swin2sr_m", "tfdat"};

}  // namespace

TEST_CASE("a failure at any allocation of any network's step is rolled back to the bit",
          "[train][slow]") {
  const Case& c = kCases[GENERATE(range(0, kAll))];
  CAPTURE(c.type);
  check_rollback_at_every_allocation(config_of(c), CpuAllocator::Failing::kOnce, c.every);
}

TEST_CASE("micro-batches give the whole batch's gradients in any network", "[train]") {
  const Case& c = kCases[GENERATE(range(0, kAll))];
  const Config config = config_of(c);
  if (arch::mixes_samples(config.network_g.options)) {
    return;  // docs/networks.md: batch statistics
  }
  const std::vector<at::Tensor> whole = gradients_after_attempt(config, {});
  for (const StepCut cut : {StepCut{2, 0}, StepCut{1, 1}, StepCut{1, 3}}) {
    CAPTURE(c.type, cut.parts, cut.micro_batch);
    const std::vector<at::Tensor> pieces = gradients_after_attempt(config, cut);
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
      const HostImages images = images_of(run.config, static_cast<std::uint64_t>(i) * 10);
      test::take_step(run, images.batch, {}, i);
    }
    return run.snapshot();
  };
  CHECK(test::same_bits(after_steps(), after_steps()));
}
