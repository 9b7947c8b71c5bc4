#include "optim/optimizer.h"

#include <torch/torch.h>

#include "core/error.h"
#include "support/catch.h"

TEST_CASE("An optimizer of another type is a configuration error that names the known ones",
          "[optim]") {
  sr::OptimizerConfig config;
  config.type = "Lamb";
  std::string message;
  try {
    sr::make_optimizer(config, {"weight"}, {torch::zeros({2}, torch::requires_grad())});
  } catch (const sr::ConfigError& error) {
    message = error.what();
  }
  REQUIRE(message.find("'Lamb'") != std::string::npos);
  for (const sr::OptimizerEntry& entry : sr::optimizers()) {
    REQUIRE(message.find(std::string(entry.type)) != std::string::npos);
  }
}
