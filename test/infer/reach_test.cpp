#include "infer/reach.h"

#include <cmath>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "nn/network.h"
#include "support/catch.h"
#include "support/network_images.h"
#include "support/networks.h"

namespace {

struct Case {
  const char* type;
  sr::arch::Arguments arguments;
};
const Case kCases[] = {
    {"compact", {{"num_conv", "3"}}},
    {"rrdbnet", {}},
    {"span", {}},
    {"spanplus_st", {}},
    {"realplksr", {{"kernel_size", "5"}}},
    {"realplksr", {{"kernel_size", "3"}, {"use_ea", "false"}}},
    {"plksr", {{"kernel_size", "7"}, {"ccm_type", "ccm"}}},
    {"plksr", {{"lk_type", "sparseplk"}, {"sparse_kernels", "3"}, {"sparse_dilations", "4"}}},
    {"mosr", {{"upsampler", "geoensemblepixelshuffle"}}},
    {"mosrv2", {}},
    {"mosrv2", {{"upsampler", "pixelshuffle"}, {"unshuffle_mod", "false"}}},
    {"mosrv2", {{"upsampler", "nearest+conv"}}},
    {"mosrv2", {{"upsampler", "transpose+conv"}}},
    {"mosrv2", {{"upsampler", "pa_up"}, {"unshuffle_mod", "false"}}},
    {"artcnn_r3f24", {{"kernel_size", "5"}}},
    {"dis_fast", {}},
    {"dis_fast", {{"use_depthwise", "true"}}},
    {"rtmosr", {{"se", "false"}}},
    {"rtmosr_ul", {{"se", "false"}}},
    {"man_tiny", {}},
    {"man_tiny", {{"n_resgroups", "2"}}},
    {"moesr2", {}},
    {"moesr2", {{"upsampler", "pixelshuffle"}}},
    {"temporalspanv2", {}},
    {"ditn_real", {{"patch_size", "2"}}},
    {"ditn_real", {{"patch_size", "4"}, {"UFONE_blocks", "2"}}},
};

sr::NetworkConfig small_network(const Case& c) {
  sr::arch::Arguments arguments = c.arguments;
  const sr::arch::Arguments tiny = sr::arch::arguments(sr::test::tiny_network(c.type).options);
  arguments.insert(tiny.begin(), tiny.end());
  return sr::test::network_of(c.type, arguments);
}

/// Weights that let through what comes from the edge of the reach.
void fill(const sr::Network& network) {
  double phase = 0;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    const at::Tensor places = torch::arange(parameter.tensor.numel(), torch::kFloat64);
    parameter.tensor.copy_(
        torch::sin(0.7 * places + phase++).mul(0.2).view(parameter.tensor.sizes()));
  }
}

}  // namespace

TEST_CASE("a network's reach is how far a changed pixel shows", "[infer]") {
  const Case& c = kCases[GENERATE(range(0, 24))];
  const int scale = GENERATE(1, 2, 3, 4);
  const sr::NetworkConfig config = small_network(c);
  if (sr::arch::impossible(config.options, scale)) {
    return;
  }
  const auto network = sr::make_network(config, scale, 3);
  const at::NoGradGuard no_grad;
  fill(*network);
  const int reach = *sr::surroundings_of(config.options, scale).reach;
  const std::int64_t side = 2 * reach + 41;
  const std::int64_t middle = reach + 20;
  at::Tensor image = sr::test::images_for(config, 1, 1, side).repeat({1, 1, 8, 1});
  const at::Tensor before = network->forward(image);
  image.select(3, middle).add_(100);
  const at::Tensor changed =
      (network->forward(image) - before).abs().amax({0, 1, 2}).nonzero().flatten();
  const auto lq = [&](const at::Tensor& pixel) { return pixel.item<std::int64_t>() / scale; };
  CAPTURE(config.type, c.arguments, scale, reach, lq(changed[0]) - middle,
          lq(changed[-1]) - middle);
  CHECK(middle - lq(changed[0]) <= reach);
  CHECK(lq(changed[-1]) - middle <= reach);
  // No more than a fold and a pixel too careful; what reaches the edge through an RRDB network's
  // blocks is below float32's rounding.
  CHECK((config.type == "rrdbnet" || lq(changed[-1]) - lq(changed[0]) >= 2 * (reach - 5)));
}

TEST_CASE("networks that average the image or look where they have learned to have no reach",
          "[infer]") {
  const auto surroundings = [](const char* type, const sr::arch::Arguments& arguments, int scale) {
    return sr::surroundings_of(sr::test::network_of(type, arguments).options, scale);
  };
  CHECK_FALSE(surroundings("rcan", {}, 4).reach);
  CHECK_FALSE(surroundings("spanplus", {}, 4).reach);
  CHECK_FALSE(surroundings("realplksr", {{"layer_norm", "false"}}, 4).reach);
  CHECK_FALSE(surroundings("realplksr", {{"upsampler", "dysample"}}, 4).reach);
  CHECK_FALSE(surroundings("mosr", {{"upsampler", "dysample"}}, 4).reach);
  CHECK_FALSE(surroundings("temporalspan", {}, 4).reach);
  CHECK_FALSE(surroundings("rtmosr", {}, 4).reach);
  CHECK(surroundings("rtmosr_l", {}, 2).grid == 4);
  CHECK_FALSE(surroundings("lkfmixer_t", {}, 4).reach);
  CHECK(surroundings("lkfmixer_t", {}, 4).grid == 8);
  CHECK_FALSE(surroundings("safmn", {}, 4).reach);
  CHECK(surroundings("safmn", {}, 4).grid == 8);
  CHECK_FALSE(surroundings("gaterv3_s", {}, 4).reach);
  CHECK(surroundings("gaterv3_s", {}, 4).grid == 8);
  CHECK_FALSE(surroundings("elan_light", {}, 4).reach);
  CHECK(surroundings("elan_light", {}, 4).grid == 16);
  CHECK_FALSE(surroundings("seemore_t", {}, 4).reach);
  CHECK(surroundings("seemore_t", {}, 4).grid == 16);
  CHECK_FALSE(surroundings("sebica", {}, 4).reach);
  CHECK_FALSE(surroundings("escrealm", {}, 4).reach);
  CHECK(surroundings("escrealm", {{"unshuffle_mod", "true"}}, 1).grid == 128);
  const sr::Surroundings folded = surroundings("mosrv2", {{"upsampler", "dysample"}}, 1);
  CHECK_FALSE(folded.reach);
  CHECK(folded.grid == 4);
  CHECK(surroundings("rcan_unshuffle", {}, 2).grid == 2);
  CHECK_FALSE(surroundings("dat", {}, 4).reach);
  CHECK(surroundings("dat", {}, 4).grid == 32);
  CHECK(surroundings("dat_s", {{"unshuffle_mod", "true"}}, 1).grid == 64);
  CHECK_FALSE(surroundings("craft", {}, 4).reach);
  CHECK(surroundings("craft", {}, 4).grid == 16);
  CHECK(surroundings("dctlsa", {}, 4).grid == 16);
  CHECK(surroundings("lmlt_base", {}, 4).grid == 64);
  CHECK(surroundings("ditn_real", {}, 4).reach == 58);
  CHECK(surroundings("ditn_real", {}, 4).grid == 8);
  CHECK_FALSE(surroundings("eimn_l", {}, 4).reach);
  CHECK_FALSE(surroundings("rgt", {}, 4).reach);
  CHECK(surroundings("rgt", {}, 4).grid == 32);
  CHECK(surroundings("rgt", {{"split_size", "8,8"}}, 4).grid == 16);
  CHECK(surroundings("srformer", {}, 4).grid == 24);
  CHECK_FALSE(surroundings("fdat", {}, 2).reach);
  CHECK(surroundings("fdat", {}, 2).grid == 8);
  CHECK(surroundings("fdat", {{"unshuffle_mod", "true"}}, 1).grid == 32);
  CHECK_FALSE(surroundings("tfdat", {}, 4).reach);
  CHECK(surroundings("tfdat", {}, 4).grid == 8);
  CHECK(surroundings("tfdat", {}, 1).grid == 32);
  CHECK_FALSE(surroundings("scunet", {}, 1).reach);
  CHECK(surroundings("tscunet", {}, 2).grid == 64);
  CHECK(surroundings("realcugan", {}, 2).grid == 2);
  CHECK(surroundings("realcugan", {}, 3).grid == 4);
  CHECK(surroundings("span", {}, 4).reach == 21);
  CHECK(surroundings("man_tiny", {}, 4).reach == 127);
  CHECK(surroundings("mosr_t", {}, 4).reach == 29);
  CHECK(surroundings("temporalspanv2", {}, 4).reach == 45);
}
