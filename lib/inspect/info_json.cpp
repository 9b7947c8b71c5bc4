#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "inspect/model_info.h"
#include "report/json_fields.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

/// A value of the run's configuration by its path; null where the run or the value is missing.
Json setting(const ModelInfo& info, std::initializer_list<const char*> path) {
  if (!info.run) {
    return nullptr;
  }
  const Json* value = &info.run->config;
  for (const char* key : path) {
    value = &field(*value, key);
  }
  return *value;
}

Json scores_at_step(const ModelInfo& info) {
  if (!info.run || !info.step) {
    return nullptr;
  }
  const auto found = info.run->validations.find(*info.step);
  return found == info.run->validations.end() ? Json(nullptr) : found->second;
}

Json training(const ModelInfo& info) {
  if (!info.run) {
    return nullptr;
  }
  Json losses = Json::array();
  for (const Json& loss : setting(info, {"train", "losses"})) {
    losses.push_back(text_field(loss, "type", "?"));
  }
  return {{"name", setting(info, {"name"})},
          {"steps", info.run->last_step},
          {"total_iter", setting(info, {"train", "total_iter"})},
          {"samples", info.run->samples},
          {"dataset", setting(info, {"datasets", "train", "name"})},
          {"dataset_type", setting(info, {"datasets", "train", "type"})},
          {"lq_size", setting(info, {"datasets", "train", "lq_size"})},
          {"batch_size", setting(info, {"datasets", "train", "batch_size_per_gpu"})},
          {"optimizer", setting(info, {"train", "optim_g", "type"})},
          {"lr", setting(info, {"train", "optim_g", "lr"})},
          {"losses", losses},
          {"ema_decay", setting(info, {"train", "ema_decay"})},
          {"pretrained", setting(info, {"path", "pretrain_network_g"})},
          {"discriminator", setting(info, {"network_d", "type"})},
          {"device", info.run->device}};
}

/// Arguments as JSON values: numbers and truth values are no texts.
Json argument_values(const arch::Options& options) {
  Json values = Json::object();
  for (const auto& [name, text] : arch::arguments(options)) {
    const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    values[name] = value.is_number() || value.is_boolean() ? value : Json(text);
  }
  return values;
}

int output_channels(const arch::Options& options) {
  const arch::Arguments arguments = arch::arguments(options);
  const auto found = arguments.find("num_out_ch");
  return found == arguments.end() ? 3 : std::stoi(found->second);
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

/// OpenModelDB's words for the sizes of a network: "64nf", "23nb".
Json size_tags(const ModelInfo& info) {
  Json tags = Json::array();
  const arch::Arguments arguments = arch::arguments(info.network.options);
  for (const auto& [name, tag] :
       {std::pair{"num_feat", "nf"}, std::pair{"num_conv", "nc"}, std::pair{"num_block", "nb"}}) {
    if (const auto found = arguments.find(name); found != arguments.end()) {
      tags.push_back(found->second + tag);
    }
  }
  return tags;
}

std::string openmodeldb_architecture(const ModelInfo& info) {
  return std::holds_alternative<arch::CompactOptions>(info.network.options)  ? "compact"
         : std::holds_alternative<arch::EsrganOptions>(info.network.options) ? "esrgan"
         : std::holds_alternative<arch::RrdbNetOptions>(info.network.options)
             ? "esrgan"
             : info.network.architecture;
}

/// null where only running the network could tell.
Json scale_of(const ModelInfo& info) {
  return info.network.scale > 0 ? Json(info.network.scale) : Json(nullptr);
}

}  // namespace

Json info_json(const ModelInfo& info) {
  return {{"file", info.file.string()},
          {"format", info.format},
          {"bytes", info.bytes},
          {"sha256", info.sha256},
          {"architecture", info.network.architecture},
          {"arguments", argument_values(info.network.options)},
          {"identified_by", info.network.from_metadata ? "metadata" : "tensors"},
          {"scale", scale_of(info)},
          {"input_channels", arch::input_channels(info.network.options)},
          {"output_channels", output_channels(info.network.options)},
          {"parameters", info.scan.elements},
          {"tensors", info.tensors},
          {"left_out", info.left_out},
          {"dtype", info.dtype},
          {"weights", info.weights.empty() ? Json(nullptr) : Json(info.weights)},
          {"keys", info.keys},
          {"step", info.step ? Json(*info.step) : Json(nullptr)},
          {"version", info.version.empty() ? Json(nullptr) : Json(info.version)},
          {"scores", scores_at_step(info)},
          {"training", training(info)},
          {"scan",
           {{"nan", info.scan.nans},
            {"inf", info.scan.infinities},
            {"damaged_tensors", info.scan.damaged},
            {"quantized", info.scan.quantized},
            {"channels", info.scan.channels},
            {"dead_channels", info.scan.dead_channels}}},
          {"loads_in", tools_for(info)}};
}

Json openmodeldb_json(const ModelInfo& info) {
  const Json name = setting(info, {"name"});
  const auto lq_size = whole<std::int32_t>(setting(info, {"datasets", "train", "lq_size"}));
  const Json type = setting(info, {"datasets", "train", "type"});
  Json json{{"name", name.is_string() ? name : Json(info.file.stem().string())},
            {"author", ""},
            {"license", ""},
            {"tags", Json::array()},
            {"description", ""},
            {"date", today()},
            {"architecture", openmodeldb_architecture(info)},
            {"size", size_tags(info)},
            {"scale", scale_of(info)},
            {"inputChannels", arch::input_channels(info.network.options)},
            {"outputChannels", output_channels(info.network.options)},
            {"resources",
             {{{"platform", "pytorch"},
               {"type", info.format},
               {"size", info.bytes},
               {"sha256", info.sha256},
               {"urls", Json::array()}}}}};
  const auto add = [&](const char* key, const Json& value) {
    if (!value.is_null()) {
      json[key] = value;
    }
  };
  add("trainingIterations", info.step ? Json(*info.step) : Json(nullptr));
  add("trainingBatchSize", setting(info, {"datasets", "train", "batch_size_per_gpu"}));
  add("trainingHRSize", lq_size && info.network.scale > 0
                            ? Json(std::int64_t{*lq_size} * info.network.scale)
                            : Json(nullptr));
  add("trainingOTF", type.is_string() ? Json(type == "realesrgandataset") : Json(nullptr));
  add("dataset", setting(info, {"datasets", "train", "name"}));
  add("pretrainedModelG", setting(info, {"path", "pretrain_network_g"}));
  json["images"] = Json::array();
  return json;
}

}  // namespace sr
