#include "infer/load_model.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <utility>
#include <vector>

#include "checkpoint/input_file.h"
#include "checkpoint/left_out_text.h"
#include "checkpoint/match_tensors.h"
#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "core/units.h"
#include "device/memory.h"
#include "device/out_of_memory.h"
#include "nn/named_weights.h"
#include "nn/tensor_copy.h"

namespace sr {
namespace {

std::int64_t bytes_of(const TensorFile& file) {
  std::int64_t bytes = 0;
  for (const StoredTensor& tensor : file.tensors) {
    bytes += static_cast<std::int64_t>(tensor.bytes.size());
  }
  return bytes;
}

/// A file of a few bytes may claim a network of any size: no more memory is given to it than
/// weights of half the precision and what initialising them takes could need.
std::unique_ptr<Network> build(const IdentifiedNetwork& identified, std::int64_t file_bytes) {
  const auto memory = open_device_memory(c10::Device(c10::kCPU), std::nullopt);
  memory->set_limit(memory->read().allocated + 8 * file_bytes + 64 * kMiB);
  std::unique_ptr<Network> network;
  const std::optional<OutOfMemory> failure = run_or_out_of_memory(
      [&] {
        network = make_network({.type = identified.architecture, .options = identified.options},
                               identified.scale, /*seed=*/0);
      },
      [&] { return false; });
  memory->set_limit(std::nullopt);
  if (failure) {
    throw CheckpointError(fmt::format(
        "describes a network ({}) that needs far more memory than its tensors take ({})",
        identified.architecture, format_bytes(file_bytes)));
  }
  return network;
}

void use_naming(IdentifiedNetwork& identified, arch::ParamNaming naming) {
  std::visit(
      [&](auto& options) {
        if constexpr (requires { options.param_naming; }) {
          options.param_naming = naming;
        } else {
          throw ConfigError(fmt::format("parameters of {} have the same names everywhere",
                                        identified.architecture));
        }
      },
      identified.options);
}

/// What the weights are of when the user says of which TorchScript file. Scale 0: the file's.
IdentifiedNetwork of_torchscript(const TensorFile& contents, const std::filesystem::path& file) {
  constexpr const char* kType = "torchscript";
  IdentifiedNetwork network{kType, arch::TorchScriptOptions{}, 0, false, {}};
  const auto type = contents.metadata.find("architecture");
  if (type != contents.metadata.end() && type->second == kType) {
    network = identify(contents);
  }
  std::get<arch::TorchScriptOptions>(network.options).file = file.string();
  return network;
}

/// A program's file is not the weights' claim: it is there, and it has its size.
std::unique_ptr<Network> build_torchscript(const IdentifiedNetwork& identified,
                                           const std::filesystem::path& program) {
  std::unique_ptr<Network> network;
  const std::optional<OutOfMemory> failure = run_or_out_of_memory(
      [&] {
        network = make_network({.type = identified.architecture, .options = identified.options},
                               identified.scale, /*seed=*/0);
      },
      [] { return false; });
  if (failure) {
    throw DoesNotFitError(
        fmt::format("{}: does not fit into memory with an image of few pixels: {}",
                    program.string(), failure->message));
  }
  return network;
}

/// Every tensor must fit and hold numbers: else each picture would be told to be at fault.
UsedNames load(TensorFile file, const std::string& file_name, const Network& network) {
  UsedNames used = use_names_of(network, file);
  const NamedTensors targets = with_buffers(network.parameters(), network);
  const TensorMatch match = match_tensors(wanted_tensors(targets), file.tensors);
  require_exact(match, file_name);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    with_file_name(file_name, [&] { restore(file.tensors[*match.source[i]], targets[i].tensor); });
    if (!at::isfinite(targets[i].tensor).all().item<bool>()) {
      throw CheckpointError(
          fmt::format("{}: tensor {} holds NaN or infinity", file_name, targets[i].name));
    }
  }
  return used;
}

}  // namespace

LoadedModel load_model(const std::filesystem::path& file, const std::optional<std::string>& key,
                       std::optional<arch::ParamNaming> naming,
                       const std::filesystem::path& torchscript) {
  TensorFile contents = read_weights(file, key);
  LoadedModel model;
  with_file_name(file, [&] {
    model.identified =
        torchscript.empty() ? identify(contents) : of_torchscript(contents, torchscript);
  });
  if (naming) {
    use_naming(model.identified, *naming);
  }
  with_file_name(file, [&] {
    try {
      model.network = torchscript.empty() ? build(model.identified, bytes_of(contents))
                                          : build_torchscript(model.identified, torchscript);
      model.identified.scale = model.network->scale();
    } catch (const ConfigError& error) {
      throw CheckpointError(std::string("describes an impossible network: ") + error.what());
    }
  });
  model.metadata = contents.metadata;
  const UsedNames used = load(std::move(contents), file.string(), *model.network);
  if (used.left_out > 0) {
    model.note = fmt::format("{}: {}", file.string(), left_out_text(used.prefix, used.left_out));
  }
  for (const NamedTensor& parameter : model.network->parameters()) {
    at::Tensor(parameter.tensor).set_requires_grad(false);
  }
  return model;
}

}  // namespace sr
