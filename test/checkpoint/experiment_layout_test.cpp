#include "checkpoint/experiment_layout.h"

#include "support/catch.h"

using sr::ExperimentLayout;

TEST_CASE("files of a run have the promised names", "[checkpoint]") {
  const ExperimentLayout layout("experiments/x");
  CHECK(layout.config_path() == "experiments/x/config.yml");
  CHECK(layout.log_path() == "experiments/x/train.log");
  CHECK(layout.events_path() == "experiments/x/events.jsonl");
  CHECK(layout.weights_path(1000, false) == "experiments/x/models/net_g_1000.safetensors");
  CHECK(layout.weights_path(1000, true) == "experiments/x/models/net_g_ema_1000.safetensors");
  CHECK(layout.discriminator_path(5, false) == "experiments/x/models/net_d_5.safetensors");
  CHECK(layout.best_path() == "experiments/x/models/net_g_best.safetensors");
  constexpr auto kPth = sr::WeightsFormat::kPth;
  CHECK(layout.weights_path(1000, false, kPth) == "experiments/x/models/net_g_1000.pth");
  CHECK(layout.weights_path(1000, true, kPth) == "experiments/x/models/net_g_1000.pth");
  CHECK(layout.discriminator_path(5, true, kPth) == "experiments/x/models/net_d_5.pth");
  CHECK(layout.best_path(kPth) == "experiments/x/models/net_g_best.pth");
  CHECK(layout.state_path(1000) == "experiments/x/training_states/1000.state");
  CHECK(layout.visualization_path("Set14", "a/baboon", 7) ==
        "experiments/x/visualization/Set14/a/baboon_7.png");
  CHECK(layout.tensorboard_folder() == "experiments/x/tb_logger");
}

TEST_CASE("the step is read from the names of states and weights", "[checkpoint]") {
  CHECK(sr::step_of_state("training_states/1000.state") == 1000);
  CHECK(sr::step_of_state("0.state") == 0);
  CHECK(sr::step_of_weights("models/net_g_1000.safetensors") == 1000);
  CHECK(sr::step_of_weights("net_g_ema_20.pth") == 20);
  CHECK(sr::step_of_weights("net_d_3.safetensors") == 3);
}

TEST_CASE("other names have no step", "[checkpoint]") {
  for (const char* name : {"x.state", ".state", "-5.state", "5.state.sr-tmp", "5.safetensors",
                           "1e3.state", "99999999999999999999.state", "5"}) {
    INFO(name);
    CHECK_FALSE(sr::step_of_state(name));
  }
  for (const char* name : {"net_g_best.safetensors", "net_g_.safetensors", "net_5.safetensors",
                           "other_g_5.safetensors", "net_g_5.safetensors.sr-tmp", "net_g_5.txt",
                           "net_g_-5.safetensors", "net_g_5", ""}) {
    INFO(name);
    CHECK_FALSE(sr::step_of_weights(name));
  }
}
