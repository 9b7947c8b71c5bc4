#include "infer/reach.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "nn/network.h"
#include "support/catch.h"
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
    {"edsr", {}},
    {"edsr", {{"num_block", "2"}}},
    {"msrresnet", {{"num_block", "2"}}},
    {"moesr2", {}},
    {"spanf3", {}},
    {"spanf3", {{"unshuffle_mod", "false"}, {"num_blocks", "2"}}},
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

/// Weights that let through what comes from the edge of the reach, and double precision.
void fill(const sr::Network& network) {
  const at::NoGradGuard no_grad;
  double phase = 0;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    const at::Tensor places = torch::arange(parameter.tensor.numel(), torch::kFloat64);
    at::Tensor(parameter.tensor)
        .set_data(torch::sin(0.7 * places + phase++).mul(0.2).view(parameter.tensor.sizes()));
  }
  for (const sr::NamedTensor& buffer : network.buffers()) {
    if (buffer.tensor.is_floating_point()) {
      at::Tensor(buffer.tensor).set_data(buffer.tensor.to(torch::kFloat64));
    }
  }
}

/// Images that differ from each other: of two pixels that are pooled each is the larger one
/// somewhere.
at::Tensor images(const sr::NetworkConfig& config, std::int64_t width) {
  constexpr std::int64_t kImages = 4;
  constexpr std::int64_t kRows = 8;
  auto generator = at::make_generator<at::CPUGeneratorImpl>(1);
  return at::rand({kImages, sr::arch::input_channels(config.options), kRows, width}, generator,
                  at::TensorOptions(torch::kFloat64));
}

/// What becomes of the output when the image is another in this column.
at::Tensor change(const sr::Network& network, const at::Tensor& image, std::int64_t column) {
  const at::NoGradGuard no_grad;
  at::Tensor other = image.clone();
  other.select(3, column).add_(100);
  return network.forward(other) - network.forward(image);
}

/// Of the output's columns from `first` on by the image.
at::Tensor gradient(const sr::Network& network, const at::Tensor& image, std::int64_t first,
                    std::int64_t amount) {
  const at::Tensor input = image.clone().requires_grad_();
  const at::Tensor output = network.forward(input).narrow(3, first, amount);
  const at::Tensor factors =
      torch::sin(torch::arange(output.numel(), torch::kFloat64)).view(output.sizes());
  return torch::autograd::grad({output}, {input}, {factors}).front();
}

at::Tensor columns(const at::Tensor& values) {
  return values.abs().amax({0, 1, 2}).nonzero().flatten();
}

}  // namespace

TEST_CASE("a network's reach is how far a changed pixel shows", "[infer]") {
  const Case& c = kCases[GENERATE(range(std::size_t{0}, std::size(kCases)))];
  const int scale = GENERATE(1, 2, 3, 4);
  const sr::NetworkConfig config = small_network(c);
  if (sr::arch::impossible(config.options, scale)) {
    return;
  }
  const auto network = sr::make_network(config, scale, 3);
  fill(*network);
  const int reach = *sr::surroundings_of(config.options, scale).reach;
  const std::int64_t side = 2 * reach + 41;
  const std::int64_t middle = reach + 20;
  const at::Tensor image = images(config, side);
  CAPTURE(config.type, c.arguments, scale, reach);
  {
    const at::Tensor changed = columns(change(*network, image, middle));
    CHECK(middle - changed[0].item<std::int64_t>() / scale <= reach);
    CHECK(changed[-1].item<std::int64_t>() / scale - middle <= reach);
  }
  // A gradient is not lost in rounding where a change is: it tells whether the bound is too
  // careful, which it is by no more than a fold and a pixel. What comes from the edge is 1e-23 of
  // the rest in some networks: float32 may not hold what it is a product of.
  const at::Tensor seen = columns(gradient(*network, image, middle * scale, scale));
  const auto left = middle - seen[0].item<std::int64_t>();
  const auto right = seen[-1].item<std::int64_t>() - middle;
  CAPTURE(left, right);
  CHECK(std::max(left, right) <= reach);
  CHECK(left + right >= 2 * (reach - 5));
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
  CHECK_FALSE(surroundings("hit_srf", {}, 4).reach);
  CHECK(surroundings("hit_srf", {}, 4).grid == 64);
  CHECK(surroundings("hit_sir", {{"depths", "5"}, {"num_heads", "6"}}, 4).grid == 48);
  CHECK_FALSE(surroundings("dwt", {}, 4).reach);
  CHECK(surroundings("dwt", {}, 4).grid == 32);
  CHECK_FALSE(surroundings("emt", {}, 4).reach);
  CHECK(surroundings("emt", {}, 4).grid == 32);
  CHECK_FALSE(surroundings("seemore_t", {}, 4).reach);
  CHECK(surroundings("seemore_t", {}, 4).grid == 16);
  CHECK_FALSE(surroundings("sebica", {}, 4).reach);
  CHECK_FALSE(surroundings("escrealm", {}, 4).reach);
  CHECK(surroundings("escrealm", {{"unshuffle_mod", "true"}}, 1).grid == 128);
  CHECK_FALSE(surroundings("flexnet", {}, 4).reach);
  CHECK(surroundings("flexnet", {}, 4).grid == 8);
  CHECK(surroundings("metaflexnet", {}, 4).grid == 64);
  CHECK_FALSE(surroundings("docres_base", {}, 1).reach);
  CHECK(surroundings("docres_base", {}, 1).grid == 8);
  CHECK_FALSE(surroundings("cascadedgaze", {}, 1).reach);
  CHECK(surroundings("cascadedgaze", {}, 1).grid == 16);
  CHECK_FALSE(surroundings("mosrv2", {{"upsampler", "lda"}}, 4).reach);
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
  CHECK_FALSE(surroundings("grl_b", {}, 4).reach);
  CHECK(surroundings("grl_b", {}, 4).grid == 64);
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
  CHECK(surroundings("edsr", {}, 4).reach == 36);
  CHECK(surroundings("msrresnet", {}, 3).reach == 35);
  CHECK(surroundings("mosr_t", {}, 4).reach == 29);
  CHECK(surroundings("temporalspanv2", {}, 4).reach == 45);
}
