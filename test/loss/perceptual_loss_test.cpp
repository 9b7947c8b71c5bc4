#include "loss/perceptual_loss.h"

#include <torch/torch.h>

#include "checkpoint/tensor_file.h"
#include "core/error.h"
#include "loss/example_images.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

sr::recipe::PerceptualOptions first_layers() {
  return {.layer_weights = {{"conv1_2", 1}}};
}

template <typename Error>
std::string message_of(const sr::recipe::PerceptualOptions& options) {
  try {
    make_loss(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A missing VGG19 file is a configuration error that says how to make it", "[loss]") {
  sr::recipe::PerceptualOptions options = first_layers();
  options.weights = "nowhere/vgg19.safetensors";
  const std::string message = message_of<sr::ConfigError>(options);
  REQUIRE(message.starts_with("nowhere/vgg19.safetensors: no such file"));
  REQUIRE(message.find("torchvision.models.vgg19") != std::string::npos);
}

TEST_CASE("VGG19's weights are read from a file by torchvision's names", "[loss]") {
  const sr::test::TempFolder folder;
  sr::TensorFile file;
  for (const char* name :
       {"features.0.weight", "features.0.bias", "features.2.weight", "features.2.bias"}) {
    file.tensors.push_back(sr::stage(name, sr::test::example_vgg19().at(name)));
  }
  file.tensors.push_back(sr::stage("classifier.0.weight", torch::ones({2, 2})));
  sr::recipe::PerceptualOptions options = first_layers();
  options.weights = folder.path() / "vgg19.safetensors";
  sr::write_safetensors(options.weights, file);
  const auto from_file = make_loss(options);
  const auto at_hand = sr::make_perceptual_loss(options, sr::test::example_vgg19());
  const sr::LossImages images = sr::test::example_images({1, 3, 16, 16}, torch::kFloat32);
  REQUIRE((*from_file)(images).item<float>() == Approx((*at_hand)(images).item<float>()));
}

TEST_CASE("A file that is not VGG19's is refused with its name and the first difference",
          "[loss]") {
  const sr::test::TempFolder folder;
  sr::recipe::PerceptualOptions options = first_layers();
  options.weights = folder.path() / "other.safetensors";
  sr::write_safetensors(options.weights, {{sr::stage("features.0.weight", torch::ones({2}))}, {}});
  REQUIRE(
      message_of<sr::CheckpointError>(options) ==
      options.weights +
          ": tensor features.0.weight: shape [2], that of torchvision's vgg19 is [64, 3, 3, 3]");
  sr::write_safetensors(options.weights, {{sr::stage("conv.weight", torch::ones({2}))}, {}});
  REQUIRE(message_of<sr::CheckpointError>(options).find("no tensor features.0.weight") !=
          std::string::npos);
}

TEST_CASE("Layers have torchvision's positions", "[loss]") {
  const std::vector<std::string>& layers = sr::recipe::vgg19_layers();
  REQUIRE(layers.size() == 37);
  REQUIRE(layers[2] == "conv1_2");
  REQUIRE(layers[16] == "conv3_4");
  REQUIRE(layers[34] == "conv5_4");
  REQUIRE(sr::vgg19_weight_shape(34) == std::vector<std::int64_t>{512, 512, 3, 3});
  REQUIRE(sr::vgg19_weight_shape(35).empty());
}
