#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace sr {

struct OutOfMemory {
  std::int64_t requested_bytes = 0;  ///< 0 when unknown
  std::string source;                ///< "allocator", "cudnn", "cublas", "cuda", "host"
  std::string message;
};

/// Whether an exception means "out of memory": decided by type and an exact table, never by a word
/// like "CUDA" in the text. `allocator_refused` = the allocator's refusal counter rose during the
/// attempt (needed for cuDNN's ambiguous "unable to find an engine"). Nothing for every other
/// error: rethrow it.
std::optional<OutOfMemory> classify_out_of_memory(const std::exception& error,
                                                  bool allocator_refused);

}  // namespace sr
