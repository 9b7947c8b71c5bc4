#include "checkpoint/pth_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {
namespace {

using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;
using pickle::Value;

constexpr std::size_t kMaxDimensions = 64;  // PyTorch's limit
constexpr int kMostWrappers = 4;  // a parameter of a subclass of a tensor, and one to spare

struct TypeNames {
  std::string_view storage, dtype;
  DType type;
};

constexpr std::array kTypes = {
    TypeNames{"torch.BoolStorage", "torch.bool", DType::kBool},
    TypeNames{"torch.ByteStorage", "torch.uint8", DType::kUInt8},
    TypeNames{"torch.CharStorage", "torch.int8", DType::kInt8},
    TypeNames{"torch.ShortStorage", "torch.int16", DType::kInt16},
    TypeNames{"torch.IntStorage", "torch.int32", DType::kInt32},
    TypeNames{"torch.LongStorage", "torch.int64", DType::kInt64},
    TypeNames{"torch.HalfStorage", "torch.float16", DType::kFloat16},
    TypeNames{"torch.BFloat16Storage", "torch.bfloat16", DType::kBFloat16},
    TypeNames{"torch.FloatStorage", "torch.float32", DType::kFloat32},
    TypeNames{"torch.DoubleStorage", "torch.float64", DType::kFloat64},
};
constexpr std::string_view kUntyped = "torch.storage.UntypedStorage";

[[noreturn]] void malformed() {
  throw CheckpointError("its description is malformed");
}

const Value& expect(const Pickle& pickle, Ref ref, Kind kind) {
  if (pickle[ref].kind != kind) {
    malformed();
  }
  return pickle[ref];
}

std::int64_t whole_number(const Pickle& pickle, Ref ref) {
  const std::int64_t number = expect(pickle, ref, Kind::kInt).number;
  if (number < 0) {
    malformed();
  }
  return number;
}

std::vector<std::int64_t> whole_numbers(const Pickle& pickle, Ref ref) {
  std::vector<std::int64_t> numbers;
  for (const Ref item : expect(pickle, ref, Kind::kTuple).items) {
    numbers.push_back(whole_number(pickle, item));
  }
  if (numbers.size() > kMaxDimensions) {
    throw CheckpointError(fmt::format("has {} dimensions", numbers.size()));
  }
  return numbers;
}

struct Call {
  std::string_view function;
  std::vector<Ref> arguments;

  Ref argument(std::size_t index) const {
    if (index >= arguments.size()) {
      malformed();
    }
    return arguments[index];
  }
};

Call call_at(const Pickle& pickle, Ref ref) {
  const std::vector<Ref>& parts = expect(pickle, ref, Kind::kCall).items;
  return {expect(pickle, parts.at(0), Kind::kGlobal).text,
          expect(pickle, parts.at(1), Kind::kTuple).items};
}

/// The call that makes the tensor itself, out of those that make it a parameter or a subclass.
Call innermost_call(const Pickle& pickle, Ref ref) {
  Call call = call_at(pickle, ref);
  for (int i = 0; i < kMostWrappers; ++i) {
    if (call.function == "torch._utils._rebuild_parameter" ||
        call.function == "torch._utils._rebuild_parameter_with_state") {
      call = call_at(pickle, call.argument(0));  // (tensor, requires_grad, hooks[, state])
    } else if (call.function == "torch._tensor._rebuild_from_type_v2") {
      // (function, class, arguments, state)
      call = {expect(pickle, call.argument(0), Kind::kGlobal).text,
              expect(pickle, call.argument(2), Kind::kTuple).items};
    } else {
      break;
    }
  }
  return call;
}

/// The class of a storage, of a GPU's too: the numbers are the same.
DType type_of(std::string_view name, std::string_view TypeNames::*column) {
  constexpr std::string_view kGpu = "torch.cuda.";
  const std::string plain =
      name.starts_with(kGpu) ? "torch." + std::string(name.substr(kGpu.size())) : std::string(name);
  const auto* row = std::ranges::find(kTypes, plain, column);
  if (row == kTypes.end()) {
    throw CheckpointError("is of type " + quote_name(name) + ", which is not supported");
  }
  return row->type;
}

/// Index of what a kPersistentId's tuple says.
enum StoragePart : std::size_t { kTag, kClass, kKey, kDevice, kElements, kView };

const std::vector<Ref>& storage_parts(const Pickle& pickle, Ref persistent_id) {
  const Ref id = expect(pickle, persistent_id, Kind::kPersistentId).items.at(0);
  const std::vector<Ref>& parts = expect(pickle, id, Kind::kTuple).items;
  if (parts.size() <= kElements || expect(pickle, parts[kTag], Kind::kText).text != "storage") {
    malformed();
  }
  return parts;
}

/// Without a class of its own (UntypedStorage) elements are bytes and `dtype` says what they mean.
void read_storage(const Pickle& pickle, Ref ref, std::optional<DType> dtype, TensorView& view) {
  const std::vector<Ref>& parts = storage_parts(pickle, ref);
  const std::string& name = expect(pickle, parts[kClass], Kind::kGlobal).text;
  view.storage = expect(pickle, parts[kKey], Kind::kText).text;
  view.storage_elements = static_cast<std::uint64_t>(whole_number(pickle, parts[kElements]));
  if (dtype && name == kUntyped) {
    view.type = *dtype;
    view.storage_elements /= size_of(*dtype);
  } else {
    view.type = type_of(name, &TypeNames::storage);
  }
  if (parts.size() > kView && pickle[parts[kView]].kind != Kind::kNone) {
    const std::vector<Ref>& window = expect(pickle, parts[kView], Kind::kTuple).items;
    if (window.size() != 3 || dtype) {
      malformed();
    }
    view.window = {static_cast<std::uint64_t>(whole_number(pickle, window[1])),
                   static_cast<std::uint64_t>(whole_number(pickle, window[2]))};
  }
}

/// A lazily conjugated or negated tensor says so in a last argument that is else absent or empty.
void require_plain(const Pickle& pickle, const Call& call, std::size_t index) {
  if (index < call.arguments.size() && pickle[call.arguments[index]].kind != Kind::kNone &&
      !expect(pickle, call.arguments[index], Kind::kDict).items.empty()) {
    throw CheckpointError("is lazily negated or conjugated, which is not supported");
  }
}

/// Length of storage from its first element to the last that is used; 0 for a tensor without
/// elements.
std::uint64_t elements_needed(const TensorView& view) {
  if (std::ranges::find(view.shape, 0) != view.shape.end()) {
    return 0;
  }
  std::uint64_t needed = 0;
  bool too_far = __builtin_add_overflow(view.offset, 1U, &needed);
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    const auto steps = static_cast<std::uint64_t>(view.shape[i] - 1);
    std::uint64_t distance = 0;
    too_far =
        too_far ||
        __builtin_mul_overflow(steps, static_cast<std::uint64_t>(view.strides[i]), &distance) ||
        __builtin_add_overflow(needed, distance, &needed);
  }
  if (too_far) {
    throw CheckpointError("reaches beyond 64 bits");
  }
  return needed;
}

bool is_row_major(const TensorView& view) {
  std::int64_t expected = 1;
  for (std::size_t i = view.shape.size(); i-- > 0;) {
    if (view.shape[i] != 1 && view.strides[i] != expected) {
      return false;
    }
    expected *= view.shape[i];
  }
  return true;
}

/// Every element by its own index; dimensions count up like the wheels of a clock.
template <std::size_t kSize>
void copy_strided(const TensorView& view, const std::byte* from, std::span<std::byte> to) {
  std::vector<std::int64_t> index(view.shape.size(), 0);
  // In elements from `from`. Unsigned: the stride of a dimension of length 1 may be any number, and
  // what it adds is taken away again before the position is used.
  std::uint64_t position = 0;
  for (std::size_t out = 0; out < to.size(); out += kSize) {
    std::memcpy(to.data() + out, from + position * kSize, kSize);
    for (std::size_t d = index.size(); d-- > 0;) {
      const auto stride = static_cast<std::uint64_t>(view.strides[d]);
      position += stride;
      if (++index[d] < view.shape[d]) {
        break;
      }
      position -= stride * static_cast<std::uint64_t>(index[d]);
      index[d] = 0;
    }
  }
}

/// The part of the storage that the tensor may lie in.
TensorView::Window window_of(const TensorView& view) {
  return view.window.value_or(TensorView::Window{0, view.storage_elements});
}

}  // namespace

bool is_tensor(const Pickle& pickle, Ref ref) {
  const Value& value = pickle[ref];
  if (value.kind != Kind::kCall) {
    return false;
  }
  const std::string_view function = pickle[value.items.at(0)].text;
  return function.starts_with("torch._utils._rebuild_") ||
         function == "torch._tensor._rebuild_from_type_v2";
}

TensorView tensor_view(const Pickle& pickle, Ref ref) {
  const Call call = innermost_call(pickle, ref);
  TensorView view;
  if (call.function == "torch._utils._rebuild_tensor") {
    read_storage(pickle, call.argument(0), {}, view);
  } else if (call.function == "torch._utils._rebuild_tensor_v2") {
    // (storage, offset, shape, strides, requires_grad, hooks[, metadata])
    require_plain(pickle, call, 6);
    read_storage(pickle, call.argument(0), {}, view);
  } else if (call.function == "torch._utils._rebuild_tensor_v3") {
    // (storage, offset, shape, strides, requires_grad, hooks, dtype[, metadata])
    require_plain(pickle, call, 7);
    const Value& dtype = expect(pickle, call.argument(6), Kind::kGlobal);
    read_storage(pickle, call.argument(0), type_of(dtype.text, &TypeNames::dtype), view);
  } else {
    throw CheckpointError("is made by " + quote_name(call.function) +
                          ", which is not supported: only plain tensors are");
  }
  view.offset = static_cast<std::uint64_t>(whole_number(pickle, call.argument(1)));
  view.shape = whole_numbers(pickle, call.argument(2));
  view.strides = whole_numbers(pickle, call.argument(3));
  if (view.strides.size() != view.shape.size()) {
    malformed();
  }
  return view;
}

std::uint64_t byte_count(const TensorView& view) {
  const std::optional<std::uint64_t> bytes = byte_count(view.type, view.shape);
  if (!bytes) {
    throw CheckpointError("has more bytes than 64 bits count");
  }
  return *bytes;
}

StorageName storage_name(const Pickle& pickle, Ref persistent_id) {
  const std::vector<Ref>& parts = storage_parts(pickle, persistent_id);
  const std::string& name = expect(pickle, parts[kClass], Kind::kGlobal).text;
  return {expect(pickle, parts[kKey], Kind::kText).text,
          name == kUntyped ? 1 : size_of(type_of(name, &TypeNames::storage)),
          static_cast<std::uint64_t>(whole_number(pickle, parts[kElements]))};
}

void require_inside(const TensorView& view, std::uint64_t storage_bytes) {
  const std::size_t size = size_of(view.type);
  if (storage_bytes % size != 0 || storage_bytes / size != view.storage_elements) {
    throw CheckpointError(fmt::format("has a storage of {} elements of {} bytes in {} bytes",
                                      view.storage_elements, size, storage_bytes));
  }
  const TensorView::Window window = window_of(view);
  if (window.begin > view.storage_elements ||
      window.elements > view.storage_elements - window.begin) {
    throw CheckpointError(fmt::format("lies in elements {} to {} of a storage of {} elements",
                                      window.begin, window.elements, view.storage_elements));
  }
  if (const std::uint64_t needed = elements_needed(view); needed > window.elements) {
    throw CheckpointError(
        fmt::format("needs element {} of a storage of {} elements", needed - 1, window.elements));
  }
}

std::vector<std::byte> gather(const TensorView& view, std::span<const std::byte> storage) {
  require_inside(view, storage.size());
  const std::size_t size = size_of(view.type);
  const TensorView::Window window = window_of(view);
  std::vector<std::byte> bytes(byte_count(view));
  if (bytes.empty()) {
    return bytes;
  }
  const std::byte* const first = storage.data() + (window.begin + view.offset) * size;
  if (is_row_major(view)) {
    std::memcpy(bytes.data(), first, bytes.size());
  } else if (size == 1) {
    copy_strided<1>(view, first, bytes);
  } else if (size == 2) {
    copy_strided<2>(view, first, bytes);
  } else if (size == 4) {
    copy_strided<4>(view, first, bytes);
  } else {
    copy_strided<8>(view, first, bytes);
  }
  return bytes;
}

}  // namespace sr
