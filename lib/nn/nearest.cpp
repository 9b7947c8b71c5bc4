#include "nn/nearest.h"

#include <algorithm>
#include <limits>

#include <torch/torch.h>

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Calls work(first, count) for groups of images that have at most `most` elements of `large`.
template <typename Work>
void for_each_group(const at::Tensor& large, std::int64_t most, const Work& work) {
  const std::int64_t images = large.size(0);
  const std::int64_t elements = std::max<std::int64_t>(large.numel() / images, 1);
  const std::int64_t group = std::max<std::int64_t>(most / elements, 1);
  for (std::int64_t first = 0; first < images; first += group) {
    work(first, std::min(group, images - first));
  }
}

class EnlargeNearest : public torch::autograd::Function<EnlargeNearest> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images, std::int64_t factor,
                            std::int64_t most) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    context->saved_data["factor"] = factor;
    context->saved_data["most"] = most;
    const std::int64_t height = images.size(2) * factor;
    const std::int64_t width = images.size(3) * factor;
    at::Tensor large = at::empty({images.size(0), images.size(1), height, width},
                                 images.options().memory_format(images.suggest_memory_format()));
    for_each_group(large, most, [&](std::int64_t first, std::int64_t count) {
      at::Tensor to = large.narrow(0, first, count);
      at::upsample_nearest2d_out(to, images.narrow(0, first, count), {height, width});
    });
    return large;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor& large = grads[0];
    const std::int64_t factor = context->saved_data["factor"].toInt();
    const std::int64_t channels = large.size(1);
    const std::int64_t height = large.size(2) / factor;
    const std::int64_t width = large.size(3) / factor;
    at::Tensor small = at::empty({large.size(0), channels, height, width},
                                 large.options().memory_format(large.suggest_memory_format()));
    for_each_group(large, context->saved_data["most"].toInt(),
                   [&](std::int64_t first, std::int64_t count) {
                     at::Tensor to = small.narrow(0, first, count);
                     at::upsample_nearest2d_backward_out(to, large.narrow(0, first, count),
                                                         {large.size(2), large.size(3)},
                                                         {count, channels, height, width});
                   });
    return {small, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor enlarge_nearest_in_groups(const at::Tensor& images, std::int64_t factor,
                                     std::int64_t most_elements) {
  return EnlargeNearest::apply(images, factor, most_elements);
}

at::Tensor enlarge_nearest(const at::Tensor& images, std::int64_t factor) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() - 1;
  if (images.is_cuda() && images.numel() > kMost / (factor * factor)) {
    return enlarge_nearest_in_groups(images, factor, kMost);
  }
  return at::upsample_nearest2d(images, {images.size(2) * factor, images.size(3) * factor});
}

}  // namespace sr
