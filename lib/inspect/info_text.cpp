#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "checkpoint/left_out_text.h"
#include "core/printable_text.h"
#include "core/units.h"
#include "inspect/model_info.h"
#include "report/text.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

std::string row(const char* name, const std::string& text) {
  return fmt::format("  {:<12}  {}\n", name, text);
}

/// "num_feat 64, num_conv 16".
std::string listed(const Json& object) {
  std::string text;
  for (const auto& [name, value] : object.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                        value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

std::string parameters_text(const ModelInfo& info) {
  const std::string text =
      fmt::format("{} in {} tensors, {}", grouped(info.scan.elements), info.tensors, info.dtype);
  return info.scan.quantized == 0
             ? text
             : fmt::format("{}; {} more are whole numbers, weights that were quantized", text,
                           grouped(info.scan.quantized));
}

std::string weights_text(const ModelInfo& info) {
  std::string text = info.weights == "ema"   ? "averaged (EMA)"
                     : info.weights == "raw" ? "raw"
                                             : "averaged or raw: nothing tells";
  if (info.step) {
    text += fmt::format(", step {}", grouped(*info.step));
  }
  return info.version.empty() ? text : text + ", by " + info.version;
}

std::string scores_text(const Json& scores) {
  std::string text;
  for (const auto& [set, metrics] : scores.items()) {
    text += fmt::format("{}{}:", text.empty() ? "" : "; ", set);
    for (const auto& [name, value] : metrics.items()) {
      text += fmt::format(" {} {}", name,
                          value.is_number() ? metric_text(value.get<double>()) : value.dump());
    }
  }
  return text;
}

/// The parts that are known, e.g. "20,000 of 100,000 steps, batch 8, lq 32x32, AdamW".
std::string training_text(const Json& training) {
  const auto text_of = [&](const char* key) {
    const Json& value = training.at(key);
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto count = [&](const char* key) {
    const Json& value = training.at(key);
    return value.is_number_integer() ? grouped(value.get<std::int64_t>()) : std::string("?");
  };
  const std::string goal =  // none for a run that something else ends
      training.at("total_iter").is_null() ? "" : " of " + count("total_iter");
  std::string text =
      fmt::format("{0}{1} steps, batch {2}, lq {3}x{3}, {4} lr {5}", count("steps"), goal,
                  count("batch_size"), count("lq_size"), text_of("optimizer"), text_of("lr"));
  for (const auto& loss : training.at("losses")) {
    text += ", " + loss.get<std::string>();
  }
  if (training.at("discriminator").is_string()) {
    text += ", GAN with " + text_of("discriminator");
  }
  text += fmt::format("; data {} ({})", text_of("dataset"), text_of("dataset_type"));
  return training.at("pretrained").is_string() ? text + "; from " + text_of("pretrained") : text;
}

std::string scan_text(const TensorScan& scan) {
  std::string text =
      scan.nans + scan.infinities == 0
          ? "no NaN, no Inf"
          : fmt::format("{} NaN and {} Inf in {}: this network is broken", grouped(scan.nans),
                        grouped(scan.infinities), fmt::join(scan.damaged, ", "));
  return fmt::format("{}; {} of {} channels are dead (all weights zero)", text,
                     grouped(scan.dead_channels), grouped(scan.channels));
}

const char* identified_by(const IdentifiedNetwork& network) {
  if (network.from_metadata) {
    return "by its metadata";
  }
  return std::holds_alternative<arch::TorchScriptOptions>(network.options) ? "by --network"
                                                                           : "by its tensors";
}

/// What a network is, without the sizes that its name stands for: the file's own are its arguments.
std::string family_of(std::string_view description) {
  std::size_t comma = description.find(", ");
  while (comma != std::string_view::npos && comma + 2 < description.size() &&
         (description[comma + 2] < '0' || description[comma + 2] > '9')) {
    comma = description.find(", ", comma + 2);
  }
  return std::string(description.substr(0, comma));
}

}  // namespace

std::string info_text(const ModelInfo& info) {
  const Json json = info_json(info);
  const arch::Architecture* known = arch::find_architecture(info.network.architecture);
  std::string text = printable(info.file.string()) + "\n";
  text +=
      row("architecture",
          fmt::format("{}{}, {}", info.network.architecture,
                      known != nullptr ? fmt::format(" ({})", family_of(known->description)) : "",
                      identified_by(info.network)));
  text += row("arguments", listed(json.at("arguments")));
  text += row("scale",
              fmt::format("{}, {} channels to {}",
                          info.network.scale > 0 ? std::to_string(info.network.scale)
                                                 : "not said by the file",
                          json.at("input_channels").dump(), json.at("output_channels").dump()));
  text += row("parameters", parameters_text(info));
  if (info.left_out > 0) {
    text += row("of the file", left_out_text(info.network.prefix, info.left_out));
  }
  text += row("weights", weights_text(info));
  if (info.keys.size() > 1) {
    text += row("keys", fmt::format("{}", fmt::join(info.keys, ", ")));
  }
  if (json.at("scores").is_object()) {
    text += row("scores", scores_text(json.at("scores")));
  }
  if (json.at("training").is_object()) {
    text += row("trained", training_text(json.at("training")));
  }
  text += row("numbers", scan_text(info.scan));
  text += row("loads in", info.scan.quantized > 0
                              ? "nothing: the scales of its quantized weights are not in the file"
                              : fmt::format("{}", fmt::join(tools_for(info), "; ")));
  text += row("file", fmt::format("{}, {}", info.format,
                                  format_bytes(static_cast<std::int64_t>(info.bytes))));
  return text + row("sha256", info.sha256);
}

}  // namespace sr
