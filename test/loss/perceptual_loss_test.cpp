#include "loss/file_losses.h"

#include <torch/torch.h>

#include "checkpoint/tensor_file.h"
#include "core/error.h"
#include "loss/example_images.h"
#include "loss/example_networks.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

sr::recipe::PerceptualOptions first_layers() {
  return {.layer_weights = {{"conv1_2", 1}}};
}

template <typename Error, typename Options>
std::string message_of(const Options& options) {
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

TEST_CASE("The file of the antialiased VGG19 is another and is made by a script", "[loss]") {
  sr::recipe::PerceptualOptions options = first_layers();
  options.weights = "nowhere/vgg19.safetensors";
  options.antialiased = true;
  REQUIRE(message_of<sr::ConfigError>(options).find("fetch_weights.py vgg19-antialiased") !=
          std::string::npos);
}

TEST_CASE("Losses of VGG16's features say which file they need and what is wrong with it",
          "[loss]") {
  const sr::test::TempFolder folder;
  sr::recipe::DistsOptions dists;
  dists.weights = folder.path() / "dists.safetensors";
  const sr::recipe::AdistsOptions adists{.weights = dists.weights};
  CHECK(message_of<sr::ConfigError>(dists) ==
        dists.weights +
            ": no such file. distsloss needs its weights there (or where its setting `weights` "
            "says). scripts/fetch_weights.py dists makes such a file where PyTorch is installed");
  CHECK(message_of<sr::ConfigError>(adists).find("adistsloss needs") != std::string::npos);
  sr::write_safetensors(dists.weights, {{sr::stage("features.0.weight", torch::ones({2}))}, {}});
  CHECK(message_of<sr::CheckpointError>(adists).starts_with(
      dists.weights +
      ": tensor features.0.weight: shape [2], that of torchvision's vgg16 is [64, 3, 3, 3]. "));
  sr::TensorFile file;
  for (const auto& [name, tensor] : sr::test::example_dists()) {
    if (name != "beta") {
      file.tensors.push_back(sr::stage(name, tensor));
    }
  }
  sr::write_safetensors(dists.weights, file);
  CHECK(message_of<sr::CheckpointError>(dists).find("no tensor beta: not the weights of DISTS") !=
        std::string::npos);
  CHECK(message_of<sr::ConfigError>(adists).empty());  // it needs none
}

TEST_CASE("Losses with a network of drawings say which file they need and read it", "[loss]") {
  const sr::test::TempFolder folder;
  const sr::recipe::PerceptualAnimeOptions anime{.weights = folder.path() / "resnet.safetensors"};
  const sr::recipe::LineDistillerOptions lines{.weights = folder.path() / "lines.safetensors"};
  CHECK(message_of<sr::ConfigError>(anime).find("fetch_weights.py danbooru-resnet50") !=
        std::string::npos);
  CHECK(message_of<sr::ConfigError>(lines).find("fetch_weights.py line-distiller") !=
        std::string::npos);
  const auto write = [](const std::string& path, const sr::FeatureStack::Weights& weights,
                        std::string_view without) {
    sr::TensorFile file;
    for (const auto& [name, tensor] : weights) {
      if (name != without) {
        file.tensors.push_back(sr::stage(name, tensor.to(torch::kFloat)));
      }
    }
    file.tensors.push_back(sr::stage("bn1.num_batches_tracked", torch::ones({}, torch::kLong)));
    sr::write_safetensors(path, file);
  };
  write(anime.weights, sr::test::example_resnet50(), "layer3.5.bn2.running_var");
  CHECK(message_of<sr::CheckpointError>(anime).starts_with(
      anime.weights +
      ": no tensor layer3.5.bn2.running_var: not the weights of ResNet-50. scripts"));
  write(lines.weights, sr::test::example_line_distiller(), "");
  const sr::LossImages images = sr::test::example_images({1, 3, 16, 16}, torch::kFloat32);
  const auto at_hand =
      sr::recipe::make_loss(sr::recipe::LineDistillerOptions{}, sr::test::example_line_distiller());
  CHECK((*make_loss(lines))(images).item<float>() ==
        Approx((*at_hand)(images).item<float>()).epsilon(1e-4));
}

TEST_CASE("Lines of images of any size are compared", "[loss]") {
  const auto loss =
      sr::recipe::make_loss(sr::recipe::LineDistillerOptions{}, sr::test::example_line_distiller());
  const sr::LossImages images = sr::test::example_images({1, 3, 17, 5}, torch::kFloat32);
  const at::Tensor value = (*loss)(images);
  value.backward();
  CHECK(value.item<float>() > 0);
  CHECK(images.output.grad().isfinite().all().item<bool>());
}

TEST_CASE("A contextual loss of pixels needs no file", "[loss]") {
  sr::recipe::ContextualOptions options;
  options.weights = "nowhere/vgg19.safetensors";
  REQUIRE(message_of<sr::ConfigError>(options).find("contextualloss needs") != std::string::npos);
  options.use_vgg = false;
  REQUIRE(message_of<sr::ConfigError>(options).empty());
}

TEST_CASE("A-DISTS of a layer that one window covers is finite", "[loss]") {
  const sr::LossImages images = sr::test::example_images({1, 3, 21, 21}, torch::kFloat32);
  const at::Tensor value =
      (*sr::recipe::make_loss(sr::recipe::AdistsOptions{}, sr::test::example_dists()))(images);
  value.backward();
  CHECK(value.item<float>() > 0);
  CHECK(images.output.grad().isfinite().all().item<bool>());
}

TEST_CASE("A loss below clip_min trains nothing", "[loss]") {
  const sr::LossImages images = sr::test::example_images({1, 3, 16, 16}, torch::kFloat32);
  sr::recipe::PerceptualOptions options = first_layers();
  options.clip_min = 100;
  const auto loss = sr::recipe::make_loss(options, sr::test::example_vgg19());
  const at::Tensor value = (*loss)(images);
  value.backward();
  CHECK(value.item<float>() == 100);
  CHECK(images.output.grad().abs().max().item<float>() == 0);
  CHECK_FALSE(loss->is_mean_over_samples());
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
  const auto at_hand = sr::recipe::make_loss(options, sr::test::example_vgg19());
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
  REQUIRE(sr::test::example_vgg19().at("features.34.weight").sizes().vec() ==
          std::vector<std::int64_t>{512, 512, 3, 3});
  REQUIRE(sr::vgg19_design({"conv5_4", "pool1"}).taken == std::vector<std::size_t>{4, 34});
  REQUIRE(sr::recipe::vgg19_layers(/*antialiased=*/true)[5] == "blur1");
  REQUIRE(sr::recipe::vgg19_layers(/*antialiased=*/true).size() == 42);
}
