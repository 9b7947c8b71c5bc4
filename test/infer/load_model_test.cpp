#include "infer/load_model.h"

#include <torch/torch.h>

#include <limits>

#include "arch/catalogue.h"
#include "checkpoint/pth_writer.h"
#include "core/error.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/networks.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

namespace {

using sr::test::contains;

sr::NetworkConfig small(const std::string& type) {
  return sr::test::network_of(
      type, {{"num_feat", "6"}, {"num_conv", "3"}, {"num_block", "2"}, {"num_grow_ch", "4"}});
}

std::vector<sr::StoredTensor> weights_of(const sr::Network& network) {
  std::vector<sr::StoredTensor> tensors;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    tensors.push_back(sr::stage(parameter.name, parameter.tensor));
  }
  return tensors;
}

at::Tensor output_of(const sr::Network& network) {
  const at::NoGradGuard no_grad;
  return network.forward(torch::linspace(0, 1, 3 * 12 * 10).view({1, 3, 12, 10}));
}

}  // namespace

TEST_CASE("a network is known by its tensors alone, and makes the same image", "[infer]") {
  const std::string type = GENERATE("compact", "srvggnetcompact", "esrgan", "rrdbnet");
  const int scale = GENERATE(1, 2, 4, 8);
  CAPTURE(type, scale);
  const auto network = sr::make_network(small(type), scale, 5);
  const sr::test::TempFolder folder;
  const auto file = folder / "x.safetensors";
  sr::write_safetensors(file, sr::TensorFile{weights_of(*network), {}});
  const sr::LoadedModel model = sr::load_model(file, std::nullopt);
  CHECK(model.identified.scale == scale);
  CHECK(torch::equal(output_of(*model.network), output_of(*network)));
  CHECK_FALSE(model.network->parameters().front().tensor.requires_grad());
}

TEST_CASE("what files hold for other loaders is not read, whatever its size", "[infer]") {
  const std::string type =
      GENERATE("span_f32", "swinir_s", "hat_s", "drct", "dat", "srformer", "rgt_s", "swin2sr_s",
               "craft", "rtmosr", "flexnet", "hit_sng", "grl_t", "dwt");
  CAPTURE(type);
  const auto network = sr::make_network(sr::test::tiny_network(type), 2, 5);
  std::vector<sr::StoredTensor> tensors = weights_of(*network);
  for (const sr::NamedTensor& buffer : network->buffers()) {
    tensors.push_back(sr::stage(buffer.name, buffer.tensor));
  }
  REQUIRE_FALSE(network->derived_names().empty());
  for (const std::string& name : network->derived_names()) {
    tensors.push_back(sr::stage(
        name, name.ends_with("attn_mask") ? torch::zeros({16, 16, 16}) : torch::zeros({4, 4})));
  }
  const sr::test::TempFolder folder;
  const auto file = folder / "x.safetensors";
  sr::TensorFile contents{std::move(tensors), {}};
  contents.metadata = {network->description().begin(), network->description().end()};
  sr::write_safetensors(file, contents);
  // Equal but for rounding, which shows with RTMoSR.
  CHECK(torch::allclose(output_of(*sr::load_model(file, std::nullopt).network), output_of(*network),
                        1e-5, 1e-6));
}

TEST_CASE("what tensors do not tell comes from the metadata", "[infer]") {
  sr::NetworkConfig config = small("esrgan");
  // One step of x3 has the tensors of one of x2; no unshuffle shows at scale 2.
  const int scale = 3;
  const auto network = sr::make_network(config, scale, 5);
  const sr::test::TempFolder folder;
  sr::TensorFile contents{weights_of(*network), {}};
  contents.metadata = sr::arch::arguments(config.options);
  contents.metadata["architecture"] = "esrgan";
  contents.metadata["scale"] = "3";
  sr::write_safetensors(folder / "x.safetensors", contents);
  CHECK(sr::load_model(folder / "x.safetensors", std::nullopt).network->scale() == 3);
  auto options = std::get<sr::arch::EsrganOptions>(config.options.get());
  options.use_pixel_unshuffle = false;
  config.options = options;
  const auto plain = sr::make_network(config, 2, 5);
  sr::write_safetensors(folder / "y.safetensors", sr::TensorFile{weights_of(*plain), {}});
  CHECK(torch::equal(output_of(*sr::load_model(folder / "y.safetensors", std::nullopt).network),
                     output_of(*plain)));
}

TEST_CASE("a file that does not fit what it claims to be is refused by name", "[infer]") {
  const sr::test::TempFolder folder;
  const auto file = folder / "x.safetensors";
  const auto refusal = [&](sr::Metadata metadata) {
    metadata["architecture"] = "esrgan";
    sr::write_safetensors(
        file, sr::TensorFile{weights_of(*sr::make_network(small("esrgan"), 4, 1)), metadata});
    return sr::test::message_of<sr::CheckpointError>([&] { sr::load_model(file, std::nullopt); });
  };
  CHECK(contains(refusal({{"scale", "4"}, {"num_feat", "8"}}), "x.safetensors: "));
  // A few kilobytes that ask for all of the machine's memory.
  CHECK(contains(refusal({{"scale", "4"}, {"num_feat", "4096"}, {"num_block", "1024"}}),
                 "far more memory"));
}

TEST_CASE("weights that are no numbers are refused with their name", "[infer]") {
  const sr::test::TempFolder folder;
  const auto network = sr::make_network(small("compact"), 2, 1);
  {
    const at::NoGradGuard no_grad;
    network->parameters()[1].tensor.fill_(std::numeric_limits<float>::infinity());
  }
  const auto file = folder / "x.safetensors";
  sr::write_safetensors(file, sr::TensorFile{weights_of(*network), {}});
  const std::string message = sr::test::message_of<sr::CheckpointError>(
      [&] { static_cast<void>(sr::load_model(file, std::nullopt)); });
  CHECK(contains(message, "x.safetensors: tensor " + network->parameters()[1].name + " holds NaN"));
}

TEST_CASE("whole numbers and numbers beyond float32 are refused for what they are", "[infer]") {
  const sr::test::TempFolder folder;
  const auto network = sr::make_network(small("compact"), 2, 1);
  std::vector<sr::StoredTensor> tensors = weights_of(*network);
  const auto file = folder / "x.safetensors";
  const auto refusal_of = [&](const at::Tensor& values) {
    tensors[1] = sr::stage(tensors[1].name, values);
    sr::write_safetensors(file, sr::TensorFile{tensors, {}});
    return sr::test::message_of<sr::CheckpointError>(
        [&] { static_cast<void>(sr::load_model(file, std::nullopt)); });
  };
  const at::Tensor values = network->parameters()[1].tensor.detach();
  CHECK(contains(refusal_of((values * 100).to(at::kChar)),
                 "x.safetensors: tensor \"" + tensors[1].name + "\" holds whole numbers (I8)"));
  CHECK(contains(refusal_of(values.to(at::kDouble) * 0 + 1e300), "beyond the range of F32"));
}

TEST_CASE("of a file of several networks the generator's part is loaded, and said", "[infer]") {
  const sr::test::TempFolder folder;
  const auto network = sr::make_network(small("compact"), 2, 1);
  std::vector<sr::StoredTensor> tensors = weights_of(*network);
  for (sr::StoredTensor& tensor : tensors) {
    tensor.name.insert(0, "generator.");
  }
  tensors.push_back(sr::stage("discriminator.conv0.weight", at::zeros({4, 3, 3, 3})));
  const auto file = folder / "x.safetensors";
  sr::write_safetensors(file, sr::TensorFile{tensors, {}});
  const sr::LoadedModel model = sr::load_model(file, std::nullopt);
  CHECK(torch::equal(output_of(*model.network), output_of(*network)));
  CHECK(contains(model.note, "\"generator.\" are the network's; 1 others are left out"));
}

TEST_CASE("of a .pth the key chooses the set", "[infer]") {
  const sr::test::TempFolder folder;
  const auto a = sr::make_network(small("compact"), 2, 1);
  const auto b = sr::make_network(small("compact"), 2, 2);
  const auto raw = weights_of(*a);
  const auto averaged = weights_of(*b);
  const std::vector<sr::PthGroup> groups{{"params", raw}, {"params_ema", averaged}};
  sr::write_pth(folder / "x.pth", groups);
  CHECK(torch::equal(output_of(*sr::load_model(folder / "x.pth", std::nullopt).network),
                     output_of(*b)));
  CHECK(
      torch::equal(output_of(*sr::load_model(folder / "x.pth", "params").network), output_of(*a)));
}
