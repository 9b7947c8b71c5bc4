#include "nn/named_weights.h"

#include <algorithm>
#include <functional>
#include <map>
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

/// The prefix below which there is a name for each of so many parameters; empty without one.
std::string prefix_of_whole(const TensorFile& file, std::size_t parameters,
                            const std::function<bool(std::string_view)>& known) {
  std::map<std::string_view, std::size_t> below;
  for (const StoredTensor& tensor : file.tensors) {
    const std::string_view name = tensor.name;
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
      below[name.substr(0, dot + 1)] += known(name.substr(dot + 1)) ? 1 : 0;
    }
  }
  const auto found =
      std::ranges::find_if(below, [&](const auto& one) { return one.second >= parameters; });
  return found == below.end() ? std::string() : std::string(found->first);
}

}  // namespace

UsedNames use_names_of(const Module& module, TensorFile& file) {
  std::unordered_set<std::string> known(module.derived_names().begin(),
                                        module.derived_names().end());
  for (const NamedTensor& target : with_buffers(module.parameters(), module)) {
    known.insert(target.name);
  }
  const auto own_name = [&](std::string_view name) {
    return module.own_name(std::string(without_wrapper_prefix(name)));
  };
  const auto is_known = [&](std::string_view name) {
    return known.contains(std::string(name)) || known.contains(own_name(name));
  };
  UsedNames used;
  std::string& prefix = used.prefix;
  prefix = foreign_prefix(file.tensors, is_known);
  if (prefix.empty() && std::ranges::none_of(file.tensors, is_known, &StoredTensor::name)) {
    prefix = prefix_of_whole(file, module.parameters().size(), is_known);
    used.left_out = std::erase_if(
        file.tensors, [&](const StoredTensor& tensor) { return !tensor.name.starts_with(prefix); });
  }
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
  return used;
}

}  // namespace sr
