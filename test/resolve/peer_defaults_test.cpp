#include "resolve/peer_defaults.h"

#include <algorithm>

#include "dialect/vocabulary.h"
#include "resolve/examples.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::test::load_text;

namespace {

/// The notice about settings that are left out; empty without one.
std::string told(const std::string& top, const std::vector<std::string>& overrides = {}) {
  std::string found;
  for (const std::string& notice : load_text(top + sr::test::kSmallest, overrides).notices) {
    found += notice.starts_with("left out in this file") ? notice : "";
  }
  return found;
}

}  // namespace

TEST_CASE("a file is that of the trainer which does not start without its keys", "[resolve]") {
  using sr::settings::Writer;
  const auto writer = [](const std::string& keys) {
    sr::settings::Node root = sr::settings::map_node();
    for (const std::string& key : sr::settings::words(keys)) {
      root.add(key, sr::settings::plain_node("true"));
    }
    return sr::settings::writer_of(root);
  };
  CHECK(writer("name scale use_amp") == Writer::kOwn);
  CHECK(writer("num_gpu") == Writer::kRedux);
  CHECK(writer("high_order_degradation") == Writer::kRedux);
  CHECK(writer("num_gpu model_type") == Writer::kBasicSr);
}

TEST_CASE("what a file of traiNNer-redux leaves out is told where it differs", "[resolve]") {
  const std::string text = told("num_gpu: auto\n");
  CHECK_THAT(text, Contains("traiNNer-redux") &&
                       Contains("train.ema_decay is 0.999 (0 there, no average)") &&
                       Contains("train.optim_g.lr is 0.0002 (0.001 there)") &&
                       Contains("train.optim_g.betas is [0.9, 0.99] ([0.9, 0.999] there)") &&
                       Contains("train.optim_g.weight_decay is 0 (0.01 there)") &&
                       Contains("train.scheduler.gamma is 0.5 (0.1 there)") &&
                       Contains("val.tile_overlap is 8 (0 there)"));
  CHECK_THAT(told("num_gpu: auto\n", {"train.scheduler={type: OneCycleLR, max_lr: 1e-3}"}),
             Contains("train.scheduler.cycle_momentum is false (true there"));
  CHECK_THAT(told("num_gpu: auto\n", {"train.ema_decay=0.999"}),
             Contains("train.ema_power is 0.75 (10 there"));
}

TEST_CASE("what a file of BasicSR leaves out is told where it differs", "[resolve]") {
  const std::string text = told("model_type: SRModel\nnum_gpu: 1\n", {"train.optim_g.type=Adam"});
  CHECK_THAT(text, Contains("BasicSR or Real-ESRGAN") && Contains("train.ema_decay is 0.999") &&
                       Contains("train.scheduler.gamma is 0.5 (0.1 there)"));
  CHECK(text.find("weight_decay") == std::string::npos);  // 0 in both
  CHECK(text.find("tile_overlap") == std::string::npos);
}

TEST_CASE("nothing is told of what is given or equal, nor in a file of this program", "[resolve]") {
  CHECK(told("").empty());
  CHECK(told("num_gpu: auto\n",
             {"train.ema_decay=0", "val.tile_overlap=8",
              "train.optim_g={type: AdamW, lr: 1e-4, weight_decay: 0, betas: [0.9, 0.99]}",
              "train.scheduler={type: MultiStepLR, gamma: 0.5}"})
            .empty());
}
