#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checkpoint/pickle.h"
#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr::pickle {
namespace {

using namespace std::string_view_literals;

// A list of what is allowed, not of what is not: the second could never be complete.

constexpr std::array kPython = {
    "_codecs.encode"sv,
    "argparse.Namespace"sv,
    "builtins.bytearray"sv,
    "builtins.bytes"sv,
    "builtins.complex"sv,
    "builtins.dict"sv,
    "builtins.float"sv,
    "builtins.frozenset"sv,
    "builtins.int"sv,
    "builtins.list"sv,
    "builtins.long"sv,  // Python 2
    "builtins.object"sv,
    "builtins.range"sv,
    "builtins.set"sv,
    "builtins.slice"sv,
    "builtins.str"sv,
    "builtins.tuple"sv,
    "builtins.unicode"sv,  // Python 2
    "collections.Counter"sv,
    "collections.OrderedDict"sv,
    "collections.defaultdict"sv,
    "collections.deque"sv,
    "copyreg._reconstructor"sv,
    "datetime.date"sv,
    "datetime.datetime"sv,
    "datetime.timedelta"sv,
    "pathlib.Path"sv,
    "pathlib.PosixPath"sv,
    "pathlib.PurePosixPath"sv,
    "pathlib.PureWindowsPath"sv,
    "pathlib.WindowsPath"sv,
    "types.SimpleNamespace"sv,
};

// Scores and random states that trainers keep beside the weights.
constexpr std::array kNumpy = {
    "numpy._core.multiarray._reconstruct"sv,
    "numpy._core.multiarray.scalar"sv,
    "numpy._core.numeric._frombuffer"sv,
    "numpy.core.multiarray._reconstruct"sv,
    "numpy.core.multiarray.scalar"sv,
    "numpy.core.numeric._frombuffer"sv,
    "numpy.dtype"sv,
    "numpy.ndarray"sv,
};

constexpr std::array kTorch = {
    "lightning_fabric.utilities.data.AttributeDict"sv,
    "pytorch_lightning.utilities.parsing.AttributeDict"sv,
    "torch.Size"sv,
    "torch.Tensor"sv,
    "torch._tensor._rebuild_from_type_v2"sv,
    "torch.device"sv,
    "torch.nn.parameter.Parameter"sv,
    "torch.serialization._get_layout"sv,
    "torch.storage.TypedStorage"sv,
    "torch.storage.UntypedStorage"sv,
};

constexpr std::array kTorchTypes = {
    "bfloat16"sv,
    "bool"sv,
    "complex128"sv,
    "complex64"sv,
    "float16"sv,
    "float32"sv,
    "float64"sv,
    "float8_e4m3fn"sv,
    "float8_e5m2"sv,
    "int16"sv,
    "int32"sv,
    "int64"sv,
    "int8"sv,
    "qint32"sv,
    "qint8"sv,
    "quint8"sv,
    "uint16"sv,
    "uint32"sv,
    "uint64"sv,
    "uint8"sv,
    "strided"sv,
    "sparse_coo"sv,
    "per_tensor_affine"sv,
    "per_channel_affine"sv,
};

constexpr std::array kScript = {
    "torch.jit._pickle.build_boollist"sv,   "torch.jit._pickle.build_doublelist"sv,
    "torch.jit._pickle.build_intlist"sv,    "torch.jit._pickle.build_tensorlist"sv,
    "torch.jit._pickle.restore_type_tag"sv,
};

bool is_letters_and_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_torch_name(std::string_view name) {
  constexpr std::string_view kRebuild = "torch._utils._rebuild_";
  if (name.starts_with(kRebuild)) {
    return is_letters_and_digits(name.substr(kRebuild.size()));
  }
  if (std::ranges::find(kTorch, name) != kTorch.end()) {
    return true;
  }
  for (const std::string_view module : {"torch.", "torch.cuda."}) {
    if (name.starts_with(module)) {
      const std::string_view rest = name.substr(module.size());
      if (std::ranges::find(kTorchTypes, rest) != kTorchTypes.end() ||
          ((rest.ends_with("Storage") || rest.ends_with("Tensor")) &&
           is_letters_and_digits(rest))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void require_known_global(std::string_view name) {
  const bool known = std::ranges::find(kPython, name) != kPython.end() ||
                     std::ranges::find(kNumpy, name) != kNumpy.end() || is_torch_name(name);
  if (!known) {
    throw CheckpointError(
        fmt::format("refers to {}, which is not part of any weight file. Nothing of it was run. If "
                    "you trust the file, save its tensors alone: "
                    "torch.save(model.state_dict(), path)",
                    quote_name(name)));
  }
}

void require_script_global(std::string_view name) {
  constexpr std::string_view kOwn = "__torch__.";
  constexpr std::string_view kOfLibraries = "__torch__.torch.classes";
  if (name.starts_with(kOfLibraries)) {
    throw CheckpointError(fmt::format(
        "holds an object of the C++ class {}, which is not part of a network", quote_name(name)));
  }
  const bool own = name.starts_with(kOwn);
  if (!own && std::ranges::find(kScript, name) == kScript.end()) {
    require_known_global(name);
  }
}

}  // namespace sr::pickle
