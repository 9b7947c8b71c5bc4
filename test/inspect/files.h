#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "checkpoint/tensor_file.h"

namespace sr::test {

inline StoredTensor tensor(const std::string& name, std::vector<std::int64_t> shape,
                           const std::vector<float>& values = {}) {
  StoredTensor made{name, DType::kFloat32, std::move(shape), {}};
  made.bytes.resize(*byte_count(made.type, made.shape), std::byte{1});
  if (!values.empty()) {
    std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  }
  return made;
}

/// A Compact of these sizes by its tensors.
inline std::vector<StoredTensor> compact_tensors(int features, int convolutions, int scale,
                                                 const std::string& prefix = "") {
  std::vector<StoredTensor> tensors;
  const auto add = [&](int index, const std::string& what, std::vector<std::int64_t> shape) {
    tensors.push_back(tensor(prefix + "body." + std::to_string(index) + what, std::move(shape)));
  };
  int index = 0;
  add(index, ".weight", {features, 3, 3, 3});
  add(index, ".bias", {features});
  for (int i = 0; i <= convolutions; ++i) {
    add(++index, ".weight", {features});
    const std::int64_t out = i == convolutions ? 3 * scale * scale : features;
    add(++index, ".weight", {out, features, 3, 3});
    add(index, ".bias", {out});
  }
  return tensors;
}

}  // namespace sr::test
