#include "nn/torchscript_discriminator.h"

#include <string>

#include <torch/torch.h>

#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"
#include "support/torchscript.h"

namespace {

using namespace sr;
using test::contains;
using test::TempFolder;

/// What the forward computes of `y`, the 12 features of a convolution; one channel is left of it.
std::string logits_of(const std::string& line) {
  return "def forward(self, x):\n  y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])\n  " +
         line + "\n  return torch.sum(y, [1], True)\n";
}

std::unique_ptr<Discriminator> load(const TempFolder& folder, const torch::jit::Module& module) {
  return make_discriminator(arch::ScriptDiscriminatorOptions{test::saved(module, folder / "d.pt")},
                            0);
}

}  // namespace

TEST_CASE("a TorchScript file is a discriminator with its own names and values", "[nn]") {
  const TempFolder folder;
  const torch::jit::Module module = test::small_script(logits_of("y = torch.relu(y)"));
  const auto network = load(folder, module);
  REQUIRE(network->parameters().size() == 1);
  CHECK(network->parameters()[0].name == "weight");
  CHECK_FALSE(network->parameters()[0].tensor.grad().defined());
  CHECK(network->smallest_input() == 8);
  CHECK_FALSE(network->input_size());
  CHECK(network->is_mean_over_samples());
  CHECK(network->description().at("sha256").size() == 64);
  const at::Tensor images = at::rand({2, 3, 9, 11});
  const at::Tensor weight = module.attr("weight").toTensor();
  CHECK(torch::equal(network->forward(images),
                     at::relu(at::conv2d(images, weight, {}, 1, 1)).sum(1, true)));
}

TEST_CASE("sizes that a TorchScript discriminator takes are found", "[nn]") {
  const TempFolder folder;
  const auto folded = load(
      folder,
      test::small_script(logits_of("y = torch.pixel_shuffle(torch.pixel_unshuffle(y, 4), 4)")));
  CHECK(folded->smallest_input() == 8);
  CHECK(folded->forward(at::rand({2, 3, 9, 14})).sizes() == at::IntArrayRef{2, 1, 12, 16});
  const auto fixed =
      load(folder,
           test::small_script(logits_of("y = torch.reshape(torch.mean(y, [1]), [-1, 1, 24, 24])")));
  CHECK(fixed->input_size() == 24);
  CHECK(test::message_of<std::invalid_argument>([&] {
          fixed->forward(at::rand({2, 3, 16, 16}));
        }) != "");
}

TEST_CASE("statistics of a batch in a TorchScript discriminator are seen, and left alone", "[nn]") {
  const TempFolder folder;
  torch::jit::Module module = test::small_script("def unused(self, x):\n  return x\n");
  module.register_buffer("mean", at::zeros({12}));
  module.register_buffer("variance", at::ones({12}));
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define(logits_of(
      "y = torch.batch_norm(y, None, None, self.mean, self.variance, self.training, 0.1, 1e-5, "
      "True)"));
  const auto network = load(folder, module);
  CHECK_FALSE(network->is_mean_over_samples());
  REQUIRE(network->buffers().size() == 2);
  CHECK(torch::equal(network->buffers()[0].tensor, at::zeros({12})));
  network->forward(at::rand({2, 3, 8, 8}));
  CHECK_FALSE(torch::equal(network->buffers()[0].tensor, at::zeros({12})));
}

TEST_CASE("a TorchScript file that makes no logits is refused by what it makes", "[nn]") {
  const TempFolder folder;
  const std::string file =
      test::saved(test::small_script(test::forward_with("y = torch.relu(y)")), folder / "g.pt");
  const std::string refusal = test::message_of<CheckpointError>(
      [&] { make_discriminator(arch::ScriptDiscriminatorOptions{file}, 0); });
  CHECK(contains(refusal, "g.pt: makes no logits"));
  CHECK(contains(refusal, "the output is [2, 3, 512, 512]"));
  CHECK_FALSE(test::message_of<ConfigError>([] {
                make_discriminator(arch::ScriptDiscriminatorOptions{}, 0);
              }).empty());
}

TEST_CASE("whether a TorchScript discriminator has a second derivative is found by trying",
          "[nn]") {
  const TempFolder folder;
  const auto smooth = load(folder, test::small_script(logits_of("y = torch.tanh(y)")));
  CHECK(smooth->has_second_derivative());
  CHECK_FALSE(smooth->parameters()[0].tensor.grad().defined());
  const auto sampled =
      load(folder,
           test::small_script(logits_of(
               "y = torch.grid_sampler(y, torch.permute(y[:, 0:2], [0, 2, 3, 1]), 0, 1, False)")));
  CHECK_FALSE(sampled->has_second_derivative());
}
