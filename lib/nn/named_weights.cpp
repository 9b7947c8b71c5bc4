#include "nn/named_weights.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "checkpoint/match_tensors.h"
#include "nn/tensor_copy.h"

namespace sr {
namespace {

/// Wrappers around all names of a file that has some, which matching by name passes over.
std::string_view common_wrapper(const TensorFile& file) {
  const std::string_view first = file.tensors.front().name;
  const std::string_view wrapper =
      first.substr(0, first.size() - without_wrapper_prefix(first).size());
  const auto has_it = [&](const StoredTensor& tensor) { return tensor.name.starts_with(wrapper); };
  return std::ranges::all_of(file.tensors, has_it) ? wrapper : "";
}

}  // namespace

std::string use_names_of(const Module& module, TensorFile& file) {
  std::unordered_set<std::string> known(module.derived_names().begin(),
                                        module.derived_names().end());
  for (const NamedTensor& target : with_buffers(module.parameters(), module)) {
    known.insert(target.name);
  }
  const auto own_name = [&](std::string_view name) {
    return module.own_name(std::string(without_wrapper_prefix(name)));
  };
  std::string prefix(foreign_prefix(file.tensors, [&](std::string_view name) {
    return known.contains(std::string(name)) || known.contains(own_name(name));
  }));
  if (prefix.empty() && !file.tensors.empty() && !known.contains(file.tensors.front().name)) {
    prefix = common_wrapper(file);
  }
  for (StoredTensor& tensor : file.tensors) {
    tensor.name.erase(0, prefix.size());
    if (const std::string own = own_name(tensor.name); own != without_wrapper_prefix(tensor.name)) {
      tensor.name = own;
    }
  }
  leave_out_derived(module, file);
  return prefix;
}

}  // namespace sr
