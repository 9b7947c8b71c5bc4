#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "core/error.h"
#include "core/units.h"
#include "device/cpu_allocator.h"
#include "device/memory.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/torchscript.h"
#include "train/rollback.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::HostImages;
using test::same_bits;
using test::take_step;
using test::TempFolder;
using test::ToyRun;

/// small_config() of the TorchScript file.
Config config_of(const std::string& file) {
  Config config = test::small_config();
  config.network_g = {"torchscript", arch::TorchScriptOptions{.file = file}};
  return config;
}

/// The network of small_config(), written in TorchScript.
constexpr const char* kCompact = R"(
def forward(self, x):
  y = torch.conv2d(x, getattr(self.body, "0").weight, getattr(self.body, "0").bias, [1, 1], [1, 1])
  y = torch.prelu(y, getattr(self.body, "1").weight)
  y = torch.conv2d(y, getattr(self.body, "2").weight, getattr(self.body, "2").bias, [1, 1], [1, 1])
  y = torch.prelu(y, getattr(self.body, "3").weight)
  y = torch.conv2d(y, getattr(self.body, "4").weight, getattr(self.body, "4").bias, [1, 1], [1, 1])
  y = torch.prelu(y, getattr(self.body, "5").weight)
  y = torch.conv2d(y, getattr(self.body, "6").weight, getattr(self.body, "6").bias, [1, 1], [1, 1])
  y = torch.pixel_shuffle(y, 2)
  return y + torch.upsample_nearest2d(x, None, [2.0, 2.0])
)";

std::string compact_file(const TempFolder& folder) {
  const Config native = test::small_config();
  const auto network = make_network(native.network_g, native.scale, native.manual_seed);
  return test::saved(test::script_of(*network, kCompact), folder / "compact.pt");
}

std::string batch_norm_file(const TempFolder& folder) {
  return test::saved(test::script_with_batch_norm(), folder / "norm.pt");
}

/// A graph for each mode and a loop, with dropout of probability 0 as torch.jit.script() writes it.
std::string dropout_file(const TempFolder& folder) {
  torch::jit::Module module = test::small_script("def nothing(self):\n  return 0\n");
  module.register_attribute("training", c10::BoolType::get(), true);
  module.register_attribute("p", c10::FloatType::get(), 0.0);
  module.define(R"(
def drop(self, y):
  return torch.dropout_(torch.relu(y), self.p, self.training)
)");
  module.define(R"(
def forward(self, x):
  y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])
  parts = [y]
  for i in range(3):
    if self.training:
      parts.append(self.drop(parts[i] * 0.5))
    else:
      parts.append(torch.relu(parts[i]) * 0.5)
  return torch.pixel_shuffle(torch.sum(torch.stack(parts), [0]), 2)
)");
  return test::saved(module, folder / "dropout.pt");
}

std::vector<double> losses_of(const Config& config, int steps) {
  ToyRun run(config);
  std::vector<double> losses;
  for (int i = 0; i < steps; ++i) {
    const HostImages images(4, 12, static_cast<std::uint64_t>(i) * 10);
    take_step(run, images.batch, {}, i);
    losses.push_back(run.step->take_mean_losses().front().second);
  }
  return losses;
}

}  // namespace

TEST_CASE("a network in TorchScript trains as the same network that is built in", "[train]") {
  const TempFolder folder;
  const std::vector<double> native = losses_of(test::small_config(), 50);
  const std::vector<double> script = losses_of(config_of(compact_file(folder)), 50);
  REQUIRE(native.front() != native.back());
  for (std::size_t i = 0; i < native.size(); ++i) {
    CAPTURE(i, native[i], script[i]);
    REQUIRE(std::abs(native[i] - script[i]) <= 1e-6);
  }
}

TEST_CASE("memory that runs out while a TorchScript file is tried is no fault of the file",
          "[train]") {
  install_cpu_allocator();
  const TempFolder folder;
  const std::string file = GENERATE(false, true) ? batch_norm_file(folder) : compact_file(folder);
  const auto open = [&] { make_network(config_of(file).network_g, 2, 0); };
  const std::uint64_t before = cpu_allocator().counters().allocations;
  open();
  const std::uint64_t count = cpu_allocator().counters().allocations - before;
  for (std::uint64_t nth = 1; nth <= count; ++nth) {
    CAPTURE(nth);
    cpu_allocator().fail_at(nth, CpuAllocator::Failing::kFromThere);
    CHECK_THROWS_AS(open(), c10::OutOfMemoryError);
    cpu_allocator().stop_failing();
  }
}

TEST_CASE("a failure at any allocation of a TorchScript network's step is rolled back to the bit",
          "[train][slow]") {
  const TempFolder folder;
  const auto make = GENERATE(compact_file, batch_norm_file, dropout_file);
  test::check_rollback_at_every_allocation(config_of(make(folder)), CpuAllocator::Failing::kOnce);
}

// SR_TORCHSCRIPT_FILES names files of scale 2, with colons between them; SR_TORCHSCRIPT_TRIES says
// how many allocations of a step are failed, evenly spread.
TEST_CASE("a failure in a step of a TorchScript network that is named is rolled back to the bit",
          "[.][torchscript_files]") {
  const char* const wanted = std::getenv("SR_TORCHSCRIPT_TRIES");
  const std::uint64_t tries = wanted != nullptr ? std::stoull(wanted) : 60;
  const char* const named = std::getenv("SR_TORCHSCRIPT_FILES");
  REQUIRE(named != nullptr);
  std::stringstream files(named);
  for (std::string file; std::getline(files, file, ':');) {
    CAPTURE(file);
    test::check_rollback_at_every_allocation(config_of(file), CpuAllocator::Failing::kOnce, tries);
  }
}

TEST_CASE(
    "a failure at any allocation of a step against a TorchScript discriminator is rolled back",
    "[train][slow]") {
  const TempFolder folder;
  Config config = test::small_config();
  const std::string file = test::saved(
      test::small_script("def forward(self, x):\n  y = torch.conv2d(x, self.weight, None, [1, 1], "
                         "[1, 1])\n  return torch.sum(torch.relu(y), [1], True)\n"),
      folder / "d.pt");
  config.network_d = DiscriminatorConfig{"torchscript", arch::ScriptDiscriminatorOptions{file}};
  config.train.optim_d.emplace();
  config.train.losses.push_back(test::loss_named("ganloss", 0.1));
  test::check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce);
}

TEST_CASE("a step that ends with an error has left no trace", "[train]") {
  const TempFolder folder;
  torch::jit::Module module = test::small_script("def nothing(self):\n  return 0\n");
  module.register_buffer("seen", at::zeros({1}));
  module.define(R"(
def forward(self, x):
  self.seen.add_(1.)
  if x.size(0) == 5:
    x.mul_(0.5)
  y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])
  return torch.pixel_shuffle(y, 2)
)");
  ToyRun run(config_of(test::saved(module, folder / "later.pt")));
  const HostImages four(4, 12, 1), five(5, 12, 2);
  take_step(run, four.batch);
  const auto before = run.snapshot();
  CHECK_THROWS_AS(run.attempt(five.batch, {}, 1), CheckpointError);
  CHECK(same_bits(run.snapshot(), before));
}

TEST_CASE("statistics of BatchNorm follow training and are used by the average and validation",
          "[train]") {
  const TempFolder folder;
  ToyRun run(config_of(batch_norm_file(folder)));
  const at::Tensor mean = run.networks.generator->buffers().front().tensor;
  const at::Tensor before = mean.clone();
  const HostImages images(4, 12, 1);
  take_step(run, images.batch);
  REQUIRE_FALSE(torch::equal(mean, before));
  REQUIRE(torch::equal(run.networks.averaged->buffers().front().tensor, mean));

  const at::NoGradGuard no_grad;
  const at::Tensor after = mean.clone();
  const at::Tensor lq = at::rand({1, 3, 8, 8});
  const at::Tensor alone = run.networks.generator->forward(lq);
  const at::Tensor beside = run.networks.generator->forward(at::cat({lq, at::rand({1, 3, 8, 8})}));
  CHECK(torch::equal(mean, after));
  CHECK(torch::allclose(beside.narrow(0, 0, 1), alone, 1e-5, 1e-6));  // not the batch's statistics
}
