#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>

#include <c10/util/Exception.h>

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

/// Runs work() and tells whether memory ran out; every other exception passes through. This is the
/// one place that catches what running out of memory throws. allocator_refused() is asked while the
/// exception lives and with it the tensors it holds; on return they are gone.
template <typename Work, typename AllocatorRefused>
std::optional<OutOfMemory> run_or_out_of_memory(const Work& work,
                                                const AllocatorRefused& allocator_refused) {
  std::optional<OutOfMemory> failure;
  const auto classify = [&](const std::exception& error) {
    failure = classify_out_of_memory(error, allocator_refused());
    return failure.has_value();
  };
  try {
    work();
  } catch (const c10::Error& error) {
    if (!classify(error)) {
      throw;
    }
  } catch (const std::bad_alloc& error) {
    if (!classify(error)) {
      throw;
    }
  }
  return failure;
}

}  // namespace sr
