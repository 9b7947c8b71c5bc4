#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// ONNX's TensorProto.DataType of a type that graphs have. Throws std::logic_error for others.
std::int64_t onnx_type(at::ScalarType type);

/// The other way; kUndefined for a number that graphs do not have.
at::ScalarType type_of_onnx(std::int64_t number);

}  // namespace sr
