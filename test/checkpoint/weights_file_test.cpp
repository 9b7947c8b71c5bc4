#include "checkpoint/weights_file.h"

#include <string>

#include "checkpoint/pth_samples.h"
#include "checkpoint/pth_writer.h"
#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::DType;
using sr::read_weights;
using sr::StoredTensor;
using sr::test::complaint;
using sr::test::make_tensor;
using sr::test::pth_sample;
using sr::test::TempFolder;
using sr::test::values_of;

namespace {

/// The first weight of a sample's state dict says which one it is.
float first_value(const std::string& sample, const std::optional<std::string>& key) {
  return values_of<float>(read_weights(pth_sample(sample), key).tensors.at(0)).at(0);
}

std::string refused(const std::filesystem::path& file,
                    const std::optional<std::string>& key = std::nullopt) {
  return complaint<CheckpointError>([&] { read_weights(file, key); });
}

}  // namespace

TEST_CASE("averaged weights are preferred unless a key says otherwise", "[checkpoint]") {
  CHECK(first_value("params_ema.pth", std::nullopt) == 101);
  CHECK(first_value("params_ema.pth", "params_ema") == 101);
  CHECK(first_value("params_ema.pth", "params") == 1);
}

TEST_CASE("a file of one network needs no key", "[checkpoint]") {
  CHECK(first_value("bare.pth", std::nullopt) == 1);
  CHECK(first_value("bare.pth", "params_ema") == 1);
  CHECK(first_value("protocol4.pth", std::nullopt) == 1);
  CHECK(first_value("training.pth", std::nullopt) == 1);
  CHECK(first_value("legacy.pth", std::nullopt) == 1);
  CHECK(first_value("legacy_tar.pth", std::nullopt) == 1);
}

TEST_CASE("a key that is not there is refused with those that are", "[checkpoint]") {
  CHECK_THAT(refused(pth_sample("protocol4.pth"), "params"),
             Contains("has no \"params\"; it has \"state_dict\""));
  CHECK_THAT(refused(pth_sample("two_networks.pth")), Contains("\"params_d\", \"params_g\""));
  CHECK(first_value("two_networks.pth", "params_g") == 1);
}

TEST_CASE("the format is told by content, not by name", "[checkpoint]") {
  const TempFolder folder;
  const std::vector<StoredTensor> tensors = {make_tensor("w", DType::kFloat32, {3})};
  sr::write_safetensors(folder / "a.pth", tensors, {{"scale", "2"}});
  sr::write_pth(folder / "b.safetensors", std::vector<sr::PthGroup>{{"params", tensors}});
  CHECK(read_weights(folder / "a.pth", "params").tensors.at(0).bytes == tensors[0].bytes);
  CHECK(read_weights(folder / "a.pth", std::nullopt).metadata.at("scale") == "2");
  CHECK(read_weights(folder / "b.safetensors", std::nullopt).tensors.at(0).bytes ==
        tensors[0].bytes);
}

TEST_CASE("files that are no weights are named for what they are", "[checkpoint]") {
  const TempFolder folder;
  CHECK_THAT(refused(folder.write("a.pth", "<!DOCTYPE html><html>")), Contains("web page"));
  CHECK_THAT(refused(folder.write("b.pth", "version https://git-lfs.github.com/spec/v1\n")),
             Contains("Git LFS"));
  CHECK_THAT(refused(folder.write("c.pth", "")), Contains("c.pth: is empty"));
  CHECK_THAT(refused(folder / "missing.pth"), Contains("cannot open"));
  CHECK_THAT(refused(folder.write("d.pth", "\x80\x02}.")), Contains("bare pickle"));
  const std::string others = "for other programs: take the .safetensors or .pth";
  CHECK_THAT(refused(folder.write("e.onnx", "\x08\x0a")), Contains(others));
  CHECK_THAT(refused(folder.write("f.param", "7767517\n2 2\n")), Contains(others));
}

TEST_CASE("a folder is told as such, that of a run with its weights", "[checkpoint]") {
  const TempFolder folder;
  const std::string run = (folder / "run").string();
  folder.write("run/models/net_g_1.safetensors", "");
  CHECK_THAT(refused(folder.path()), Contains("is a folder, not a weight file"));
  CHECK_THAT(refused(run), Contains("is a run's folder; take one of the weight files in " + run));
  folder.write("run/models/net_g_best.safetensors", "");
  CHECK_THAT(refused(run), Contains(run + "/models/net_g_best.safetensors for instance") &&
                               Contains("--checkpoints " + run));
}
