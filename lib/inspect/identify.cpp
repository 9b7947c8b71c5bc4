#include "inspect/identify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "arch/discriminators.h"
#include "checkpoint/match_tensors.h"
#include "checkpoint/metadata_number.h"
#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {
namespace {

constexpr int kLargestScale = 64;

std::optional<IdentifiedNetwork> by_metadata(const Metadata& metadata) {
  const auto type = metadata.find("architecture");
  const auto scale = metadata.find("scale");
  if (type == metadata.end() || scale == metadata.end()) {
    return std::nullopt;
  }
  const arch::Architecture* row = arch::find_architecture(type->second);
  if (row == nullptr) {
    return std::nullopt;  // another program's word, or a later version's: the tensors decide
  }
  IdentifiedNetwork network{type->second, arch::options_from(*row, metadata), 0, true, {}};
  network.scale = metadata_number<int>(metadata, "scale").value_or(0);
  if (network.scale < 1 || network.scale > kLargestScale) {
    throw CheckpointError(fmt::format("its metadata says scale {}", quote_name(scale->second)));
  }
  return network;
}

/// A tensor under the name that is left of its own once prefixes are passed over.
struct Named {
  std::string name;
  const StoredTensor* tensor;
};

/// Whether a mask of windows hides something, window by window: a value there is not 0.
arch::TensorShapes::Codes marks_of(const StoredTensor& mask) {
  const auto windows = static_cast<std::size_t>(mask.shape.front());
  const std::size_t length = mask.bytes.size() / windows;
  arch::TensorShapes::Codes marks;
  for (std::size_t i = 0; i < windows; ++i) {
    const auto window = std::span(mask.bytes).subspan(i * length, length);
    const bool marked = std::ranges::any_of(window, [](std::byte b) { return b != std::byte{0}; });
    marks.push_back(marked ? 1 : 0);
  }
  return marks;
}

arch::TensorShapes shapes_of(const std::vector<Named>& tensors) {
  constexpr std::size_t kMostCodes = 16;
  constexpr std::int64_t kMostWindows = 4096;
  std::map<std::string, arch::TensorShapes::Shape, std::less<>> shapes;
  std::map<std::string, arch::TensorShapes::Codes, std::less<>> codes;
  for (const auto& [name, stored] : tensors) {
    const StoredTensor& tensor = *stored;
    shapes.emplace(name, tensor.shape);
    const bool of_bytes = tensor.type == DType::kUInt8 || tensor.type == DType::kBool;
    if (of_bytes && tensor.bytes.size() <= kMostCodes) {
      arch::TensorShapes::Codes& values = codes[name];
      for (const std::byte value : tensor.bytes) {
        values.push_back(std::to_integer<std::uint8_t>(value));
      }
    }
    if (name.ends_with("attn_mask") && tensor.shape.size() == 3 && tensor.shape[0] > 0 &&
        tensor.shape[0] <= kMostWindows) {
      codes[name] = marks_of(tensor);
    }
  }
  return arch::TensorShapes(std::move(shapes), std::move(codes));
}

/// The network that all tensors are, or those below one prefix: of several such prefixes the first
/// by name, as use_names_of() takes it.
std::optional<IdentifiedNetwork> by_tensors(const std::vector<Named>& tensors,
                                            const std::string& passed_over, int most_prefixes) {
  if (tensors.empty()) {
    return std::nullopt;
  }
  if (auto found = arch::recognise(shapes_of(tensors))) {
    return IdentifiedNetwork{found->type, found->options, found->scale, false, passed_over};
  }
  std::map<std::string, std::vector<Named>> parts;
  for (const auto& [name, tensor] : tensors) {
    if (const std::size_t dot = name.find('.'); dot != std::string::npos && most_prefixes > 0) {
      parts[name.substr(0, dot + 1)].push_back({name.substr(dot + 1), tensor});
    }
  }
  for (const auto& [prefix, part] : parts) {
    if (auto found = by_tensors(part, passed_over + prefix, most_prefixes - 1)) {
      return found;
    }
  }
  return std::nullopt;
}

std::optional<IdentifiedNetwork> by_tensors(const std::vector<StoredTensor>& tensors) {
  constexpr int kMostPrefixes = 3;
  std::vector<Named> named;
  for (const StoredTensor& tensor : tensors) {
    named.push_back({std::string(without_wrapper_prefix(tensor.name)), &tensor});
  }
  return by_tensors(named, "", kMostPrefixes);
}

std::string first_names(const std::vector<StoredTensor>& tensors) {
  constexpr std::size_t kShown = 4;
  std::string list;
  for (std::size_t i = 0; i < std::min(kShown, tensors.size()); ++i) {
    list += (i == 0 ? "" : ", ") + quote_name(tensors[i].name);
  }
  return list + (tensors.size() > kShown ? ", ..." : "");
}

/// The discriminator that the file says it holds; empty when it does not.
std::string discriminator_of(const Metadata& metadata) {
  const auto type = metadata.find("architecture");
  std::string found;
  for_each_row(arch::kDiscriminators, [&](const auto& row) {
    if (type != metadata.end() && type->second == row.type) {
      found = type->second;
    }
  });
  return found;
}

}  // namespace

IdentifiedNetwork identify(const TensorFile& file) {
  if (std::optional<IdentifiedNetwork> network = by_metadata(file.metadata)) {
    return *network;
  }
  if (std::optional<IdentifiedNetwork> network = by_tensors(file.tensors)) {
    return *network;
  }
  if (const std::string type = discriminator_of(file.metadata); !type.empty()) {
    throw CheckpointError(fmt::format(
        "holds a discriminator ({}), which only training uses; the network that makes images is in "
        "the net_g or net_g_ema file of the same step",
        type));
  }
  throw CheckpointError(
      fmt::format("holds no network that is known here (docs/networks.md): its {} tensors are {}",
                  file.tensors.size(), first_names(file.tensors)));
}

}  // namespace sr
