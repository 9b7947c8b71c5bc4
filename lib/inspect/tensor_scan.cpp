#include "inspect/tensor_scan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <set>
#include <string_view>

namespace sr {
namespace {

/// Where the exponent of a floating-point type lies: all ones there means NaN or Inf.
struct FloatLayout {
  DType type;
  std::string_view name;
  std::size_t bytes;
  int mantissa_bits;
  int exponent_bits;
};

constexpr std::array kFloats = {
    FloatLayout{DType::kFloat16, "fp16", 2, 10, 5},
    FloatLayout{DType::kBFloat16, "bf16", 2, 7, 8},
    FloatLayout{DType::kFloat32, "fp32", 4, 23, 8},
    FloatLayout{DType::kFloat64, "fp64", 8, 52, 11},
};

const FloatLayout* layout_of(DType type) {
  const auto* found = std::ranges::find(kFloats, type, &FloatLayout::type);
  return found == kFloats.end() ? nullptr : found;
}

std::uint64_t bits_at(const StoredTensor& tensor, std::size_t index, std::size_t bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, tensor.bytes.data() + index * bytes, bytes);
  return bits;
}

void scan_values(const StoredTensor& tensor, const FloatLayout& layout, TensorScan& scan) {
  const std::uint64_t mantissa = (std::uint64_t{1} << layout.mantissa_bits) - 1;
  const std::uint64_t exponent = ((std::uint64_t{1} << layout.exponent_bits) - 1)
                                 << layout.mantissa_bits;
  const std::size_t count = tensor.bytes.size() / layout.bytes;
  std::int64_t nans = 0;
  std::int64_t infinities = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = bits_at(tensor, i, layout.bytes);
    if ((bits & exponent) == exponent) {
      ++((bits & mantissa) != 0 ? nans : infinities);
    }
  }
  scan.elements += static_cast<std::int64_t>(count);
  scan.nans += nans;
  scan.infinities += infinities;
  if (nans + infinities > 0) {
    scan.damaged.push_back(tensor.name);
  }
}

void scan_channels(const StoredTensor& tensor, const FloatLayout& layout, TensorScan& scan) {
  const std::size_t count = tensor.bytes.size() / layout.bytes;
  if (!tensor.name.ends_with("weight") || tensor.shape.size() < 2 || tensor.shape.size() > 5 ||
      count == 0) {
    return;
  }
  const auto channels = static_cast<std::size_t>(tensor.shape.front());
  const std::size_t row = count / channels;
  const std::uint64_t sign = std::uint64_t{1} << (8 * layout.bytes - 1);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    bool dead = true;
    for (std::size_t i = 0; i < row && dead; ++i) {
      dead = (bits_at(tensor, channel * row + i, layout.bytes) & ~sign) == 0;
    }
    scan.dead_channels += dead ? 1 : 0;
  }
  scan.channels += static_cast<std::int64_t>(channels);
}

/// Counters and tables of indices are whole in every network; these are not.
void count_quantized(const StoredTensor& tensor, TensorScan& scan) {
  if (tensor.name.ends_with("weight") || tensor.name.ends_with("bias")) {
    scan.quantized += std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1},
                                      std::multiplies<>());
  }
}

}  // namespace

TensorScan scan_tensors(const std::vector<StoredTensor>& tensors) {
  TensorScan scan;
  for (const StoredTensor& tensor : tensors) {
    if (const FloatLayout* layout = layout_of(tensor.type)) {
      scan_values(tensor, *layout, scan);
      scan_channels(tensor, *layout, scan);
    } else {
      count_quantized(tensor, scan);
    }
  }
  return scan;
}

std::string dtype_text(const std::vector<StoredTensor>& tensors) {
  std::set<std::string_view> names;
  for (const StoredTensor& tensor : tensors) {
    if (const FloatLayout* layout = layout_of(tensor.type)) {
      names.insert(layout->name);
    }
  }
  std::string text;
  for (const std::string_view name : names) {
    text += (text.empty() ? "" : " and ") + std::string(name);
  }
  return text.empty() ? "none" : text;
}

}  // namespace sr
