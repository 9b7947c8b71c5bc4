#include "nn/fold.h"

#include <algorithm>
#include <vector>

#include <torch/torch.h>

namespace sr {
namespace {

at::Tensor mirrored(const at::Tensor& images, std::int64_t axis, std::int64_t missing) {
  const std::int64_t length = images.size(axis);
  if (missing == 0) {
    return images;
  }
  if (missing <= length) {
    return at::cat({images, images.narrow(axis, length - missing, missing).flip(axis)}, axis);
  }
  std::vector<std::int64_t> sizes = images.sizes().vec();
  sizes[static_cast<std::size_t>(axis)] = missing;
  return at::cat({images, images.narrow(axis, length - 1, 1).expand(sizes)}, axis);
}

bool reflects(const at::Tensor& images, const std::array<std::int64_t, 4>& padding) {
  return std::max(padding[0], padding[1]) < images.size(3) &&
         std::max(padding[2], padding[3]) < images.size(2);
}

}  // namespace

at::Tensor pad_by_reflection(const at::Tensor& images, const std::array<std::int64_t, 4>& padding) {
  return reflects(images, padding) ? at::reflection_pad2d(images, padding)
                                   : at::replication_pad2d(images, padding);
}

at::Tensor pad_to_multiple(const at::Tensor& images, std::int64_t multiple,
                           BeyondReflection beyond) {
  return pad_to_multiples(images, multiple, multiple, beyond);
}

at::Tensor pad_to_multiples(const at::Tensor& images, std::int64_t rows, std::int64_t columns,
                            BeyondReflection beyond) {
  const std::int64_t bottom = (rows - images.size(2) % rows) % rows;
  const std::int64_t right = (columns - images.size(3) % columns) % columns;
  if (bottom + right == 0) {
    return images;
  }
  const std::array<std::int64_t, 4> padding{0, right, 0, bottom};
  return beyond == BeyondReflection::kZeros && !reflects(images, padding)
             ? at::constant_pad_nd(images, padding)
             : pad_by_reflection(images, padding);
}

at::Tensor pad_by_mirror(const at::Tensor& images, std::int64_t bottom, std::int64_t right) {
  return mirrored(mirrored(images, 2, bottom), 3, right);
}

at::Tensor reflected_to_multiple(const at::Tensor& tensor, std::int64_t axis,
                                 std::int64_t multiple) {
  std::int64_t missing = (multiple - tensor.size(axis) % multiple) % multiple;
  at::Tensor grown = tensor;
  if (missing > 0 && tensor.size(axis) == 1) {
    std::vector<std::int64_t> sizes = tensor.sizes().vec();
    sizes[static_cast<std::size_t>(axis)] = multiple;
    return tensor.expand(sizes);
  }
  while (missing > 0) {
    const std::int64_t length = grown.size(axis);
    const std::int64_t part = std::min(missing, length - 1);
    grown = at::cat({grown, grown.narrow(axis, length - 1 - part, part).flip(axis)}, axis);
    missing -= part;
  }
  return grown;
}

SurroundedImages pad_around_to_multiple(const at::Tensor& images, std::int64_t multiple) {
  const std::int64_t rows = (multiple - images.size(2) % multiple) % multiple;
  const std::int64_t columns = (multiple - images.size(3) % multiple) % multiple;
  if (rows + columns == 0) {
    return {images, 0, 0};
  }
  const std::int64_t top = (rows + 1) / 2;
  const std::int64_t left = (columns + 1) / 2;
  return {pad_by_reflection(images, {left, columns - left, top, rows - top}), top, left};
}

at::Tensor unshuffled_conv(const at::Tensor& images, const Layer& layer, std::int64_t fold) {
  const std::int64_t padding = layer.weight.size(2) / 2;
  return at::conv2d(images, at::pixel_shuffle(layer.weight, fold), layer.bias, /*stride=*/fold,
                    padding * fold);
}

}  // namespace sr
