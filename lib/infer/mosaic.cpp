#include "infer/mosaic.h"

#include <torch/torch.h>

#include <utility>

#include <opencv2/core.hpp>

namespace sr {
namespace {

/// Weights of the later tile over a ramp, at the middles of its pixels.
at::Tensor ramp_weights(std::int64_t pixels, const at::Tensor& like) {
  return (torch::arange(pixels, like.options()) + 0.5).div_(pixels);
}

}  // namespace

Mosaic::Mosaic(const Tiling& rows, const Tiling& columns, int scale, int depth)
    : rows_(rows), columns_(columns), scale_(scale), depth_(depth) {}

void Mosaic::add(std::size_t row, std::size_t column, at::Tensor kept) {
  const Span y = rows_.kept(row);
  const Span x = columns_.kept(column);
  if (image_.empty()) {
    image_.create(rows_.tiles().back().end * scale_, columns_.tiles().back().end * scale_,
                  CV_MAKETYPE(depth_, static_cast<int>(kept.size(1))));
  }
  blend_with_left(column, kept);
  blend_with_above(row, column, kept);
  store(kept, y.begin * scale_, x.begin * scale_);
}

void Mosaic::blend_with_left(std::size_t column, at::Tensor& piece) {
  const std::int64_t zone = std::int64_t{2} * columns_.ramp() * scale_;
  if (zone == 0) {
    return;
  }
  if (column > 0) {
    const at::Tensor own = piece.narrow(3, 0, zone);
    own.copy_(at::lerp(left_, own, ramp_weights(zone, own)));
  }
  if (column + 1 < columns_.tiles().size()) {
    const std::int64_t rest = piece.size(3) - zone;
    left_ = piece.narrow(3, rest, zone).clone();
    piece = piece.narrow(3, 0, rest);
  }
}

void Mosaic::blend_with_above(std::size_t row, std::size_t column, at::Tensor& piece) {
  const std::int64_t zone = std::int64_t{2} * rows_.ramp() * scale_;
  if (zone == 0 || rows_.tiles().size() == 1) {
    return;
  }
  const std::int64_t x = std::int64_t{columns_.kept(column).begin} * scale_;
  if (!above_.defined()) {
    above_ = at::empty({1, piece.size(1), zone, image_.cols}, piece.options());
  }
  const at::Tensor above = above_.narrow(3, x, piece.size(3));
  if (row > 0) {
    const at::Tensor own = piece.narrow(2, 0, zone);
    own.copy_(at::lerp(above, own, ramp_weights(zone, own).unsqueeze(1)));
  }
  if (row + 1 < rows_.tiles().size()) {
    const std::int64_t rest = piece.size(2) - zone;
    above.copy_(piece.narrow(2, rest, zone));
    piece = piece.narrow(2, 0, rest);
  }
}

void Mosaic::store(const at::Tensor& piece, int y, int x) {
  const at::Tensor values = piece.clamp(0, 1);
  const at::Tensor pixels = depth_ == CV_8U ? values.mul(255).round_().to(at::kByte) : values;
  at::from_blob(image_.data, {image_.rows, image_.cols, image_.channels()}, pixels.scalar_type())
      .narrow(0, y, piece.size(2))
      .narrow(1, x, piece.size(3))
      .copy_(pixels.squeeze(0).permute({1, 2, 0}));
}

}  // namespace sr
