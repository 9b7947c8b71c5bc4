#include "export/export_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/lower_case.h"
#include "core/path_status.h"
#include "export/ncnn_files.h"
#include "export/onnx_file.h"
#include "export/verification.h"
#include "export/weight_files.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

std::string name_of(at::ScalarType type) {
  return type == at::kHalf ? "fp16" : type == at::kBFloat16 ? "bf16" : "fp32";
}

/// A file that is to be made.
struct Planned {
  fs::path file;
  std::optional<at::ScalarType> type;  ///< nothing: of weights as they are
};

std::string ending_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::kOnnx:
      return ".onnx";
    case ExportFormat::kNcnn:
      return ".param";
    case ExportFormat::kPth:
      return ".pth";
    case ExportFormat::kSafetensors:
      break;
  }
  return ".safetensors";
}

/// What tells the files of one model apart. Upscayl reads the scale from a name.
std::string suffix_of(const ExportSettings& settings, std::optional<at::ScalarType> type,
                      int scale) {
  if (settings.format != ExportFormat::kNcnn) {
    return type ? fmt::format("_{}", name_of(*type)) : "";
  }
  const std::string name = settings.stem.filename().string();
  const std::string times = std::to_string(scale);
  const bool says_so =
      name.find("x" + times) != std::string::npos || name.find(times + "x") != std::string::npos;
  return says_so ? "" : "-x" + times;
}

/// True for the name of a file, which has the format's ending in any case; other names are those of
/// folders, unless they end like a model of another format.
bool names_file(const fs::path& output, const std::string& ending) {
  constexpr std::array<std::string_view, 7> kEndings{".onnx", ".param", ".bin",        ".pth",
                                                     ".pt",   ".ckpt",  ".safetensors"};
  if (is_folder(output)) {
    return false;
  }
  const std::string own = lower_extension(output);
  if (own != ending && std::ranges::find(kEndings, own) != kEndings.end()) {
    throw ConfigError(
        fmt::format("--output: {} ends like another kind of file; --to makes {} files",
                    output.string(), ending));
  }
  return own == ending;
}

std::vector<Planned> planned(const ExportSettings& settings, int scale) {
  std::vector<std::optional<at::ScalarType>> types(settings.types.begin(), settings.types.end());
  if (types.empty()) {
    const bool has_own =
        settings.format == ExportFormat::kPth || settings.format == ExportFormat::kSafetensors;
    const auto usual = settings.format == ExportFormat::kNcnn ? at::kHalf : at::kFloat;
    types.push_back(has_own ? std::nullopt : std::optional(usual));
  }
  if (settings.format == ExportFormat::kNcnn &&
      (types.size() > 1 || types.front() == at::kBFloat16)) {
    throw ConfigError("ncnn files have one precision, fp32 or fp16");
  }
  const std::string ending = ending_of(settings.format);
  const bool is_file = names_file(settings.output, ending);
  if (is_file && types.size() > 1) {
    throw ConfigError(settings.output.string() + " is one file, but there are several to write");
  }
  std::vector<Planned> files;
  for (const auto& type : types) {
    const std::string name =
        settings.stem.filename().string() + suffix_of(settings, type, scale) + ending;
    const fs::path folder = settings.output.empty() ? settings.stem.parent_path() : settings.output;
    files.push_back({is_file ? settings.output : folder / name, type});
  }
  return files;
}

fs::path weights_beside(const fs::path& param) {
  return fs::path(param).replace_extension(".bin");
}

void require_free(const Planned& planned, const ExportSettings& settings) {
  std::vector<fs::path> files{planned.file};
  if (settings.format == ExportFormat::kNcnn) {
    files.push_back(weights_beside(planned.file));
  }
  for (const fs::path& file : files) {
    if (!settings.overwrite && is_there(file)) {
      throw ConfigError(file.string() + " is there; --overwrite makes it anew");
    }
  }
  if (planned.file.has_parent_path()) {
    make_folder(planned.file.parent_path());
  }
}

/// What is in a file that does not have its name yet.
std::string written_contents(const AtomicFile& file) {
  std::ifstream stream(file.temporary(), std::ios::binary);
  std::string contents((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open()) {
    throw StorageError(file.temporary().string() + ": cannot be read back");
  }
  return contents;
}

/// Of an ONNX file. ONNX's convolutions take bfloat16 from 22 on.
int opset_of(const ExportSettings& settings, at::ScalarType type) {
  constexpr int kUsual = 17;
  constexpr int kHasBfloat16 = 22;
  const int least = type == at::kBFloat16 ? kHasBfloat16 : 0;
  const int opset = settings.opset.value_or(std::max(least, kUsual));
  if (opset < least) {
    throw ConfigError(
        fmt::format("bf16 needs opset {}: in {} ONNX has no convolutions of it", least, opset));
  }
  return opset;
}

void require_allowed(const ExportedModel& exported, at::ScalarType type) {
  const std::string& architecture = exported.model.identified.architecture;
  const arch::Architecture* row = arch::find_architecture(architecture);
  if (type == at::kHalf && row != nullptr && !row->allows_fp16) {
    throw ConfigError(fmt::format(
        "activations of {} leave float16's range: export it as bf16 or fp32", architecture));
  }
}

/// Writes graphs of a network.
class GraphExporter {
 public:
  GraphExporter(const ExportedModel& exported, const TraceOptions& options);

  ExportedFile onnx(const Planned& planned) const;
  ExportedFile ncnn(const Planned& planned) const;

 private:
  double verified(const Graph& graph, at::ScalarType type) const {
    return verification_.difference(graph, name_of(type), type);
  }

  TracedNetwork traced_;
  Verification verification_;
};

GraphExporter::GraphExporter(const ExportedModel& exported, const TraceOptions& options)
    : traced_(trace_network(*exported.model.network,
                            arch::input_channels(exported.model.identified.options), options)),
      verification_(*exported.model.network,
                    arch::input_channels(exported.model.identified.options), options,
                    traced_.size_multiple) {
  traced_.graph.metadata = exported.metadata;
  traced_.graph.metadata["size_multiple"] = std::to_string(traced_.size_multiple);
}

ExportedFile GraphExporter::onnx(const Planned& planned) const {
  const at::ScalarType type = *planned.type;
  const std::string bytes = onnx_bytes(with_precision(traced_.graph, type));
  AtomicFile file(planned.file);
  file.write(bytes);
  const double difference = verified(graph_of_onnx(written_contents(file)), type);
  file.commit();
  return {planned.file, bytes.size(), name_of(type), difference};
}

ExportedFile GraphExporter::ncnn(const Planned& planned) const {
  const at::ScalarType type = *planned.type;
  const NcnnFiles files = ncnn_files(with_precision(traced_.graph, at::kFloat), type);
  AtomicFile weights(weights_beside(planned.file));
  AtomicFile layers(planned.file);
  weights.write(files.bin);
  layers.write(files.param);
  const double difference =
      verified(graph_of_ncnn({written_contents(layers), written_contents(weights)}), type);
  remove_file(planned.file);  // a kill between the two must not leave layers beside others' weights
  weights.commit();
  layers.commit();
  return {planned.file, files.param.size() + files.bin.size(), name_of(type), difference};
}

}  // namespace

ExportedModel blended(ExportedModel a, const ExportedModel& b, double share) {
  const IdentifiedNetwork& one = a.model.identified;
  const IdentifiedNetwork& other = b.model.identified;
  if (one.options != other.options || one.scale != other.scale) {
    throw CheckpointError(fmt::format(
        "only two files of one network can be blended: {} x{} and {} x{} are not, or differ in "
        "their arguments",
        one.architecture, one.scale, other.architecture, other.scale));
  }
  const at::NoGradGuard no_grad;
  const NamedTensors& from = b.model.network->parameters();
  const NamedTensors& to = a.model.network->parameters();
  for (std::size_t i = 0; i < to.size(); ++i) {
    at::Tensor(to[i].tensor).lerp_(from[i].tensor, share);
  }
  return a;
}

void export_model(const ExportedModel& exported, const ExportSettings& settings,
                  const std::function<void(const ExportedFile&)>& written) {
  const std::vector<Planned> files = planned(settings, exported.model.identified.scale);
  for (const Planned& file : files) {
    require_free(file, settings);
    require_allowed(exported, file.type.value_or(at::kFloat));
    if (settings.format == ExportFormat::kOnnx) {
      opset_of(settings, *file.type);
    }
  }
  if (settings.format == ExportFormat::kPth || settings.format == ExportFormat::kSafetensors) {
    for (const Planned& planned : files) {
      const WeightFile file{planned.file, planned.type, settings.format == ExportFormat::kPth};
      const std::uint64_t bytes = write_weights(*exported.model.network, exported.metadata, file);
      written({planned.file, bytes, planned.type ? name_of(*planned.type) : "", std::nullopt});
    }
    return;
  }
  std::map<int, GraphExporter> exporters;  // by their opsets
  for (const Planned& planned : files) {
    TraceOptions options = settings.trace;
    if (settings.format == ExportFormat::kOnnx) {
      options.opset = opset_of(settings, *planned.type);
    }
    const GraphExporter& exporter =
        exporters.try_emplace(options.opset, exported, options).first->second;
    written(settings.format == ExportFormat::kOnnx ? exporter.onnx(planned)
                                                   : exporter.ncnn(planned));
  }
}

}  // namespace sr
