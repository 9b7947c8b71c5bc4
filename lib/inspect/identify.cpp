#include "inspect/identify.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

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

/// What all names begin with, up to and including a '.'; empty when there is no such thing.
std::string common_prefix(const std::vector<std::string>& names) {
  const std::string prefix = names.front().substr(0, names.front().find('.') + 1);
  const bool common =
      std::ranges::all_of(names, [&](const std::string& name) { return name.starts_with(prefix); });
  return common ? prefix : "";
}

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

/// Of the tensors under these names, in the same order.
arch::TensorShapes shapes_of(const std::vector<std::string>& names,
                             const std::vector<StoredTensor>& tensors) {
  constexpr std::size_t kMostCodes = 16;
  constexpr std::int64_t kMostWindows = 4096;
  std::map<std::string, arch::TensorShapes::Shape, std::less<>> shapes;
  std::map<std::string, arch::TensorShapes::Codes, std::less<>> codes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const StoredTensor& tensor = tensors[i];
    shapes.emplace(names[i], tensor.shape);
    const bool of_bytes = tensor.type == DType::kUInt8 || tensor.type == DType::kBool;
    if (of_bytes && tensor.bytes.size() <= kMostCodes) {
      arch::TensorShapes::Codes& values = codes[names[i]];
      for (const std::byte value : tensor.bytes) {
        values.push_back(std::to_integer<std::uint8_t>(value));
      }
    }
    if (names[i].ends_with("attn_mask") && tensor.shape.size() == 3 && tensor.shape[0] > 0 &&
        tensor.shape[0] <= kMostWindows) {
      codes[names[i]] = marks_of(tensor);
    }
  }
  return arch::TensorShapes(std::move(shapes), std::move(codes));
}

std::optional<IdentifiedNetwork> by_tensors(const std::vector<StoredTensor>& tensors) {
  constexpr int kMostPrefixes = 4;
  std::vector<std::string> names;
  for (const StoredTensor& tensor : tensors) {
    names.emplace_back(without_wrapper_prefix(tensor.name));
  }
  std::string passed_over;
  for (int attempt = 0; attempt < kMostPrefixes && !names.empty(); ++attempt) {
    if (auto found = arch::recognise(shapes_of(names, tensors))) {
      return IdentifiedNetwork{found->type, found->options, found->scale, false, passed_over};
    }
    const std::string prefix = common_prefix(names);
    if (prefix.empty()) {
      break;
    }
    passed_over += prefix;
    for (std::string& name : names) {
      name.erase(0, prefix.size());
    }
  }
  return std::nullopt;
}

std::string first_names(const std::vector<StoredTensor>& tensors) {
  constexpr std::size_t kShown = 4;
  std::string list;
  for (std::size_t i = 0; i < std::min(kShown, tensors.size()); ++i) {
    list += (i == 0 ? "" : ", ") + quote_name(tensors[i].name);
  }
  return list + (tensors.size() > kShown ? ", ..." : "");
}

}  // namespace

IdentifiedNetwork identify(const TensorFile& file) {
  if (std::optional<IdentifiedNetwork> network = by_metadata(file.metadata)) {
    return *network;
  }
  if (std::optional<IdentifiedNetwork> network = by_tensors(file.tensors)) {
    return *network;
  }
  std::string known;
  for (const arch::Architecture& row : arch::architectures()) {
    known += (known.empty() ? "" : ", ") + std::string(row.type);
  }
  throw CheckpointError(
      fmt::format("holds no network that is known here ({}): its {} tensors are {}", known,
                  file.tensors.size(), first_names(file.tensors)));
}

}  // namespace sr
