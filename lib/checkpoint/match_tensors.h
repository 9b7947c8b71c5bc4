#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_file.h"

// Which tensor of a file belongs to which parameter of a network, and what to say when they differ.

namespace sr {

/// A parameter or buffer that a network has.
struct WantedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

struct TensorDifference {
  enum class Kind { kMissing, kShape, kUnexpected };
  Kind kind;
  std::string name;                  ///< the network's; for kUnexpected the file's
  std::vector<std::int64_t> wanted;  ///< shape in the network; empty for kUnexpected
  std::vector<std::int64_t> found;   ///< shape in the file; empty for kMissing
};

struct TensorMatch {
  /// For each wanted tensor its index in the file's; nothing where it is missing or of another
  /// shape.
  std::vector<std::optional<std::size_t>> source;
  /// In the network's order, then the unexpected ones in the file's order; empty: an exact match.
  std::vector<TensorDifference> differences;

  /// A count by kind and the differences one a line, at most 20 of them: the text of a warning.
  std::string describe() const;
};

/// Matches by name; a name of the file that the network does not have is tried again without
/// wrapper prefixes (without_wrapper_prefix). Types are not compared: the loader converts.
/// A file's tensor is used once: a second one that leads to the same parameter is unexpected.
TensorMatch match_tensors(std::span<const WantedTensor> wanted,
                          std::span<const StoredTensor> available);

/// Throws CheckpointError "<file>: does not fit the network: <first difference>" with the list of
/// TensorMatch::describe() unless the match is exact.
void require_exact(const TensorMatch& match, const std::string& file);

/// The name without any leading "module." (data-parallel wrappers), "_orig_mod." (torch.compile)
/// and "netG." (saved containers), which other trainers leave in their files.
std::string_view without_wrapper_prefix(std::string_view name);

/// What all names begin with, up to a '.', when without it more of them are `known` than with it:
/// "net_g._orig_mod." of a container that was saved as a whole. Of several such beginnings the
/// shortest; empty when there is none.
std::string_view foreign_prefix(std::span<const StoredTensor> available,
                                const std::function<bool(std::string_view)>& known);

}  // namespace sr
