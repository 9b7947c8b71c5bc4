#include "nn/discriminator.h"

#include <algorithm>
#include <stdexcept>

#include <torch/torch.h>

#include "core/error.h"
#include "nn/autocast.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/thrown.h"

namespace {

std::unique_ptr<sr::Discriminator> make(const std::string& type, std::uint64_t seed = 0) {
  return sr::make_discriminator(sr::test::small_discriminator(type), seed);
}

std::string any_type() {
  return GENERATE(from_range(sr::test::discriminator_types()));
}

int side_for(const sr::Discriminator& network) {
  return network.input_size().value_or(std::max(32, network.smallest_input()));
}

std::int64_t count(const std::string& type) {
  const auto network = sr::make_discriminator(sr::test::discriminator_named(type), 0);
  std::int64_t sum = 0;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    sum += parameter.tensor.numel();
  }
  return sum;
}

}  // namespace

TEST_CASE("Discriminators of the default width have the peers' numbers of parameters", "[nn]") {
  CHECK(count("unetdiscriminatorsn") == 4'376'897);
  CHECK(count("dunet") == 3'231'457);
  CHECK(count("vggstylediscriminator") == 14'499'401);
  CHECK(count("patchgandiscriminatorsn") == 2'764'737);
  CHECK(count("multiscalepatchgandiscriminatorsn") == 8'294'211);
  CHECK(count("metagan2") == 3'621'256);
  CHECK(count("metagan3") == 7'912'208);
  CHECK(count("docres_discriminator") == 112'896);
  CHECK(count("unetsegmentation") == 32'521'105);
}

TEST_CASE("Logits are of the shape that the peers have", "[nn]") {
  const auto shape = [](const std::string& type, std::int64_t height, std::int64_t width) {
    return make(type)->forward(torch::rand({2, 3, height, width})).sizes().vec();
  };
  using Shape = std::vector<std::int64_t>;
  CHECK(shape("unetdiscriminatorsn", 24, 32) == Shape{2, 1, 24, 32});
  CHECK(shape("dunet", 24, 32) == Shape{2, 1, 24, 32});
  CHECK(shape("vggstylediscriminator", 128, 128) == Shape{2, 1});
  CHECK(shape("patchgandiscriminatorsn", 32, 48) == Shape{2, 1, 2, 4});
  CHECK(shape("multiscalepatchgandiscriminatorsn", 96, 100) == Shape{1, 1});
  CHECK(shape("metagan2", 24, 33) == Shape{2, 8, 3, 5});
  CHECK(shape("metagan3", 24, 33) == Shape{2, 8, 3, 5});
  CHECK(shape("docres_discriminator", 5, 9) == Shape{2, 1, 5, 9});
  CHECK(shape("unetsegmentation", 40, 65) == Shape{2, 1, 40, 65});
}

namespace {

std::unique_ptr<sr::Discriminator> patchgan(std::optional<int> padding, int layers = 3) {
  sr::arch::PatchGanOptions options;
  options.num_layers = layers;
  options.padding = padding;
  return sr::make_discriminator(sr::test::discriminator_of(options, 2), 1);
}

}  // namespace

TEST_CASE("PatchGAN pads by 1 as traiNNer-redux or by 2 as before", "[nn]") {
  using Shape = std::vector<std::int64_t>;
  const auto shape = [](std::optional<int> padding, int layers) {
    return patchgan(padding, layers)->forward(torch::rand({1, 3, 128, 128})).sizes().vec();
  };
  CHECK(shape(std::nullopt, 3) == Shape{1, 1, 14, 14});
  CHECK(shape(1, 4) == Shape{1, 1, 6, 6});
  CHECK(shape(2, 3) == Shape{1, 1, 19, 19});
  CHECK(shape(2, 4) == Shape{1, 1, 11, 11});
}

TEST_CASE("PatchGAN goes on with the padding that a saved run had", "[nn]") {
  using Saved = std::map<std::string, std::string>;
  const Saved earlier{{"architecture", "patchgandiscriminatorsn"}, {"num_layers", "3"}};
  const at::Tensor images = torch::rand({1, 3, 64, 64});
  const auto followed = patchgan(std::nullopt);
  CHECK(followed->continue_from(earlier).has_value());
  CHECK(followed->description().at("padding") == "2");
  CHECK(torch::equal(followed->forward(images), patchgan(2)->forward(images)));
  CHECK_FALSE(followed->continue_from(earlier).has_value());
  CHECK_FALSE(patchgan(std::nullopt)->continue_from({{"padding", "1"}}).has_value());
  const auto asked = patchgan(1);
  CHECK_FALSE(asked->continue_from(earlier).has_value());
  CHECK(asked->description().at("padding") == "1");
}

TEST_CASE("Every side from the smallest one works where the size is free", "[nn]") {
  const auto network = make(any_type());
  if (network->input_size()) {
    return;
  }
  const int smallest = network->smallest_input();
  for (int side = smallest; side < smallest + 9; ++side) {
    const at::Tensor logits = network->forward(torch::rand({1, 3, side, smallest + 3}));
    CHECK(logits.isfinite().all().item<bool>());
  }
}

TEST_CASE("Images of a wrong size are refused", "[nn]") {
  REQUIRE_THROWS_AS(make("vggstylediscriminator")->forward(torch::rand({1, 3, 128, 64})),
                    std::invalid_argument);
  REQUIRE_THROWS_AS(make("unetdiscriminatorsn")->forward(torch::rand({1, 3, 7, 64})),
                    std::invalid_argument);
}

TEST_CASE("Impossible discriminator arguments are configuration errors", "[nn]") {
  REQUIRE_THROWS_AS(sr::make_discriminator(sr::test::small_discriminator("dunet", 5), 0),
                    sr::ConfigError);
  const auto refused = [](const auto& options) {
    return sr::test::message_of<sr::ConfigError>([&] {
      sr::make_discriminator({"any", options}, 0);
    });
  };
  CHECK(refused(sr::arch::MetaGan2Options{.blocks = {1}}) ==
        "network_d: blocks: expected 4 entries as in dims, got 1");
  CHECK(refused(sr::arch::MetaGan2Options{.downs = {4, 2, 4, 2}}) ==
        "network_d: downs: expected 4, then 2 for every other stage, as traiNNer-redux's class can "
        "compute; got 4, 2, 4, 2");
  CHECK(refused(sr::arch::MetaGan3Options{.dims = {8}, .blocks = {1}}) ==
        "network_d: dims: expected two entries or more, got 1");
}

TEST_CASE("Of one logit for all images the loss is no mean over them", "[nn]") {
  CHECK_FALSE(make("multiscalepatchgandiscriminatorsn")->is_mean_over_samples());
  CHECK(make("patchgandiscriminatorsn")->is_mean_over_samples());
  CHECK(make("metagan2")->is_mean_over_samples());
  CHECK(make("docres_discriminator")->is_mean_over_samples());
  CHECK_FALSE(make("unetsegmentation")->is_mean_over_samples());
}

TEST_CASE("Every discriminator learns under autocast with float32 gradients", "[nn]") {
  const auto network = make(any_type());
  const bool channels_last = GENERATE(false, true);
  CAPTURE(network->description().at("architecture"), channels_last);
  network->to(at::kCPU, channels_last);
  const int side = side_for(*network);
  const at::Tensor images = torch::rand({2, 3, side, side});
  images.set_requires_grad(true);
  at::Tensor loss;
  {
    const sr::AutocastGuard guard(at::kCPU, at::kBFloat16);
    loss = network->forward(images).to(at::kFloat).square().mean() +
           network->forward(images * 0.5).to(at::kFloat).mean();
  }
  loss.backward();
  REQUIRE(images.grad().abs().sum().item<float>() > 0);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    REQUIRE(parameter.tensor.grad().scalar_type() == at::kFloat);
    REQUIRE(parameter.tensor.grad().isfinite().all().item<bool>());
  }
}

TEST_CASE("Initial discriminators depend on the seed alone", "[nn]") {
  const std::string type = any_type();
  const auto tensors = [&](std::uint64_t seed) {
    const auto network = make(type, seed);
    sr::NamedTensors all = network->parameters();
    all.insert(all.end(), network->buffers().begin(), network->buffers().end());
    return all;
  };
  at::manual_seed(1);
  const sr::NamedTensors first = tensors(7);
  at::manual_seed(2);
  const sr::NamedTensors second = tensors(7);
  for (std::size_t i = 0; i < first.size(); ++i) {
    REQUIRE(torch::equal(first[i].tensor, second[i].tensor));
  }
  // Some begin with a tensor that is the same for every seed.
  const sr::NamedTensors other = tensors(8);
  REQUIRE_FALSE(std::equal(
      first.begin(), first.end(), other.begin(),
      [](const auto& one, const auto& two) { return torch::equal(one.tensor, two.tensor); }));
}

TEST_CASE("Each discriminator knows the other form of spectral names", "[nn]") {
  const auto unet = make("unetdiscriminatorsn");
  CHECK(unet->own_name("conv1.parametrizations.weight.original") == "conv1.weight_orig");
  CHECK(unet->own_name("conv8.parametrizations.weight.0._v") == "conv8.weight_v");
  CHECK(unet->own_name("conv8.weight_v") == "conv8.weight_v");
  CHECK(unet->own_name("conv0.parametrizations.weight.original") ==
        "conv0.parametrizations.weight.original");
  const auto dunet = make("dunet");
  CHECK(dunet->own_name("up1.1.weight_orig") == "up1.1.parametrizations.weight.original");
  CHECK(dunet->own_name("end_conv.2.weight_u") == "end_conv.2.parametrizations.weight.0._u");
  CHECK(make("patchgandiscriminatorsn")->own_name("model.0.parametrizations.weight.0._u") ==
        "model.0.weight_u");
}

TEST_CASE("DocRes' discriminator reads spectral weights by either form's names", "[nn]") {
  const auto network = sr::make_discriminator(
      {"docres_discriminator",
       sr::arch::DocResDiscriminatorOptions{
           .dim = 4, .norm_type = sr::arch::DocResDiscriminatorOptions::Norm::kSpectral}},
      0);
  CHECK(network->own_name("model.8.parametrizations.weight.original") == "model.8.weight_orig");
  CHECK(make("docres_discriminator")->buffers().empty());
}

TEST_CASE("A new dunet's singular vectors have already converged", "[nn]") {
  const auto network = make("dunet");
  const at::Tensor before = network->buffers()[0].tensor.clone();
  REQUIRE(network->buffers()[0].name == "e_x1.0.parametrizations.weight.0._u");
  network->forward(torch::rand({1, 3, 16, 16}));
  REQUIRE(torch::allclose(network->buffers()[0].tensor, before, 0.2, 0.2));
  REQUIRE(before.norm().item<double>() == Approx(1).epsilon(1e-5));
}
