#include "nn/network.h"

#include <torch/torch.h>

#include "core/error.h"
#include "support/catch.h"

TEST_CASE("Every registered network maps an image to scale times its size", "[nn]") {
  const int scale = GENERATE(1, 2, 3, 4, 8);
  for (const sr::NetworkEntry& entry : sr::networks()) {
    CAPTURE(entry.type);
    sr::NetworkConfig config;
    config.type = std::string(entry.type);
    config.num_feat = 8;
    config.num_conv = 1;
    config.num_block = 1;
    config.num_grow_ch = 4;
    const auto network = sr::make_network(config, scale, 0);
    REQUIRE(network->scale() == scale);
    REQUIRE(network->size_multiple() == 1);
    const at::Tensor output = network->forward(torch::rand({2, 3, 5, 6}));
    REQUIRE(output.sizes() == at::IntArrayRef({2, 3, 5 * scale, 6 * scale}));
  }
}

TEST_CASE("An unknown network is a configuration error that lists the known ones", "[nn]") {
  sr::NetworkConfig config;
  config.type = "swinir";
  std::string message;
  try {
    sr::make_network(config, 2, 0);
  } catch (const sr::ConfigError& error) {
    message = error.what();
  }
  REQUIRE(message.find("swinir") != std::string::npos);
  for (const sr::NetworkEntry& entry : sr::networks()) {
    REQUIRE(message.find(entry.type) != std::string::npos);
  }
}

TEST_CASE("The description names architecture scale and constructor arguments", "[nn]") {
  sr::NetworkConfig config;
  config.type = "superultracompact";
  config.num_feat = 24;
  config.num_conv = 8;
  const auto network = sr::make_network(config, 2, 0);
  REQUIRE(network->description() ==
          std::map<std::string, std::string>{{"architecture", "superultracompact"},
                                             {"scale", "2"},
                                             {"num_in_ch", "3"},
                                             {"num_out_ch", "3"},
                                             {"num_feat", "24"},
                                             {"num_conv", "8"},
                                             {"act_type", "prelu"},
                                             {"learn_residual", "true"}});
}

TEST_CASE("Moving to channels_last keeps values leaves and output", "[nn]") {
  sr::NetworkConfig config;
  config.type = "compact";
  config.num_feat = 8;
  config.num_conv = 2;
  const auto network = sr::make_network(config, 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 6, 6});
  const at::Tensor before = network->forward(lq).detach();
  const at::Tensor held = network->parameters()[0].tensor;
  network->to(at::kCPU, true);
  REQUIRE(held.is_contiguous(at::MemoryFormat::ChannelsLast));
  REQUIRE(held.is_leaf());
  REQUIRE(held.requires_grad());
  REQUIRE(torch::allclose(network->forward(lq), before, 1e-5, 1e-6));
  network->to(at::kCPU, false);
  REQUIRE(held.is_contiguous());
}
