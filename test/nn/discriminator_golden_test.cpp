#include <torch/torch.h>

#include "golden.h"
#include "loss/gan_loss.h"
#include "nn/discriminator.h"
#include "support/catch.h"
#include "support/networks.h"

namespace {

struct Case {
  const char* key;
  sr::DiscriminatorConfig config;
  std::vector<std::int64_t> shape;
  /// Dozens of norms one behind the other magnify what float32 rounds away to a third of a
  /// gradient.
  bool is_double = false;
};

sr::arch::PatchGanOptions patchgan(int num_layers, std::optional<int> padding) {
  sr::arch::PatchGanOptions options;
  options.num_layers = num_layers;
  options.padding = padding;
  return options;
}

sr::arch::MultiscalePatchGanOptions multiscale() {
  sr::arch::MultiscalePatchGanOptions options;
  options.num_layers = 2;
  return options;
}

/// Features of an odd number leave one that belongs to no branch.
sr::DiscriminatorConfig metagan2() {
  return {"metagan2",
          sr::arch::MetaGan2Options{.dims = {8, 17, 20}, .blocks = {1, 2, 0}, .downs = {4, 2, 2}}};
}
sr::DiscriminatorConfig metagan3() {
  return {"metagan3", sr::arch::MetaGan3Options{.dims = {8, 17, 16}, .blocks = {2, 1, 0}}};
}

sr::DiscriminatorConfig docres(const sr::arch::DocResDiscriminatorOptions& options) {
  return {"docres_discriminator", options};
}
sr::DiscriminatorConfig spectral_docres() {
  return docres({.dim = 5,
                 .num_blocks = 4,
                 .bias = true,
                 .norm_type = sr::arch::DocResDiscriminatorOptions::Norm::kSpectral});
}
using Encoder = sr::arch::UnetSegmentationOptions::Encoder;
sr::DiscriminatorConfig segmentation(Encoder encoder) {
  return {"unetsegmentation", sr::arch::UnetSegmentationOptions{.encoder_name = encoder}};
}

std::vector<Case> cases() {
  using sr::test::discriminator_of;
  using sr::test::small_discriminator;
  sr::arch::UnetDiscriminatorOptions no_skip;
  no_skip.skip_connection = false;
  sr::arch::VggDiscriminatorOptions vgg256;
  vgg256.input_size = 256;
  std::vector<Case> result{
      {"unet", small_discriminator("unetdiscriminatorsn", 3), {2, 3, 16, 24}},
      {"unet_no_skip", discriminator_of(no_skip, 3), {2, 3, 16, 24}},
      {"dunet", small_discriminator("dunet", 4), {2, 3, 16, 24}},
      {"vgg128", small_discriminator("vggstylediscriminator", 2), {3, 3, 128, 128}},
      {"vgg256", discriminator_of(vgg256, 1), {2, 3, 256, 256}},
      {"patchgan", discriminator_of(patchgan(3, 2), 3), {2, 3, 19, 32}},
      {"patchgan1", discriminator_of(patchgan(1, 2), 3), {2, 3, 9, 8}},
      {"patchgan_pad1", discriminator_of(patchgan(3, std::nullopt), 3), {2, 3, 27, 40}},
      {"patchgan1_pad1", discriminator_of(patchgan(1, std::nullopt), 3), {2, 3, 9, 8}},
      {"metagan2", metagan2(), {2, 3, 37, 50}},
      {"metagan3", metagan3(), {2, 3, 41, 50}},
      {"multiscale", discriminator_of(multiscale(), 3), {2, 3, 61, 75}},
      {"docres", docres({.dim = 5, .num_blocks = 3}), {2, 3, 11, 14}},
      {"docres_bias",
       docres({.out_channels = 2, .dim = 4, .num_blocks = 1, .bias = true}),
       {2, 3, 9, 8}},
      {"docres_spectral", spectral_docres(), {2, 3, 11, 14}},
      {"unet_resnet18", segmentation(Encoder::kResnet18), {2, 3, 97, 128}, true},
      {"unet_resnet50", segmentation(Encoder::kResnet50), {2, 3, 96, 130}, true},
  };
  return result;
}

std::vector<Case> penalty_cases() {
  using sr::test::discriminator_of;
  using sr::test::small_discriminator;
  return {
      {"r1_unet", small_discriminator("unetdiscriminatorsn", 3), {2, 3, 16, 24}},
      {"r1_vgg128", small_discriminator("vggstylediscriminator", 2), {3, 3, 128, 128}},
      {"r1_patchgan_pad1", discriminator_of(patchgan(3, std::nullopt), 3), {2, 3, 27, 40}},
      {"r1_metagan2", metagan2(), {2, 3, 37, 50}},
      {"r1_metagan3", metagan3(), {2, 3, 41, 50}},
      {"r1_multiscale", discriminator_of(multiscale(), 3), {2, 3, 61, 75}},
      {"r1_docres_spectral", spectral_docres(), {2, 3, 11, 14}},
      {"r1_unet_resnet18", segmentation(Encoder::kResnet18), {2, 3, 97, 128}, true},
  };
}

/// The start of the singular vectors in scripts/golden/discriminators.py.
void fill_vectors(const sr::Module& module) {
  for (std::size_t i = 0; i < module.buffers().size(); ++i) {
    const sr::NamedTensor& buffer = module.buffers()[i];
    if (buffer.name.ends_with("_u") || buffer.name.ends_with("_v")) {
      const at::Tensor vector = sr::test::wave(buffer.tensor.sizes(), 0.9, static_cast<double>(i));
      at::Tensor(buffer.tensor).copy_(vector / vector.norm());
    }
  }
}

/// The network of a case with its golden weights.
std::unique_ptr<sr::Discriminator> filled(const Case& c, bool channels_last) {
  auto network = sr::make_discriminator(c.config, 1);
  for (const sr::NamedTensors* tensors : {&network->parameters(), &network->buffers()}) {
    for (const sr::NamedTensor& named : *tensors) {
      if (c.is_double && named.tensor.is_floating_point()) {
        named.tensor.set_data(named.tensor.to(at::kDouble));
      }
    }
  }
  sr::test::fill_parameters(*network, 0.1);
  fill_vectors(*network);
  network->to(at::kCPU, channels_last);
  return network;
}

at::Tensor images_of(const Case& c, bool channels_last) {
  const at::Tensor exact = 0.5 + 0.5 * sr::test::wave(c.shape, 1.3, 0);
  return exact.to(c.is_double ? at::kDouble : at::kFloat)
      .contiguous(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

constexpr std::string_view kBuffer = "buffer:";

}  // namespace

TEST_CASE(
    "Three training passes of a discriminator equal PyTorch's in output gradients and buffers",
    "[nn]") {
  const Case c = cases()[GENERATE(range(0U, 17U))];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  const auto network = filled(c, channels_last);
  const at::Tensor images = images_of(c, channels_last);
  network->forward(images);
  network->forward(images);
  const at::Tensor output = network->forward(images);
  sr::test::backward_from(output);

  std::vector<std::string> parameters;
  std::vector<std::string> buffers;
  for (const sr::test::GoldenLine& line :
       sr::test::golden_lines("discriminator_golden.txt", c.key)) {
    CAPTURE(line.name);
    if (line.name == "output") {
      sr::test::require_output(output, line);
    } else if (line.name.starts_with(kBuffer)) {
      REQUIRE(buffers.size() < network->buffers().size());
      sr::test::require_tensor(network->buffers()[buffers.size()].tensor.to(at::kDouble), line);
      buffers.push_back(line.name.substr(kBuffer.size()));
    } else {
      REQUIRE(parameters.size() < network->parameters().size());
      sr::test::require_tensor(network->parameters()[parameters.size()].tensor.grad(), line);
      parameters.push_back(line.name);
    }
  }
  REQUIRE_FALSE(parameters.empty());
  REQUIRE(sr::test::names_of(network->parameters()) == parameters);
  REQUIRE(sr::test::names_of(network->buffers()) == buffers);
}

TEST_CASE("the gradient penalty of a discriminator and its gradients equal traiNNer-redux's",
          "[nn]") {
  const Case c = penalty_cases()[GENERATE(range(0U, 8U))];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  const auto network = filled(c, channels_last);
  const at::Tensor images = images_of(c, channels_last).requires_grad_(true);
  network->forward(images);
  const at::Tensor penalty = sr::r1_penalty(network->forward(images), images);
  penalty.backward();

  const auto lines = sr::test::golden_lines("discriminator_golden.txt", c.key);
  REQUIRE(lines.size() == network->parameters().size() + 1);
  REQUIRE(penalty.item<double>() == Approx(lines[0].values[0]).epsilon(1e-4));
  for (std::size_t i = 0; i < network->parameters().size(); ++i) {
    const sr::NamedTensor& parameter = network->parameters()[i];
    CAPTURE(parameter.name);
    REQUIRE(parameter.name == lines[i + 1].name);
    // What a penalty does not depend on, such as the last bias, has no gradient.
    const at::Tensor gradient = parameter.tensor.grad();
    sr::test::require_tensor(gradient.defined() ? gradient : at::zeros({1}), lines[i + 1]);
  }
}

TEST_CASE("every discriminator but DUNet has a second derivative, as it says", "[nn]") {
  const std::string type = GENERATE(from_range(sr::test::discriminator_types()));
  CAPTURE(type);
  const auto network = sr::make_discriminator(sr::test::small_discriminator(type), 1);
  const int side = network->input_size().value_or(std::max(32, network->smallest_input()));
  const at::Tensor images = torch::rand({2, 3, side, side}).requires_grad_(true);
  const auto learn = [&] { sr::r1_penalty(network->forward(images), images).backward(); };
  CHECK(network->has_second_derivative() == (type != "dunet"));
  if (network->has_second_derivative()) {
    CHECK_NOTHROW(learn());
  } else {
    CHECK_THROWS_AS(learn(), c10::Error);
  }
}
