#include "train/checkpoints.h"

#include <torch/torch.h>

#include "core/error.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

std::unique_ptr<sr::Network> small_rrdb(sr::arch::ParamNaming naming, std::uint64_t seed) {
  sr::arch::RrdbNetOptions options;
  options.num_feat = 4;
  options.num_grow_ch = 2;
  options.num_block = 1;
  options.param_naming = naming;
  return sr::make_network(sr::NetworkConfig{"rrdbnet", options}, 4, seed);
}

/// The network's weights in a file, each name behind `prefix`.
sr::PretrainedWeights written(const sr::Network& network, const std::filesystem::path& file,
                              const std::string& prefix) {
  sr::TensorFile contents;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    contents.tensors.push_back(sr::stage(prefix + parameter.name, parameter.tensor));
  }
  sr::write_safetensors(file, contents);
  return {file, std::nullopt, true};
}

/// One number, and its double in weight files.
class Doubling final : public sr::Module {
 public:
  explicit Doubling(float value) {
    number_ = add_parameter("number", torch::full({1}, value));
    derived_names_ = {"twice"};
  }
  sr::NamedTensors derived_tensors(const std::vector<at::Tensor>& parameters) const override {
    return {{"twice", parameters[0].detach() * 2}};
  }
  float number() const { return number_.item<float>(); }

 private:
  at::Tensor number_;
};

}  // namespace

TEST_CASE("what follows from the parameters is not read from a file", "[train]") {
  const sr::test::TempFolder folder;
  const std::filesystem::path file = folder.path() / "w.safetensors";
  sr::write_safetensors(file, {{sr::stage("number", torch::full({1}, 3.0F)),
                                sr::stage("module.twice", torch::full({1}, 5.0F))},
                               {}});
  Doubling network(1);
  std::vector<std::string> warnings;
  sr::load_pretrained({file, std::nullopt, true}, network, warnings);
  CHECK(warnings.empty());
  CHECK(network.number() == 3);
  CHECK(network.derived_tensors({network.parameters()[0].tensor})[0].tensor.item<float>() == 6);
}

TEST_CASE("pretrained weights load from a file with the other parameter naming", "[train]") {
  const sr::test::TempFolder folder;
  const std::string prefix = GENERATE("", "module.");
  const auto source = small_rrdb(sr::arch::ParamNaming::kNew, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  const sr::PretrainedWeights weights = written(*source, folder.path() / "w.safetensors", prefix);
  std::vector<std::string> warnings;
  sr::load_pretrained(weights, *target, warnings);
  CHECK(warnings.empty());
  for (std::size_t i = 0; i < source->parameters().size(); ++i) {
    REQUIRE(torch::equal(source->parameters()[i].tensor, target->parameters()[i].tensor));
  }
}

TEST_CASE("a tensor that no naming knows is still refused", "[train]") {
  const sr::test::TempFolder folder;
  const auto source = small_rrdb(sr::arch::ParamNaming::kNew, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  const sr::PretrainedWeights weights =
      written(*source, folder.path() / "w.safetensors", "strange.");
  std::vector<std::string> warnings;
  REQUIRE_THROWS_AS(sr::load_pretrained(weights, *target, warnings), sr::CheckpointError);
}
