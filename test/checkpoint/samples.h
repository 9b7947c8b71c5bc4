#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/tensor_file.h"
#include "core/error.h"
#include "support/catch.h"

namespace sr::test {

/// A tensor whose bytes differ from element to element and with `seed`.
inline StoredTensor make_tensor(std::string name, DType type, std::vector<std::int64_t> shape,
                                int seed = 1) {
  StoredTensor tensor{std::move(name), type, std::move(shape), {}};
  tensor.bytes.resize(byte_count(type, tensor.shape).value());
  for (std::size_t i = 0; i < tensor.bytes.size(); ++i) {
    tensor.bytes[i] = static_cast<std::byte>((i * 37 + static_cast<std::size_t>(seed) * 101) % 251);
  }
  return tensor;
}

/// The tensor of that name, which has to be there.
inline const StoredTensor& named(const std::vector<StoredTensor>& tensors,
                                 const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &StoredTensor::name);
  REQUIRE(found != tensors.end());
  return *found;
}

/// Changes one byte in place: much faster than writing the file anew, which the loops over every
/// byte need.
inline void set_byte(const std::filesystem::path& file, std::size_t position, char byte) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(position));
  stream.put(byte);
}

/// What `call` complains about, as an error of type `E`; empty when it does not.
template <typename E, typename Call>
std::string complaint(Call call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

}  // namespace sr::test
