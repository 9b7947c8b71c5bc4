#include "device/out_of_memory.h"

#include <array>
#include <charconv>
#include <cmath>
#include <new>
#include <string_view>

#include <c10/util/Exception.h>

#include "core/units.h"

namespace sr {
namespace {

/// How a c10::Error without a type of its own says "out of memory": its message starts with
/// `prefix` and has `part` in it. A prefix cannot be met by a file name or a text that an error
/// merely quotes.
struct Saying {
  std::string_view prefix;
  std::string_view part;
  const char* source;
  bool needs_refusal;  ///< the same text also means "unsupported": only with a refused allocation
};

constexpr std::array kSayings{
    Saying{"GET was unable to find an engine to execute this computation", "", "cudnn", true},
    Saying{"FIND was unable to find an engine to execute this computation", "", "cudnn", true},
    Saying{"cuDNN error: CUDNN_STATUS_ALLOC_FAILED", "", "cudnn", false},
    Saying{"cuDNN error: CUDNN_STATUS_", "DEVICE_ALLOCATION_FAILED", "cudnn", false},
    Saying{"cuDNN error: CUDNN_STATUS_", "HOST_ALLOCATION_FAILED", "host", false},
    Saying{"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling", "", "cublas", false},
    // cuBLAS's way to say that the driver gave it no memory for a handle; of another call it is a
    // bug.
    Saying{"CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", "",
           "cublas", false},
    Saying{"CUDA error: out of memory", "", "cuda", false},
    Saying{"CUDA driver error: out of memory", "", "cuda", false},
    Saying{"[enforce fail at alloc_cpu.cpp", "DefaultCPUAllocator: can't allocate memory", "host",
           false},
};

/// The part of a cuDNN message that is a status name: CUDNN_STATUS_..., without what comes after.
std::string_view first_word_run(std::string_view message, std::string_view prefix) {
  const std::size_t end = message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", prefix.size());
  return message.substr(0, end);
}

bool says(const Saying& saying, std::string_view message) {
  if (!message.starts_with(saying.prefix)) {
    return false;
  }
  const bool status = saying.prefix.ends_with("STATUS_");
  const std::string_view where = status ? first_word_run(message, saying.prefix) : message;
  return where.find(saying.part) != std::string_view::npos;
}

/// The size after "Tried to allocate" or "you tried to allocate": "12 bytes", "2.50 GiB" (LibTorch
/// rounds to two decimals). 0 when there is none.
std::int64_t requested_bytes(std::string_view message) {
  for (const std::string_view lead : {"Tried to allocate ", "tried to allocate "}) {
    const std::size_t at = message.find(lead);
    if (at == std::string_view::npos) {
      continue;
    }
    const std::string_view rest = message.substr(at + lead.size());
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    const std::string_view unit = rest.substr(static_cast<std::size_t>(end - rest.data()));
    if (error != std::errc{}) {
      return 0;
    }
    if (unit.starts_with(" bytes")) {
      return std::llround(number);
    }
    const std::string_view name = unit.substr(0, unit.find_first_of(" .;,", 1));
    return parse_bytes(std::string(rest.substr(0, rest.size() - unit.size())) + std::string(name))
        .value_or(0);
  }
  return 0;
}

OutOfMemory found(const char* source, std::string_view message) {
  return {requested_bytes(message), source, std::string(message)};
}

/// A TorchScript program's interpreter hides the type of what is thrown in it behind this: what ran
/// out of memory is told by the allocator, or by how the text behind says it.
constexpr std::string_view kOfInterpreter =
    "The following operation failed in the TorchScript interpreter.";

std::string_view without_interpreter(std::string_view message) {
  constexpr std::string_view kCause = "\nRuntimeError: ";
  const std::size_t at =
      message.starts_with(kOfInterpreter) ? message.rfind(kCause) : std::string_view::npos;
  return at == std::string_view::npos ? message : message.substr(at + kCause.size());
}

std::optional<OutOfMemory> classify_torch(const c10::Error& error, bool allocator_refused) {
  const std::string_view message = error.what_without_backtrace();
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    const bool workspace = message.starts_with("Not enough memory for workspace!");
    return found(workspace ? "cudnn" : "allocator", message);
  }
  constexpr std::int32_t kCudaErrorMemoryAllocation = 2;
  if (const auto* accelerator = dynamic_cast<const c10::AcceleratorError*>(&error)) {
    // The code decides: the text of another error may quote this one.
    return accelerator->get_error_code() == kCudaErrorMemoryAllocation
               ? std::optional(found(allocator_refused ? "allocator" : "cuda", message))
               : std::nullopt;
  }
  const std::string_view cause = without_interpreter(message);
  if (cause.size() < message.size() && allocator_refused) {
    return found("allocator", cause);
  }
  for (const Saying& saying : kSayings) {
    if (says(saying, cause) && (allocator_refused || !saying.needs_refusal)) {
      return found(saying.source, cause);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<OutOfMemory> classify_out_of_memory(const std::exception& error,
                                                  bool allocator_refused) {
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error)) {
    return classify_torch(*torch_error, allocator_refused);
  }
  // A negative or absurd array length is a bug in the caller, although its type is a bad_alloc.
  if (dynamic_cast<const std::bad_array_new_length*>(&error) != nullptr) {
    return std::nullopt;
  }
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return found("host", error.what());
  }
  return std::nullopt;
}

}  // namespace sr
