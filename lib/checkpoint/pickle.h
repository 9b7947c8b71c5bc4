#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Python's pickle format as data. The bytes of a pickle are a program for a small stack machine;
// this machine builds a description of the object and never does anything else: a call that the
// pickle asks for is written down, not made.

namespace sr::pickle {

/// Index of a value in Pickle::values.
using Ref = std::uint32_t;

enum class Kind {
  kNone,
  kBool,          ///< number
  kInt,           ///< number
  kHugeInt,       ///< beyond 64 bits; text: its bytes, two's complement, little-endian
  kFloat,         ///< real
  kText,          ///< text, also Python 2's byte strings
  kBytes,         ///< text
  kTuple,         ///< items
  kList,          ///< items
  kSet,           ///< items
  kDict,          ///< items: key, value, key, value ...; also an OrderedDict
  kGlobal,        ///< text: "module.name"
  kCall,          ///< items: what is called (a kGlobal), its arguments (a kTuple), then all that is
                  ///< added to the result
  kPersistentId,  ///< items: the id; how PyTorch names a storage
};

struct Value {
  Kind kind = Kind::kNone;
  std::int64_t number = 0;
  double real = 0;
  std::string text = {};
  std::vector<Ref> items = {};
};

/// The object and all that it holds. Values may refer to each other in circles, so whoever walks
/// them bounds the depth.
struct Pickle {
  std::vector<Value> values;
  Ref root = 0;
  std::size_t length = 0;  ///< in bytes, with the end mark: where the next pickle may begin

  const Value& operator[](Ref ref) const { return values[ref]; }
};

inline constexpr std::size_t kMaxBytes = 64U
                                         << 20U;  ///< 300 times that of a network of 1000 tensors
inline constexpr std::size_t kMaxValues = 4'000'000;  ///< about 80 bytes of memory each
inline constexpr std::size_t kMaxItems = 16'000'000;  ///< entries put into lists, sets and dicts
inline constexpr std::size_t kMaxOpenMarks = 1000;    ///< depth of nesting

/// Throws CheckpointError "refers to <module.name>, which is not part of any weight file" unless
/// the name (as Python 3 spells it) is one of those that files of tensors are made of: PyTorch's
/// storages, types and rebuild functions and plain holders of data. Nothing would run in any case;
/// the refusal tells a user that the file was made to run code, or that it holds a whole model
/// object instead of its tensors.
void require_known_global(std::string_view name);

/// The same for the pickles of a TorchScript program, which name its own classes ("__torch__.Net")
/// and PyTorch's lists as well. Classes of a C++ library ("__torch__.torch.classes") are refused:
/// making one runs its code.
void require_script_global(std::string_view name);

/// Says by an exception which classes and functions a pickle may name.
using GlobalRule = void (*)(std::string_view name);

/// Reads one pickle of protocol 2 to 5 and its end mark; bytes after that are ignored.
/// The attributes of a dict are dropped. Throws CheckpointError with the reason alone: cut short,
/// malformed, over a limit above, an operation that weight files do not use, or a name that `rule`
/// refuses.
Pickle parse(std::span<const std::byte> bytes, GlobalRule rule = require_known_global);

/// The same for the pickle that `bytes` begin with, whatever follows it, however much.
Pickle parse_first(std::span<const std::byte> bytes);

}  // namespace sr::pickle
