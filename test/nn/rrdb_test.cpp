#include "nn/rrdb.h"

#include <cmath>

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast.h"
#include "support/catch.h"

namespace {

using sr::arch::EsrganOptions;
using sr::arch::ParamNaming;
using sr::arch::RrdbNetOptions;

template <typename Options>
Options small_options(ParamNaming naming) {
  Options options;
  options.num_feat = 4;
  options.num_grow_ch = 3;
  options.num_block = 2;
  options.param_naming = naming;
  return options;
}

struct Case {
  const char* key;
  int scale;
  bool unshuffle;
  std::int64_t height, width;
};
const Case kCases[] = {
    {"x1", 1, true, 8, 8}, {"x1_padded", 1, true, 7, 10}, {"x1_plain", 1, false, 4, 6},
    {"x2", 2, true, 4, 6}, {"x2_padded", 2, true, 5, 7},  {"x2_plain", 2, false, 4, 6},
    {"x3", 3, true, 4, 6}, {"x4", 4, true, 4, 6},         {"x8", 8, true, 4, 3}};

/// The golden lines of one naming: the output, then the parameters.
std::vector<sr::test::GoldenLine> lines_of(const char* key, ParamNaming naming) {
  std::vector<sr::test::GoldenLine> lines = sr::test::golden_lines("rrdb_golden.txt", key);
  REQUIRE(lines.size() % 2 == 1);
  const auto half = static_cast<std::ptrdiff_t>(lines.size() / 2);
  const auto first = naming == ParamNaming::kNew ? lines.begin() + 1 : lines.begin() + 1 + half;
  std::vector<sr::test::GoldenLine> result{lines[0]};
  result.insert(result.end(), first, first + half);
  return result;
}

std::unique_ptr<sr::Network> make(const Case& c, ParamNaming naming) {
  EsrganOptions config = small_options<EsrganOptions>(naming);
  config.use_pixel_unshuffle = c.unshuffle;
  return sr::make_network(config, c.scale, 1);
}

}  // namespace

TEST_CASE("RRDB output and gradients equal a PyTorch implementation at every scale", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 9))];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  const auto network = make(c, ParamNaming::kNew);
  sr::test::fill_parameters(*network, 0.1);
  network->to(at::kCPU, channels_last);
  const at::Tensor output = network->forward(sr::test::wave_images({2, 3, c.height, c.width}));
  REQUIRE(output.sizes() == at::IntArrayRef({2, 3, c.height * c.scale, c.width * c.scale}));
  sr::test::backward_from(output);
  const auto lines = lines_of(c.key, ParamNaming::kNew);
  sr::test::require_output(output, lines[0]);
  REQUIRE(network->parameters().size() == lines.size() - 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CAPTURE(lines[i].name);
    sr::test::require_tensor(network->parameters()[i - 1].tensor.grad(), lines[i]);
  }
}

TEST_CASE("RRDB parameters have the names of the peers' state dict in both namings", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 9))];
  const ParamNaming naming = GENERATE(ParamNaming::kNew, ParamNaming::kOld);
  CAPTURE(c.key);
  std::vector<std::string> expected;
  for (const sr::test::GoldenLine& line : lines_of(c.key, naming)) {
    expected.push_back(line.name);
  }
  expected.erase(expected.begin());
  REQUIRE(sr::test::names_of(make(c, naming)->parameters()) == expected);
}

TEST_CASE("Each naming is translated into the other and back", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 9))];
  const auto with_new = make(c, ParamNaming::kNew);
  const auto with_old = make(c, ParamNaming::kOld);
  for (std::size_t i = 0; i < with_new->parameters().size(); ++i) {
    const std::string& in_new = with_new->parameters()[i].name;
    const std::string& in_old = with_old->parameters()[i].name;
    CHECK(with_new->own_name(in_old) == in_new);
    CHECK(with_old->own_name(in_new) == in_old);
    CHECK(with_new->own_name(in_new) == in_new);
    CHECK(with_old->own_name(in_old) == in_old);
  }
}

TEST_CASE("BSRGAN's names are known and strange ones stay as they are", "[nn]") {
  const auto network = sr::make_network(small_options<EsrganOptions>(ParamNaming::kOld), 4, 0);
  CHECK(network->own_name("RRDB_trunk.1.RDB2.conv5.bias") == "model.1.sub.1.RDB2.conv5.0.bias");
  CHECK(network->own_name("trunk_conv.weight") == "model.1.sub.2.weight");
  CHECK(network->own_name("upconv2.weight") == "model.6.weight");
  CHECK(network->own_name("HRconv.bias") == "model.8.bias");
  CHECK(network->own_name("conv_last.bias") == "model.10.bias");
  CHECK(network->own_name("RRDB_trunk.2.RDB2.conv5.bias") == "RRDB_trunk.2.RDB2.conv5.bias");
}

TEST_CASE("RRDB networks of the published sizes have the published numbers of parameters", "[nn]") {
  const auto count = [](const sr::Network& network) {
    std::int64_t sum = 0;
    for (const sr::NamedTensor& parameter : network.parameters()) {
      sum += parameter.tensor.numel();
    }
    return sum;
  };
  const RrdbNetOptions config;
  REQUIRE(count(*sr::make_network(config, 4, 0)) == 16'697'987);
  REQUIRE(count(*sr::make_network(config, 2, 0)) == 16'703'171);
  EsrganOptions lite;
  lite.num_feat = 32;
  lite.num_block = 12;
  REQUIRE(count(*sr::make_network(lite, 4, 0)) == 5'021'155);
}

TEST_CASE("BasicSR's dense blocks start with a tenth of kaiming_normal and no bias", "[nn]") {
  RrdbNetOptions config = small_options<RrdbNetOptions>(ParamNaming::kNew);
  config.num_feat = 64;
  config.num_grow_ch = 32;
  config.num_block = 1;
  const auto network = sr::make_network(config, 4, 3);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    const bool dense = parameter.name.find("rdb") != std::string::npos;
    if (dense && parameter.tensor.dim() == 1) {
      REQUIRE(parameter.tensor.abs().sum().item<double>() == 0);
    } else if (parameter.tensor.dim() == 4) {
      const double fan_in = 9.0 * static_cast<double>(parameter.tensor.size(1));
      const double deviation = dense ? 0.1 * std::sqrt(2 / fan_in) : 1 / std::sqrt(3 * fan_in);
      REQUIRE(parameter.tensor.std().item<double>() == Approx(deviation).epsilon(0.05));
    } else {
      REQUIRE(parameter.tensor.abs().max().item<double>() > 0);
    }
  }
}

TEST_CASE("traiNNer-redux's ESRGAN starts with PyTorch's uniform range everywhere", "[nn]") {
  EsrganOptions config = small_options<EsrganOptions>(ParamNaming::kOld);
  config.num_feat = 64;
  config.num_block = 1;
  const auto network = sr::make_network(config, 4, 3);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    if (parameter.tensor.dim() == 4 && parameter.tensor.numel() > 5000) {
      const double bound = 1 / std::sqrt(9.0 * static_cast<double>(parameter.tensor.size(1)));
      REQUIRE(parameter.tensor.abs().max().item<double>() <= bound);
      REQUIRE(parameter.tensor.std().item<double>() ==
              Approx(bound / std::sqrt(3.0)).epsilon(0.05));
    }
  }
}

TEST_CASE("rrdbnet folds its input at scales 1 and 2 and esrgan when it is asked to", "[nn]") {
  const RrdbNetOptions config = small_options<RrdbNetOptions>(ParamNaming::kNew);
  EsrganOptions plain = small_options<EsrganOptions>(ParamNaming::kNew);
  plain.use_pixel_unshuffle = false;
  REQUIRE(sr::make_network(config, 2, 0)->parameters()[0].tensor.size(1) == 12);
  REQUIRE(sr::make_network(config, 1, 0)->parameters()[0].tensor.size(1) == 48);
  REQUIRE(sr::make_network(plain, 2, 0)->parameters()[0].tensor.size(1) == 3);
}

TEST_CASE("Images smaller than a fold are enlarged as well", "[nn]") {
  const auto network = sr::make_network(small_options<RrdbNetOptions>(ParamNaming::kNew), 1, 0);
  const at::NoGradGuard no_grad;
  REQUIRE(network->forward(torch::rand({1, 3, 1, 2})).sizes() == at::IntArrayRef({1, 3, 1, 2}));
}
