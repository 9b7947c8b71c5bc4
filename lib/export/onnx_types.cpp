#include "export/onnx_types.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace sr {
namespace {

constexpr std::array<std::pair<at::ScalarType, std::int64_t>, 7> kTypes{{{at::kFloat, 1},
                                                                         {at::kInt, 6},
                                                                         {at::kLong, 7},
                                                                         {at::kBool, 9},
                                                                         {at::kHalf, 10},
                                                                         {at::kDouble, 11},
                                                                         {at::kBFloat16, 16}}};

}  // namespace

std::int64_t onnx_type(at::ScalarType type) {
  for (const auto& [own, number] : kTypes) {
    if (own == type) {
      return number;
    }
  }
  throw std::logic_error("a graph has no values of this type");
}

at::ScalarType type_of_onnx(std::int64_t number) {
  for (const auto& [own, known] : kTypes) {
    if (known == number) {
      return own;
    }
  }
  return at::ScalarType::Undefined;
}

}  // namespace sr
