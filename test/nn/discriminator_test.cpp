#include "nn/discriminator.h"

#include "core/error.h"
#include "support/catch.h"

TEST_CASE("An unknown discriminator is a configuration error that lists the known ones", "[nn]") {
  sr::DiscriminatorConfig config;
  config.type = "stylegan2";
  std::string message;
  try {
    sr::make_discriminator(config, 0);
  } catch (const sr::ConfigError& error) {
    message = error.what();
  }
  REQUIRE(message.find("stylegan2") != std::string::npos);
  for (const sr::DiscriminatorEntry& entry : sr::discriminators()) {
    REQUIRE(message.find(entry.type) != std::string::npos);
  }
}
