#include "nn/tensor_copy.h"

#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {
namespace {

at::ScalarType scalar_type(DType type) {
  switch (type) {
    case DType::kBool:
      return at::kBool;
    case DType::kUInt8:
      return at::kByte;
    case DType::kInt8:
      return at::kChar;
    case DType::kInt16:
      return at::kShort;
    case DType::kInt32:
      return at::kInt;
    case DType::kInt64:
      return at::kLong;
    case DType::kFloat16:
      return at::kHalf;
    case DType::kBFloat16:
      return at::kBFloat16;
    case DType::kFloat32:
      return at::kFloat;
    case DType::kFloat64:
      return at::kDouble;
  }
  throw std::logic_error("unknown DType");
}

DType stored_type(at::ScalarType type) {
  for (const DType candidate :
       {DType::kBool, DType::kUInt8, DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64,
        DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    if (scalar_type(candidate) == type) {
      return candidate;
    }
  }
  throw std::logic_error(std::string("tensors of type ") + c10::toString(type) + " are not stored");
}

bool holds_floats(DType type) {
  return at::isFloatingType(scalar_type(type));
}

/// `target` has been read from `source`: what its narrower type made infinite is the type's limit,
/// not what the file says.
void require_in_range(const StoredTensor& stored, const at::Tensor& source,
                      const at::Tensor& target) {
  const at::Tensor lost =
      at::isfinite(source).logical_and(at::isfinite(target.cpu()).logical_not());
  if (lost.any().item<bool>()) {
    throw CheckpointError(
        fmt::format("tensor {} holds numbers beyond the range of {} in {} of {} places, such as {}",
                    quote_name(stored.name), name_of(stored_type(target.scalar_type())),
                    lost.sum().item<std::int64_t>(), source.numel(),
                    source.masked_select(lost)[0].item<double>()));
  }
}

}  // namespace

StoredTensor stage(const std::string& name, const at::Tensor& tensor) {
  const at::NoGradGuard no_grad;
  StoredTensor stored{name, stored_type(tensor.scalar_type()), tensor.sizes().vec(), {}};
  stored.bytes.resize(tensor.nbytes());
  if (tensor.numel() > 0) {
    at::from_blob(stored.bytes.data(), tensor.sizes(), tensor.scalar_type()).copy_(tensor);
  }
  return stored;
}

void restore(const StoredTensor& stored, const at::Tensor& target) {
  const at::NoGradGuard no_grad;
  if (target.sizes().vec() != stored.shape) {
    throw CheckpointError(fmt::format("tensor {}: shape [{}] in the file, [{}] wanted", stored.name,
                                      fmt::join(stored.shape, ", "),
                                      fmt::join(target.sizes(), ", ")));
  }
  if (target.is_floating_point() && !holds_floats(stored.type)) {
    throw CheckpointError(
        fmt::format("tensor {} holds whole numbers ({}) where the network has floating-point ones: "
                    "quantized weights, whose scales are not in the file, are not read",
                    quote_name(stored.name), name_of(stored.type)));
  }
  if (target.numel() > 0) {
    // from_blob takes a mutable pointer; copy_ only reads it.
    auto* bytes = const_cast<std::byte*>(
        stored.bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    const at::Tensor source = at::from_blob(bytes, stored.shape, scalar_type(stored.type));
    target.copy_(source);
    if (stored.type == DType::kFloat64 && target.scalar_type() != at::kDouble &&
        target.is_floating_point()) {
      require_in_range(stored, source, target);
    }
  }
}

std::vector<WantedTensor> wanted_tensors(const NamedTensors& tensors) {
  std::vector<WantedTensor> wanted;
  for (const NamedTensor& tensor : tensors) {
    wanted.push_back({tensor.name, tensor.tensor.sizes().vec()});
  }
  return wanted;
}

void leave_out_derived(const Module& module, TensorFile& file) {
  const std::vector<std::string>& derived = module.derived_names();
  std::erase_if(file.tensors, [&](const StoredTensor& tensor) {
    return std::ranges::find(derived, without_wrapper_prefix(tensor.name)) != derived.end();
  });
}

NamedTensors with_buffers(NamedTensors parameters, const Module& module) {
  parameters.insert(parameters.end(), module.buffers().begin(), module.buffers().end());
  return parameters;
}

}  // namespace sr
