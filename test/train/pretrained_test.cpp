#include "train/pretrained.h"

#include <torch/torch.h>

#include <limits>

#include "arch/catalogue.h"
#include "checkpoint/samples.h"
#include "checkpoint/tensor_file.h"
#include "core/error.h"
#include "nn/network.h"
#include "nn/tensor_copy.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::load_pretrained;
using sr::PretrainedReport;
using sr::PretrainedWeights;
using sr::test::complaint;
using sr::test::TempFolder;

namespace {

std::unique_ptr<sr::Network> small_rrdb(sr::arch::ParamNaming naming, std::uint64_t seed) {
  sr::arch::RrdbNetOptions options;
  options.num_feat = 4;
  options.num_grow_ch = 2;
  options.num_block = 1;
  options.param_naming = naming;
  return sr::make_network(sr::NetworkConfig{"rrdbnet", options}, 4, seed);
}

sr::TensorFile contents_of(const sr::Network& network, const std::string& prefix = "") {
  sr::TensorFile contents;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    contents.tensors.push_back(sr::stage(prefix + parameter.name, parameter.tensor));
  }
  return contents;
}

/// The network's weights in a file, each name behind `prefix`.
PretrainedWeights written(const sr::TensorFile& contents, const TempFolder& folder,
                          bool strict = true) {
  const std::filesystem::path file = folder / "w.safetensors";
  sr::write_safetensors(file, contents);
  return {file, std::nullopt, strict};
}

bool equal(const sr::Network& a, const sr::Network& b) {
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    if (!torch::equal(a.parameters()[i].tensor, b.parameters()[i].tensor)) {
      return false;
    }
  }
  return true;
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
  const TempFolder folder;
  const std::string prefix = GENERATE("", "module.", "net_g.");
  const sr::TensorFile contents{{sr::stage(prefix + "number", torch::full({1}, 3.0F)),
                                 sr::stage(prefix + "twice", torch::full({1}, 5.0F))},
                                {}};
  Doubling network(1);
  CHECK(load_pretrained(written(contents, folder), network).warnings.empty());
  CHECK(network.number() == 3);
  CHECK(network.derived_tensors({network.parameters()[0].tensor})[0].tensor.item<float>() == 6);
}

TEST_CASE("pretrained weights load from a file with the other parameter naming", "[train]") {
  const TempFolder folder;
  const std::string prefix = GENERATE("", "module.");
  const auto source = small_rrdb(sr::arch::ParamNaming::kNew, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  const PretrainedReport report =
      load_pretrained(written(contents_of(*source, prefix), folder), *target);
  CHECK(report.warnings.empty());
  CHECK(report.notices.size() == (prefix.empty() ? 0 : 1));
  CHECK(equal(*source, *target));
}

TEST_CASE("a prefix that all names have is passed over and said", "[train]") {
  const TempFolder folder;
  const std::string prefix =
      GENERATE("net_g.", "model.", "params_ema.", "params.", "generator.", "netG_A.", "net.",
               "model.net_g.", "net_g._orig_mod.", "module.model.generator.", "strange.",
               "state_dict.module._orig_mod.", "_orig_mod.net_g.", "netG.module.inner.",
               "_orig_mod.", "module._orig_mod.", "netG.", "module.module.");
  const auto naming = GENERATE(sr::arch::ParamNaming::kNew, sr::arch::ParamNaming::kOld);
  const auto source = small_rrdb(naming, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  INFO(prefix);
  const PretrainedReport report =
      load_pretrained(written(contents_of(*source, prefix), folder), *target);
  CHECK(report.warnings.empty());
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Contains("w.safetensors") && Contains("begins with"));
  CHECK(equal(*source, *target));
}

TEST_CASE("of a whole training module the network's part is taken and said", "[train]") {
  const TempFolder folder;
  const auto source = small_rrdb(sr::arch::ParamNaming::kNew, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents = contents_of(*source, "model.net_g.");
  for (const char* other : {"model.net_d.conv0.weight", "loss.vgg.0.weight"}) {
    contents.tensors.push_back(sr::test::make_tensor(other, sr::DType::kFloat32, {4, 3}));
  }
  const PretrainedReport report = load_pretrained(written(contents, folder), *target);
  CHECK(report.warnings.empty());
  REQUIRE(report.notices.size() == 1);
  CHECK_THAT(report.notices[0], Contains("\"model.net_g.\"") && Contains("2 others"));
  CHECK(equal(*source, *target));
}

TEST_CASE("a file of which nothing fits is refused, strict or not", "[train]") {
  const TempFolder folder;
  const bool strict = GENERATE(true, false);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  const auto untouched = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents;
  contents.tensors.push_back(sr::test::make_tensor("head.0.weight", sr::DType::kFloat32, {4, 3}));
  const std::string text = complaint<CheckpointError>(
      [&] { load_pretrained(written(contents, folder, strict), *target); });
  CHECK_THAT(text, Contains("w.safetensors: no tensor in it fits") && Contains("head.0.weight"));
  CHECK(equal(*target, *untouched));
}

TEST_CASE("what fits is loaded when not strict, and the rest is listed", "[train]") {
  const TempFolder folder;
  const auto source = small_rrdb(sr::arch::ParamNaming::kOld, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents = contents_of(*source);
  contents.tensors.pop_back();
  CHECK_THROWS_AS(load_pretrained(written(contents, folder), *target), CheckpointError);
  const PretrainedReport report = load_pretrained(written(contents, folder, false), *target);
  REQUIRE(report.warnings.size() == 1);
  CHECK_THAT(report.warnings[0], Contains("1 tensors missing"));
  CHECK(torch::equal(source->parameters()[0].tensor, target->parameters()[0].tensor));
}

TEST_CASE("weights that are not finite are refused by their tensor's name", "[train]") {
  const TempFolder folder;
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
               -std::numeric_limits<float>::infinity());
  const auto type = GENERATE(at::kFloat, at::kHalf, at::kBFloat16, at::kDouble);
  const bool strict = GENERATE(true, false);
  const auto source = small_rrdb(sr::arch::ParamNaming::kOld, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents = contents_of(*source);
  const at::Tensor values = source->parameters()[3].tensor.detach().clone().to(type);
  values.view({-1})[1] = bad;
  contents.tensors[3] = sr::stage(contents.tensors[3].name, values);
  const std::string text = complaint<CheckpointError>(
      [&] { load_pretrained(written(contents, folder, strict), *target); });
  CHECK_THAT(text, Contains("w.safetensors: tensor \"" + contents.tensors[3].name + "\"") &&
                       Contains("in 1 of "));
}

TEST_CASE("whole numbers are no weights, and stay what they are in buffers", "[train]") {
  const TempFolder folder;
  const auto type = GENERATE(at::kChar, at::kByte, at::kInt, at::kLong, at::kBool);
  const auto source = small_rrdb(sr::arch::ParamNaming::kOld, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents = contents_of(*source);
  contents.tensors[3] =
      sr::stage(contents.tensors[3].name,
                (source->parameters()[3].tensor.detach() * 100).to(at::kLong).to(type));
  CHECK_THAT(
      complaint<CheckpointError>([&] { load_pretrained(written(contents, folder), *target); }),
      Contains("w.safetensors: tensor ") && Contains(contents.tensors[3].name) &&
          Contains("holds whole numbers"));
  const at::Tensor count = at::zeros({}, at::kLong);
  sr::restore(sr::stage("num_batches_tracked", at::scalar_tensor(7, at::kInt)), count);
  CHECK(count.item<std::int64_t>() == 7);
}

TEST_CASE("of a double beyond the range of a float that is said", "[train]") {
  const TempFolder folder;
  const auto source = small_rrdb(sr::arch::ParamNaming::kOld, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents = contents_of(*source);
  contents.tensors[0] =
      sr::stage(contents.tensors[0].name,
                at::full(source->parameters()[0].tensor.sizes(), 1e200, at::kDouble));
  CHECK_THAT(
      complaint<CheckpointError>([&] { load_pretrained(written(contents, folder), *target); }),
      Contains("w.safetensors: tensor") && Contains("beyond the range of F32") &&
          Contains("1e+200") && !Contains("diverged"));
}

TEST_CASE("weights of ESRGAN+ are refused for what they are", "[train]") {
  const TempFolder folder;
  const auto source = small_rrdb(sr::arch::ParamNaming::kOld, 1);
  const auto target = small_rrdb(sr::arch::ParamNaming::kOld, 2);
  sr::TensorFile contents = contents_of(*source);
  for (int i = 1; i <= 3; ++i) {
    contents.tensors.push_back(
        sr::test::make_tensor("model.1.sub.0.RDB" + std::to_string(i) + ".conv1x1.weight",
                              sr::DType::kUInt8, {2, 4, 1, 1}));
  }
  const std::string text =
      complaint<CheckpointError>([&] { load_pretrained(written(contents, folder), *target); });
  CHECK_THAT(text, Contains("ESRGAN+") && Contains("conv1x1, 3 tensors"));
  const PretrainedReport report = load_pretrained(written(contents, folder, false), *target);
  REQUIRE(report.warnings.size() == 2);
  CHECK_THAT(report.warnings[0], Contains("ESRGAN+") && Contains("the images are others"));
}
