#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <filesystem>
#include <map>

#include "checkpoint/pth_reader.h"
#include "checkpoint/weights_file.h"
#include "core/units.h"
#include "core/version.h"
#include "device/memory.h"
#include "export/export_model.h"
#include "export_options.h"
#include "inspect/model_info.h"
#include "say.h"
#include "shared_options.h"

namespace sr::app {
namespace {

namespace fs = std::filesystem;

template <typename Number>
std::optional<Number> parsed(std::string_view text) {
  Number number{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && rest == text.data() + text.size() ? std::optional(number)
                                                                   : std::nullopt;
}

[[noreturn]] void refuse(const std::string& problem) {
  throw ConfigError(fmt::format("command line: {} (see sr-train export --help)", problem));
}

/// "HxW" or "NxCxHxW"; C is checked against the network by what calls this.
std::vector<std::int64_t> sides_of(const std::string& shape) {
  std::vector<std::int64_t> sides;
  for (std::size_t begin = 0; begin <= shape.size();) {
    const std::size_t end = std::min(shape.find('x', begin), shape.size());
    const auto side = parsed<std::int64_t>(std::string_view(shape).substr(begin, end - begin));
    constexpr std::int64_t kLargest = 1 << 15;
    if (!side || *side < 1 || *side > kLargest) {
      refuse("--shape: " + shape + " is not HxW or NxCxHxW");
    }
    sides.push_back(*side);
    begin = end + 1;
  }
  if (sides.size() != 2 && sides.size() != 4) {
    refuse("--shape: " + shape + " is not HxW or NxCxHxW");
  }
  return sides;
}

TraceOptions trace_options(const ExportOptions& options, std::int64_t channels) {
  TraceOptions trace;
  if (!options.shape.empty()) {
    const std::vector<std::int64_t> sides = sides_of(options.shape);
    if (sides.size() == 4 && sides[1] != channels) {
      refuse(fmt::format("--shape: the network takes {} channels, not {}", channels, sides[1]));
    }
    trace.batch = sides.size() == 4 ? sides[0] : 0;
    trace.shape = ImageShape{sides[sides.size() - 2], sides.back()};
  }
  return trace;
}

/// What files say about themselves: what the weights say, and who wrote this one.
Metadata metadata_of(const LoadedModel& model) {
  Metadata metadata = model.metadata;
  metadata["architecture"] = model.identified.architecture;
  metadata["scale"] = std::to_string(model.identified.scale);
  for (const auto& [name, value] : arch::arguments(model.identified.options)) {
    metadata[name] = value;
  }
  metadata.insert({"version", std::string("sr-train ") + version()});
  return metadata;
}

/// What the weights are, for a file that has neither their name nor their run beside it.
void tell_origin(const std::string& file, const std::optional<std::string>& key,
                 Metadata& metadata) {
  const bool is_pth = !is_safetensors(file);
  const Metadata beside = is_pth ? read_pth_metadata(file) : metadata;
  if (const auto step = beside.find("step"); step != beside.end()) {
    metadata.insert(*step);
  }
  std::vector<std::string> keys;
  if (is_pth) {
    keys = key ? std::vector{*key} : pth_keys(file);
  }
  const std::optional<fs::path> run = run_folder_of(file);
  const std::string kind =
      kind_of_weights(file, beside, keys, run ? read_run_record(*run) : std::nullopt);
  metadata[kWeightsKind] = kind.empty() ? "unknown" : kind;
}

ExportedModel load(const std::string& file, const ExportOptions& options) {
  ExportedModel exported{load_model(file, options.key, options.naming, options.network), {}};
  exported.metadata = metadata_of(exported.model);
  tell_origin(file, options.key, exported.metadata);
  if (!exported.model.note.empty()) {
    say("note: {}\n", exported.model.note);
  }
  return exported;
}

/// What is blended, as the command line has it: "--model A --blend B SHARE" or
/// "--blend A B SHARE".
struct Blend {
  std::string first, second, share;
};

Blend blend_of(const ExportOptions& options) {
  const std::vector<std::string>& words = options.blend;
  return {options.model.empty() ? words.front() : options.model, words[words.size() - 2],
          words.back()};
}

ExportedModel load_blend(const ExportOptions& options) {
  const Blend blend = blend_of(options);
  const auto share = parsed<double>(blend.share);
  if (!share || !(*share >= 0 && *share <= 1)) {
    refuse("--blend: the share is a number between 0 and 1, not " + blend.share);
  }
  const ExportedModel other = load(blend.second, options);
  ExportedModel mixed = blended(load(blend.first, options), other, *share);
  mixed.metadata.erase("step");
  if (mixed.metadata.at(kWeightsKind) != other.metadata.at(kWeightsKind)) {
    mixed.metadata[kWeightsKind] = "unknown";
  }
  mixed.metadata["blend"] = fmt::format("{} {} {}", fs::path(blend.first).filename().string(),
                                        fs::path(blend.second).filename().string(), *share);
  return mixed;
}

ExportSettings settings_of(const ExportOptions& options, const ExportedModel& exported) {
  const std::map<std::string, ExportFormat> formats{{"onnx", ExportFormat::kOnnx},
                                                    {"ncnn", ExportFormat::kNcnn},
                                                    {"pth", ExportFormat::kPth},
                                                    {"safetensors", ExportFormat::kSafetensors}};
  const std::map<std::string, at::ScalarType> types{
      {"fp32", at::kFloat}, {"fp16", at::kHalf}, {"bf16", at::kBFloat16}};
  ExportSettings settings;
  settings.format = formats.at(options.format);
  for (const std::string& type : options.types) {
    settings.types.push_back(types.at(type));
  }
  settings.trace = trace_options(options, arch::input_channels(exported.model.identified.options));
  settings.opset = options.opset;
  settings.output = options.output;
  settings.stem = fs::path(options.blend.empty() ? options.model : blend_of(options).first);
  settings.stem.replace_extension();
  if (!options.blend.empty()) {
    const Blend blend = blend_of(options);
    settings.stem += fmt::format("_{}_{}", fs::path(blend.second).stem().string(), blend.share);
  }
  settings.overwrite = options.overwrite;
  return settings;
}

void say_written(const ExportedFile& file) {
  std::string line = fmt::format("{}  {}", file.file.string(), format_bytes(file.bytes));
  if (file.difference) {
    line += fmt::format(", {}, read back: differs from the network by {:.1e} of its range",
                        file.precision, *file.difference);
  }
  say("{}\n", line);
}

void check_options(const ExportOptions& options) {
  const bool is_weights = options.format == "pth" || options.format == "safetensors";
  if (options.model.empty() && options.blend.empty()) {
    refuse("give --model FILE or --blend A B SHARE");
  }
  if (!options.blend.empty() && options.blend.size() != (options.model.empty() ? 3 : 2)) {
    refuse(options.model.empty()
               ? "--blend: without --model it takes two files and the share of the second"
               : "--blend: with --model it takes another file and its share");
  }
  if (is_weights && !options.shape.empty()) {
    refuse("--shape: weights take images of any size");
  }
  if (!is_weights && options.naming) {
    refuse("--param-naming: " + options.format + " files have no parameter names");
  }
  if (options.format == "ncnn" && !options.shape.empty()) {
    refuse("--shape: ncnn files take images of any size");
  }
  if (options.format != "onnx" && options.opset) {
    refuse("--opset: " + options.format + " files have no operators of ONNX");
  }
  std::vector<fs::path> files{options.model};
  if (!options.blend.empty()) {
    const Blend blend = blend_of(options);
    files = {blend.first, blend.second};
  }
  require_sets_to_choose(options.key, files);
}

}  // namespace

ExitCode export_network(const ExportOptions& options) {
  check_options(options);
  install_cpu_allocator();
  const ExportedModel exported =
      options.blend.empty() ? load(options.model, options) : load_blend(options);
  const bool quiet = options.verbosity == Verbosity::kQuiet;
  const IdentifiedNetwork& network = exported.model.identified;
  if (!quiet) {
    say("{} x{}\n", network.architecture, network.scale);
  }
  export_model(exported, settings_of(options, exported), [&](const ExportedFile& file) {
    if (!quiet) {
      say_written(file);
    }
  });
  return ExitCode::kDone;
}

}  // namespace sr::app
