#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "arch/rrdb.h"
#include "export/trace_network.h"
#include "infer/load_model.h"

namespace sr {

enum class ExportFormat { kOnnx, kNcnn, kPth, kSafetensors };

struct ExportSettings {
  ExportFormat format = ExportFormat::kOnnx;
  /// kFloat, kHalf, kBFloat16; a file each. Empty: what the format is mostly used with.
  std::vector<at::ScalarType> types;
  TraceOptions trace;        ///< but for the opset of an ONNX file
  std::optional<int> opset;  ///< nothing: 17, of bf16 files 22
  /// A folder, or the file where it is only one: it has the format's ending, in any case. Empty =
  /// beside `stem`.
  std::filesystem::path output;
  std::filesystem::path stem;  ///< the model without its ending: names and folder of the files
  bool overwrite = false;
};

/// A file that was written and read back.
struct ExportedFile {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::string precision;  ///< "fp32"
  /// Of the outputs for a test image: what the file gives and what the network gives in double
  /// precision, root mean square over the output's range. Nothing for weight files, which hold the
  /// weights themselves.
  std::optional<double> difference;
};

/// A model, and what there is to say about it in a file's metadata.
struct ExportedModel {
  LoadedModel model;
  Metadata metadata;
};

/// weights = (1 - share) * a + share * b. Throws CheckpointError unless both are the same network.
ExportedModel blended(ExportedModel a, const ExportedModel& b, double share);

/// Writes the files; each gets its name when it has been read back and gives what the network
/// gives. The network's values are in double precision afterwards. `written` hears of each file.
/// Throws ConfigError for what the format or the precision cannot express and for files that are
/// there, StorageError.
void export_model(const ExportedModel& exported, const ExportSettings& settings,
                  const std::function<void(const ExportedFile&)>& written);

}  // namespace sr
