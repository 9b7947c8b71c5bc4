#include "loss/continued.h"

#include <torch/torch.h>

namespace sr {

at::Tensor continued_to_multiples(const at::Tensor& images, std::int64_t side) {
  const std::int64_t below = (side - images.size(2) % side) % side;
  const std::int64_t right = (side - images.size(3) % side) % side;
  return below == 0 && right == 0 ? images : at::replication_pad2d(images, {0, right, 0, below});
}

at::Tensor cut_to_sides_of(const at::Tensor& images, const at::Tensor& like) {
  return images.size(2) == like.size(2) && images.size(3) == like.size(3)
             ? images
             : images.narrow(2, 0, like.size(2)).narrow(3, 0, like.size(3));
}

}  // namespace sr
