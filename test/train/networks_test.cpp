#include "train/networks.h"

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"
#include "support/torchscript.h"
#include "train/toy_run.h"

namespace {

using namespace sr;

Config with_discriminator(int lq_size) {
  Config config = test::small_config();
  config.train_set.lq_size = lq_size;
  config.network_d = test::small_discriminator("unetdiscriminatorsn");
  return config;
}

}  // namespace

TEST_CASE("a run has the networks that its configuration asks for", "[train]") {
  Config config = test::small_config();
  CHECK(make_networks(config).averaged != nullptr);
  CHECK(make_networks(config).discriminator == nullptr);
  config.train.ema_decay = 0;
  const Networks networks = make_networks(config);
  CHECK(networks.averaged == nullptr);
  CHECK(&networks.validated() == networks.generator.get());
  CHECK(make_networks(with_discriminator(16)).discriminator != nullptr);
}

TEST_CASE("crops that a TorchScript network cannot be computed for are refused by their size",
          "[train]") {
  const test::TempFolder folder;
  const std::string file = folder / "net.pt";
  test::small_script(test::forward_with("y = torch.relu(y)"))
      .save(file, {{"sr_train.json",
                    R"({"name": "small", "scale": 2, "channels": 3, "size_multiple": 8})"}});
  Config config = test::small_config();
  config.network_g = {"torchscript", arch::TorchScriptOptions{.file = file}};
  config.train_set.lq_size = 16;
  CHECK(make_networks(config).generator->size_multiple() == 8);
  config.train_set.lq_size = 12;
  CHECK(test::contains(test::message_of<ConfigError>([&] { make_networks(config); }),
                       "multiples of 8; lq_size 12 is none"));
  config.train_set.lq_size = 16;
  config.train_set.size_schedule.push_back({10, 20, 1, 0});
  CHECK(test::contains(test::message_of<ConfigError>([&] { make_networks(config); }),
                       "lq_size 20 is none"));
}

TEST_CASE("crops that are too small for the discriminator are refused by their size", "[train]") {
  const auto refusal = [](const Config& config) {
    return test::message_of<ConfigError>([&] { make_networks(config); });
  };
  CHECK(refusal(with_discriminator(4)).empty());
  CHECK(test::contains(refusal(with_discriminator(3)), "needs images of 8 pixels a side"));
  Config scheduled = with_discriminator(16);
  scheduled.train_set.size_schedule.push_back({10, 2, 1, 0});
  CHECK(test::contains(refusal(scheduled), "lq_size 2 x scale 2 have 4"));
  Config growing = with_discriminator(16);
  growing.size_optimizer.emplace();
  growing.size_optimizer->min_lq_size = 3;
  CHECK_FALSE(refusal(growing).empty());
}

TEST_CASE("crops are of the only size that a discriminator takes", "[train]") {
  const test::TempFolder folder;
  Config config = with_discriminator(8);
  const std::string file = test::saved(
      test::small_script("def forward(self, x):\n  y = torch.conv2d(x, self.weight, None, [1, 1], "
                         "[1, 1])\n  return torch.reshape(torch.mean(y, [1]), [-1, 1, 16, 16])\n"),
      folder / "d.pt");
  config.network_d = DiscriminatorConfig{"torchscript", arch::ScriptDiscriminatorOptions{file}};
  CHECK(make_networks(config).discriminator->input_size() == 16);
  config.train_set.lq_size = 16;
  CHECK(test::contains(
      test::message_of<ConfigError>([&] { make_networks(config); }),
      "needs images of exactly 16 pixels a side, crops of lq_size 16 x scale 2 have 32"));
}
