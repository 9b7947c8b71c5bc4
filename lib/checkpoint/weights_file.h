#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "checkpoint/tensor_file.h"

namespace sr {

/// Reads a weight file of either format, told apart by content, not by name: safetensors, or what
/// torch.save wrote (pth_reader.h; no metadata then). Where a file holds several state dicts,
/// `param_key` names the one; without it the rule is: `params_ema`, else `params`, else the only
/// one. A file of one bare state dict has nothing to choose, and `param_key` says nothing about it.
/// Throws CheckpointError "<file>: <reason>"; for a key that is not there, or several without a
/// rule, with a list of those that are.
TensorFile read_weights(const std::filesystem::path& file,
                        const std::optional<std::string>& param_key);

/// Whether a weight file is of the format that holds one set. Throws as read_weights().
bool is_safetensors(const std::filesystem::path& file);

}  // namespace sr
