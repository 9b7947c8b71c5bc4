#include "loss/loss.h"

#include <torch/torch.h>

#include "core/error.h"
#include "support/catch.h"
#include "support/losses.h"

using sr::test::loss_named;

TEST_CASE("Losses keep their order and weight and are named after their type", "[loss]") {
  const auto losses =
      sr::make_losses({loss_named("charbonnierloss", 1), loss_named("mseloss", 0.25)});
  REQUIRE(losses.size() == 2);
  REQUIRE(losses[0].name == "l_g_charbonnierloss");
  REQUIRE(losses[1].name == "l_g_mseloss");
  REQUIRE(losses[1].weight == 0.25);
}

TEST_CASE("A type that occurs again gets a number", "[loss]") {
  const auto losses = sr::make_losses({loss_named("l1loss", 1), loss_named("mseloss", 1),
                                       loss_named("l1loss", 1), loss_named("l1loss", 1)});
  REQUIRE(losses[0].name == "l_g_l1loss");
  REQUIRE(losses[2].name == "l_g_l1loss_2");
  REQUIRE(losses[3].name == "l_g_l1loss_3");
}

TEST_CASE("A GAN loss is found by itself and is no image loss", "[loss]") {
  const std::vector<sr::LossConfig> configs{loss_named("l1loss", 1), loss_named("ganloss", 0.1)};
  REQUIRE(sr::make_losses(configs).size() == 1);
  REQUIRE(sr::find_gan_loss(configs)->loss_weight == 0.1);
  REQUIRE_FALSE(sr::find_gan_loss({loss_named("l1loss", 1)}));
  REQUIRE_THROWS_AS(sr::find_gan_loss({loss_named("ganloss", 1), loss_named("ganloss", 1)}),
                    sr::ConfigError);
}
