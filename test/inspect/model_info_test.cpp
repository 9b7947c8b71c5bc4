#include "inspect/model_info.h"

#include "checkpoint/pth_writer.h"
#include "core/error.h"
#include "inspect/files.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

namespace {

namespace fs = std::filesystem;
using sr::test::contains;

const char* const kEvents =
    R"({"event":"start","step":0,"config":{"name":"2x_mine","datasets":{"train":{"name":"mine","type":"pairedimagedataset","lq_size":32,"batch_size_per_gpu":8}},"train":{"total_iter":2000,"ema_decay":0.999,"optim_g":{"type":"adamw","lr":0.0002},"losses":[{"type":"l1loss"}]}}}
{"event":"validation","step":1000,"dataset":"Set14","metrics":{"psnr":30.25,"ssim":0.9}}
{"event":"end","step":1000,"samples":8000,"reason":"stopped"}
)";

void write_weights(const fs::path& file, const sr::Metadata& metadata = {}) {
  sr::write_safetensors(file, sr::TensorFile{sr::test::compact_tensors(24, 8, 2), metadata});
}

const sr::Metadata kOwn{{"architecture", "superultracompact"},
                        {"scale", "2"},
                        {"num_feat", "24"},
                        {"num_conv", "8"},
                        {"act_type", "prelu"},
                        {"step", "1000"},
                        {"version", "sr-train 0.1.0"}};

}  // namespace

TEST_CASE("of a file of several networks the one that is known is described", "[inspect]") {
  const sr::test::TempFolder folder;
  std::vector<sr::StoredTensor> tensors = sr::test::compact_tensors(24, 8, 2, "generator.");
  tensors.push_back(sr::test::tensor("discriminator.conv0.weight", {64, 3, 3, 3}));
  const fs::path file = folder / "x.safetensors";
  sr::write_safetensors(file, sr::TensorFile{tensors, {}});
  const sr::ModelInfo info = sr::inspect_model(file);
  const std::string text = sr::info_text(info);
  CHECK(contains(text, "45,156 in 29 tensors, fp32"));
  CHECK(contains(text, "\"generator.\" are the network's; 1 others are left out"));
  CHECK(sr::info_json(info).at("left_out") == 1);
  CHECK(sr::tools_for(info) == std::vector<std::string>{"sr-train"});
}

TEST_CASE("weights of whole numbers are told, and that nothing loads them", "[inspect]") {
  const sr::test::TempFolder folder;
  std::vector<sr::StoredTensor> tensors = sr::test::compact_tensors(24, 8, 2);
  for (sr::StoredTensor& tensor : tensors) {
    tensor.type = sr::DType::kInt8;
    tensor.bytes.resize(*sr::byte_count(tensor.type, tensor.shape));
  }
  const fs::path file = folder / "x.safetensors";
  sr::write_safetensors(file, sr::TensorFile{tensors, {}});
  const sr::ModelInfo info = sr::inspect_model(file);
  const std::string text = sr::info_text(info);
  CHECK(contains(text, "0 in 29 tensors, none; 45,156 more are whole numbers, weights that were"));
  CHECK(contains(text, "nothing: the scales of its quantized weights are not in the file"));
  CHECK(sr::info_json(info).at("scan").at("quantized") == 45156);
  CHECK(sr::info_json(info).at("loads_in").empty());
}

TEST_CASE("a file of a run is described with all that the run knows", "[inspect]") {
  const sr::test::TempFolder folder;
  folder.write("run/events.jsonl", kEvents);
  const fs::path file = folder / "run/models/net_g_best.safetensors";
  write_weights(file, kOwn);
  const sr::ModelInfo info = sr::inspect_model(file);
  const nlohmann::ordered_json json = sr::info_json(info);
  CHECK(json.at("architecture") == "superultracompact");
  CHECK(json.at("arguments").at("num_feat") == 24);
  CHECK(json.at("arguments").at("learn_residual") == true);
  CHECK(json.at("arguments").at("act_type") == "prelu");
  CHECK(json.at("scale") == 2);
  CHECK(json.at("parameters") == 45156);
  CHECK(json.at("dtype") == "fp32");
  CHECK(json.at("step") == 1000);
  CHECK(json.at("sha256").get<std::string>().size() == 64);
  CHECK(json.at("weights") == "ema");  // best, in a run that averages
  CHECK(json.at("identified_by") == "metadata");
  CHECK(json.at("scores").dump() == R"({"Set14":{"psnr":30.25,"ssim":0.9}})");
  CHECK(json.at("training").at("batch_size") == 8);
  CHECK(json.at("training").at("losses").dump() == R"(["l1loss"])");
  CHECK(json.at("scan").at("nan") == 0);
  const std::string text = sr::info_text(info);
  CHECK(contains(text, "45,156 in 29 tensors, fp32"));
  CHECK(contains(text, "1,000 of 2,000 steps, batch 8, lq 32x32, adamw lr 0.0002"));
  CHECK(contains(text, "averaged (EMA), step 1,000, by sr-train 0.1.0"));
  CHECK(contains(text, "Set14: psnr 30.250 ssim 0.9"));
  CHECK(contains(text, "chaiNNer"));

  const nlohmann::ordered_json omdb = sr::openmodeldb_json(info);
  CHECK(omdb.at("name") == "2x_mine");
  CHECK(omdb.at("architecture") == "compact");
  CHECK(omdb.at("size").dump() == R"(["24nf","8nc"])");
  CHECK(omdb.at("trainingHRSize") == 64);
  CHECK(omdb.at("trainingIterations") == 1000);
  CHECK(omdb.at("resources").at(0).at("sha256") == json.at("sha256"));
}

TEST_CASE("no sizes are shown beside the architecture but the file's own", "[inspect]") {
  const sr::test::TempFolder folder;
  sr::Metadata metadata = kOwn;
  metadata["architecture"] = "compact";  // 64 features where nothing else is said
  write_weights(folder / "x.safetensors", metadata);
  const std::string text = sr::info_text(sr::inspect_model(folder / "x.safetensors"));
  CHECK(contains(text, "compact (SRVGGNetCompact), by its metadata"));
  CHECK(contains(text, "num_feat 24"));
  CHECK_FALSE(contains(text, "64 features"));
}

TEST_CASE("a run that its hours end has steps and no goal in steps", "[inspect]") {
  const sr::test::TempFolder folder;
  std::string events = kEvents;
  events.replace(events.find("2000"), 4, "null");
  folder.write("run/events.jsonl", events);
  write_weights(folder / "run/models/net_g_best.safetensors", kOwn);
  const std::string text = sr::info_text(sr::inspect_model(folder / "run"));
  CHECK(contains(text, "1,000 steps, "));
}

TEST_CASE("a run's configuration of other shapes counts as absent", "[inspect]") {
  const sr::test::TempFolder folder;
  write_weights(folder / "run/models/net_g_best.safetensors", kOwn);
  for (
      const char* config :
      {R"({"train":{"losses":["l1"],"ema_decay":"high"}})", R"({"train":7,"datasets":[]})", "[1]",
       R"({"datasets":{"train":{"lq_size":9000000000000000000,"type":[]}},"train":{"losses":7}})"}) {
    INFO(config);
    folder.write("run/events.jsonl",
                 std::string(R"({"event":"start","step":0,"config":)") + config + "}\n");
    const sr::ModelInfo info = sr::inspect_model(folder / "run");
    CHECK(info.weights != "ema");
    CHECK(contains(sr::info_text(info), "trained"));
    CHECK_FALSE(sr::openmodeldb_json(info).contains("trainingHRSize"));
  }
}

TEST_CASE("a folder means its best weights, else its newest averaged ones", "[inspect]") {
  const sr::test::TempFolder folder;
  folder.write("run/events.jsonl", kEvents);
  const fs::path models = folder / "run/models";
  for (const char* name : {"net_g_900", "net_g_1000", "net_g_ema_1000", "net_d_2000"}) {
    write_weights(models / (std::string(name) + ".safetensors"), kOwn);
  }
  CHECK(sr::inspect_model(folder / "run").file == models / "net_g_ema_1000.safetensors");
  CHECK(sr::inspect_model(models / "net_g_900.safetensors").weights == "raw");
  write_weights(models / "net_g_best.safetensors", kOwn);
  CHECK(sr::inspect_model(folder / "run").file == models / "net_g_best.safetensors");
  CHECK(
      contains(sr::test::message_of<sr::CheckpointError>([&] { sr::inspect_model(folder.path()); }),
               "no weights in its models/"));
}

TEST_CASE("a .pth from elsewhere is known by its tensors", "[inspect]") {
  const sr::test::TempFolder folder;
  const auto tensors = sr::test::compact_tensors(64, 16, 4);
  const std::vector<sr::PthGroup> groups{{"params", tensors}, {"params_ema", tensors}};
  sr::write_pth(folder / "x.pth", groups);
  const nlohmann::ordered_json json = sr::info_json(sr::inspect_model(folder / "x.pth"));
  CHECK(json.at("architecture") == "compact");
  CHECK(json.at("scale") == 4);
  CHECK(json.at("format") == "pth");
  CHECK(json.at("keys").dump() == R"(["params","params_ema"])");
  CHECK(json.at("weights") == "ema");
  CHECK(json.at("step").is_null());
  CHECK(json.at("identified_by") == "tensors");
  CHECK(json.at("training").is_null());
}

TEST_CASE("what a .pth was told beside its tensors is told again", "[inspect]") {
  const sr::test::TempFolder folder;
  const auto tensors = sr::test::compact_tensors(24, 8, 2);
  const auto described = [&](const char* key, const char* kind) {
    const sr::PthGroup group{key, tensors};
    sr::Metadata metadata = kOwn;
    metadata[sr::kWeightsKind] = kind;
    sr::write_pth(folder / "x.pth", {&group, 1}, metadata);
    return sr::inspect_model(folder / "x.pth");
  };
  const sr::ModelInfo raw = described("params", "raw");
  CHECK(raw.weights == "raw");
  CHECK(raw.step == 1000);
  CHECK(contains(sr::info_text(raw), "raw, step 1,000, by sr-train 0.1.0"));
  CHECK(described("params_ema", "ema").weights == "ema");
  CHECK(described("params_ema", "unknown").weights.empty());
}

TEST_CASE("damage is told, not refused", "[inspect]") {
  const sr::test::TempFolder folder;
  auto tensors = sr::test::compact_tensors(4, 1, 2);
  const std::uint32_t nan = 0x7fc00000;
  std::memcpy(tensors[0].bytes.data() + 8, &nan, 4);
  sr::write_safetensors(folder / "x.safetensors", sr::TensorFile{tensors, {}});
  const sr::ModelInfo info = sr::inspect_model(folder / "x.safetensors");
  CHECK(info.scan.nans == 1);
  CHECK(contains(sr::info_text(info), "1 NaN and 0 Inf in body.0.weight"));
}

TEST_CASE("files that are no weights are checkpoint errors", "[inspect]") {
  const sr::test::TempFolder folder;
  const auto refused = [](const fs::path& file) {
    return sr::test::message_of<sr::CheckpointError>([&] { sr::inspect_model(file); });
  };
  CHECK(contains(refused(folder.write("a.pth", "text")), "a.pth: "));
  CHECK(contains(refused(folder.write("empty.safetensors", "")), "empty.safetensors: "));
  CHECK(contains(refused(folder / "none.pth"), "none.pth: cannot open"));
  CHECK(contains(refused("/dev/zero"), "/dev/zero: is not a regular file"));
}
