#pragma once

#include <array>
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// [N, C, H, W] grown by reflection on the left, right, top and bottom; where a side is too short
/// to be reflected all repeat their edge.
at::Tensor pad_by_reflection(const at::Tensor& images, const std::array<std::int64_t, 4>& padding);

/// What follows images of which a side is too short to be reflected.
enum class BeyondReflection { kEdge, kZeros };
/// [N, C, H, W] with right and bottom grown to multiples of `multiple` by reflection, as spandrel
/// does; where a side is too short to be reflected all repeat their edge or have zeros behind them.
at::Tensor pad_to_multiple(const at::Tensor& images, std::int64_t multiple,
                           BeyondReflection beyond = BeyondReflection::kEdge);
/// The same with H a multiple of `rows` and W of `columns`.
at::Tensor pad_to_multiples(const at::Tensor& images, std::int64_t rows, std::int64_t columns,
                            BeyondReflection beyond = BeyondReflection::kEdge);

/// [N, C, H, W] with `bottom` rows and `right` columns more, the image's mirror image with its
/// edge; what is too short for that repeats its edge.
at::Tensor pad_by_mirror(const at::Tensor& images, std::int64_t bottom, std::int64_t right);

/// `tensor` grown along `axis` to a multiple of `multiple` by reflection, which is repeated where
/// the axis is short: a b c gives a b c b a b c ...; one entry alone repeats itself.
at::Tensor reflected_to_multiple(const at::Tensor& tensor, std::int64_t axis,
                                 std::int64_t multiple);

/// Images grown on all sides, and how many pixels of theirs are in front of the first.
struct SurroundedImages {
  at::Tensor images;  ///< [N, C, H, W]
  std::int64_t top = 0, left = 0;
};

/// Sides grown to multiples of `multiple` by reflection, half on each side and the odd pixel on the
/// left and at the top; a side too short to be reflected repeats its edge.
SurroundedImages pad_around_to_multiple(const at::Tensor& images, std::int64_t multiple);

/// conv(pixel_unshuffle(images, fold)) with stride 1 and same padding, as one convolution of stride
/// `fold`: the unshuffled weight [F, C fold^2, k, k] is the kernel [F, C, k fold, k fold] in
/// another order. Sides are multiples of `fold`.
at::Tensor unshuffled_conv(const at::Tensor& images, const Layer& layer, std::int64_t fold);

}  // namespace sr
