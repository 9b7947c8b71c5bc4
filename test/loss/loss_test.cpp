#include "loss/loss.h"

#include <torch/torch.h>

#include "core/error.h"
#include "support/catch.h"

namespace {

sr::LossConfig loss_of(const std::string& type, double weight) {
  sr::LossConfig config;
  config.type = type;
  config.loss_weight = weight;
  return config;
}

}  // namespace

TEST_CASE("Losses keep their order and weight and are named after their type", "[loss]") {
  const auto losses = sr::make_losses({loss_of("charbonnierloss", 1), loss_of("mseloss", 0.25)});
  REQUIRE(losses.size() == 2);
  REQUIRE(losses[0].name == "l_g_charbonnierloss");
  REQUIRE(losses[1].name == "l_g_mseloss");
  REQUIRE(losses[1].weight == 0.25);
}

TEST_CASE("A type that occurs again gets a number", "[loss]") {
  const auto losses = sr::make_losses(
      {loss_of("l1loss", 1), loss_of("mseloss", 1), loss_of("l1loss", 1), loss_of("l1loss", 1)});
  REQUIRE(losses[0].name == "l_g_l1loss");
  REQUIRE(losses[2].name == "l_g_l1loss_2");
  REQUIRE(losses[3].name == "l_g_l1loss_3");
}

TEST_CASE("An unknown loss is a configuration error that lists the known ones", "[loss]") {
  std::string message;
  try {
    sr::make_losses({loss_of("distsloss", 1)});
  } catch (const sr::ConfigError& error) {
    message = error.what();
  }
  REQUIRE(message.find("distsloss") != std::string::npos);
  for (const sr::LossEntry& entry : sr::losses()) {
    REQUIRE(message.find(entry.type) != std::string::npos);
  }
}

TEST_CASE("A GAN loss is found by itself and is no image loss", "[loss]") {
  const std::vector<sr::LossConfig> configs{loss_of("l1loss", 1), loss_of("ganloss", 0.1)};
  REQUIRE(sr::make_losses(configs).size() == 1);
  REQUIRE(sr::find_gan_loss(configs)->loss_weight == 0.1);
  REQUIRE_FALSE(sr::find_gan_loss({loss_of("l1loss", 1)}));
  REQUIRE_THROWS_AS(sr::find_gan_loss({loss_of("ganloss", 1), loss_of("ganloss", 1)}),
                    sr::ConfigError);
}
