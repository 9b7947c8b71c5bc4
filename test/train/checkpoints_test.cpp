#include "train/checkpoints.h"

#include <torch/torch.h>

#include "core/error.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

std::unique_ptr<sr::Network> small_rrdb(sr::ParamNaming naming, std::uint64_t seed) {
  sr::NetworkConfig config;
  config.type = "rrdbnet";
  config.num_feat = 4;
  config.num_grow_ch = 2;
  config.num_block = 1;
  config.param_naming = naming;
  return sr::make_network(config, 4, seed);
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

}  // namespace

TEST_CASE("pretrained weights load from a file with the other parameter naming", "[train]") {
  const sr::test::TempFolder folder;
  const std::string prefix = GENERATE("", "module.");
  const auto source = small_rrdb(sr::ParamNaming::kNew, 1);
  const auto target = small_rrdb(sr::ParamNaming::kOld, 2);
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
  const auto source = small_rrdb(sr::ParamNaming::kNew, 1);
  const auto target = small_rrdb(sr::ParamNaming::kOld, 2);
  const sr::PretrainedWeights weights =
      written(*source, folder.path() / "w.safetensors", "strange.");
  std::vector<std::string> warnings;
  REQUIRE_THROWS_AS(sr::load_pretrained(weights, *target, warnings), sr::CheckpointError);
}
