#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "inspect/identify.h"
#include "inspect/run_record.h"
#include "inspect/tensor_scan.h"

namespace sr {

/// In the metadata of an exported file: "ema", "raw", "unknown".
inline constexpr const char* kWeightsKind = "weights";

/// All that can be said of a weight file.
struct ModelInfo {
  std::filesystem::path file;
  std::string format;  ///< "safetensors", "pth"
  std::uint64_t bytes = 0;
  std::string sha256;
  IdentifiedNetwork network;
  std::size_t tensors = 0;
  std::size_t left_out = 0;       ///< tensors of other networks in the file
  std::string dtype;              ///< dtype_text()
  std::vector<std::string> keys;  ///< state dicts that a .pth holds besides each other
  std::string weights;            ///< "raw", "ema"; "" when nothing tells
  std::optional<std::int64_t> step;
  std::string version;  ///< of the program that wrote it
  TensorScan scan;
  std::optional<RunRecord> run;  ///< that it lies in
};

/// Reads a weight file; or the weights of a training state; or of a run's folder its best ones,
/// else its newest. `torchscript`: the file whose network the weights are of, where they are of
/// none that is known here; it is read and not run. Throws CheckpointError "<file>: <reason>".
ModelInfo inspect_model(const std::filesystem::path& path,
                        const std::filesystem::path& torchscript = {});

/// "ema" or "raw": what the file says of its weights, else the keys of a .pth (those that are
/// read), its name, or the run that it lies in; "" when nothing tells.
std::string kind_of_weights(const std::filesystem::path& file, const Metadata& metadata,
                            const std::vector<std::string>& keys,
                            const std::optional<RunRecord>& run);

/// Programs that load the file and make the right image of it, one line each; none of quantized
/// weights.
std::vector<std::string> tools_for(const ModelInfo& info);

/// The text of `sr-train info`.
std::string info_text(const ModelInfo& info);
/// One object: architecture, arguments, scale, parameters, dtype, step, sha256 and more.
nlohmann::ordered_json info_json(const ModelInfo& info);
/// A model's metadata file for OpenModelDB, filled as far as is known; what its author has to say
/// is empty.
nlohmann::ordered_json openmodeldb_json(const ModelInfo& info);

}  // namespace sr
