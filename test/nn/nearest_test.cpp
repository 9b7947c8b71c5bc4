#include "nn/nearest.h"

#include <torch/torch.h>

#include <utility>

#include "support/catch.h"

namespace {

using namespace sr;

/// The result and the gradient of `enlarge` for the same pixels.
template <typename Enlarge>
std::pair<at::Tensor, at::Tensor> both(const at::Tensor& pixels, const Enlarge& enlarge) {
  const at::Tensor images = pixels.detach().clone(at::MemoryFormat::Preserve).requires_grad_();
  const at::Tensor large = enlarge(images);
  const at::Tensor weights = at::arange(large.numel(), large.options())
                                 .view_as(large)
                                 .remainder_(17)
                                 .contiguous(large.suggest_memory_format());
  (large * weights).sum().backward();
  return {large.detach(), images.grad()};
}

void check_groups(const at::Tensor& pixels, std::int64_t factor, std::int64_t most) {
  const auto whole = both(pixels, [&](const at::Tensor& images) {
    return at::upsample_nearest2d(images, {images.size(2) * factor, images.size(3) * factor});
  });
  const auto groups = both(pixels, [&](const at::Tensor& images) {
    return enlarge_nearest_in_groups(images, factor, most);
  });
  CHECK(at::equal(groups.first, whole.first));
  CHECK(groups.first.strides() == whole.first.strides());
  CHECK(at::equal(groups.second, whole.second));
  CHECK(groups.second.strides() == whole.second.strides());
}

}  // namespace

TEST_CASE("images enlarged in groups have the bits of one batch", "[nn]") {
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  const auto type = GENERATE(at::kFloat, at::kBFloat16);
  const std::int64_t most = GENERATE(1, 4 * 100, 2 * 4 * 100 + 1, 100'000);
  CAPTURE(static_cast<int>(format), static_cast<int>(type), most);
  check_groups(at::rand({5, 4, 5, 5}, type).contiguous(format), 2, most);
}
