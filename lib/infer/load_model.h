#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "inspect/identify.h"
#include "nn/network.h"

namespace sr {

/// A network with the weights of a file.
struct LoadedModel {
  IdentifiedNetwork identified;
  Metadata metadata;  ///< of the file
  std::unique_ptr<Network> network;
  std::string note{};  ///< for the user, when the file holds other networks too; mostly empty
};

/// Builds the network that a weight file holds (identify()) and loads it, on the CPU in fp32. `key`
/// as in read_weights(). Throws CheckpointError "<file>: <reason>", also for NaN or infinity in it
/// and for metadata that asks for far more memory than the file's tensors take. With `naming` the
/// network has its parameters by those names, whatever the file has; ConfigError for a network of
/// which there is one naming. `torchscript`: the file whose network the weights are of
/// (nn/torchscript.h), where they are of none that is known here; empty otherwise.
LoadedModel load_model(const std::filesystem::path& file, const std::optional<std::string>& key,
                       std::optional<arch::ParamNaming> naming = std::nullopt,
                       const std::filesystem::path& torchscript = {});

}  // namespace sr
