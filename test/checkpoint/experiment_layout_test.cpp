#include "checkpoint/experiment_layout.h"

#include <set>
#include <string>

#include "support/catch.h"

using sr::ExperimentLayout;

TEST_CASE("files of a run have the promised names", "[checkpoint]") {
  const ExperimentLayout layout("experiments/x");
  CHECK(layout.config_path() == "experiments/x/config.yml");
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
}

TEST_CASE("a state lies in the folder of its run", "[checkpoint]") {
  CHECK(sr::layout_of_state("/runs/x/training_states/5.state").models_folder() == "/runs/x/models");
  const std::filesystem::path here = std::filesystem::current_path();
  CHECK(sr::layout_of_state("x/training_states/5.state").folder() == here / "x");
  CHECK(sr::layout_of_state("5.state").folder() == here.parent_path());
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

TEST_CASE("pictures of images with long names have names that differ and that fit",
          "[checkpoint]") {
  const ExperimentLayout layout("x");
  std::set<std::string> names;
  for (const std::size_t length : {200U, 201U, 240U, 251U, 255U}) {
    for (const char* end : {"a", "b"}) {
      const auto file =
          layout.visualization_path("val", "sub/" + std::string(length - 1, 'n') + end, 1'000'000);
      CHECK(file.parent_path() == "x/visualization/val/sub");
      CHECK(file.filename().string().size() + std::string(".sr-tmp").size() <= 255);
      CHECK(file.string().ends_with("_1000000.png"));
      names.insert(file.string());
    }
  }
  CHECK(names.size() == 10);
  CHECK(names.contains("x/visualization/val/sub/" + std::string(199, 'n') + "a_1000000.png"));
}

TEST_CASE("a long name is not cut within a character", "[checkpoint]") {
  const ExperimentLayout layout("x");
  for (const char* begin : {"", "a", "ab"}) {
    std::string name = begin;
    while (name.size() < 240) {
      name += "\u00e9\u2588";
    }
    const std::string stem = layout.visualization_path("val", name, 1).stem().string();
    const std::size_t kept = stem.find('~');
    CHECK(name.starts_with(stem.substr(0, kept)));
    CHECK((static_cast<unsigned char>(name[kept]) & 0xC0) != 0x80);
  }
}
