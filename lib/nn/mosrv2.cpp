#include "nn/mosrv2.h"

#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/activated_conv.h"
#include "nn/bilinear.h"
#include "nn/convolved.h"
#include "nn/fold.h"
#include "nn/inception_block.h"
#include "nn/mish.h"
#include "nn/uni_upsampler.h"

namespace sr {
namespace {

class MosrV2 final : public InceptionNetwork {
 public:
  MosrV2(const arch::MosrV2Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  std::int64_t fold_;  ///< of the pixel unshuffle; 1 = none
  Layer first_;
  std::vector<InceptionBlock> blocks_;
  Layer widen_, narrow_, last_;  ///< behind the blocks
  std::unique_ptr<UniUpsampler> upsampler_;
};

MosrV2::MosrV2(const arch::MosrV2Options& options, int scale, std::uint64_t seed)
    : InceptionNetwork(scale, seed), fold_(options.fold(scale)) {
  const std::int64_t dim = options.dim;
  const auto hidden = static_cast<std::int64_t>(options.expansion_ratio * options.dim);
  const Norm norm = options.rms_norm ? Norm::kRootMeanSquare : Norm::kLayer;
  // Indices of the sequence; the pixel unshuffle takes one.
  int index = fold_ > 1 ? 1 : 0;
  const auto next = [&](int modules) {
    const std::string name = "gblocks." + std::to_string(index);
    index += modules;
    return name;
  };
  first_ = add_conv(next(1), {dim, options.in_ch * fold_ * fold_, 3, 3});
  for (int i = 0; i < options.n_block; ++i) {
    blocks_.push_back(add_inception_block(next(1) + ".", dim, hidden, norm));
  }
  widen_ = add_conv(next(2), {2 * dim, dim, 3, 3});
  narrow_ = add_conv(next(2), {dim, 2 * dim, 3, 3});
  last_ = add_conv(next(1), {dim, dim, 1, 1});
  upsampler_ = std::make_unique<UniUpsampler>(
      UniUpsampler::Settings{options.upsampler, scale * static_cast<int>(fold_), options.dim,
                             options.in_ch, options.mid_dim},
      generator());
  add_part("to_img.", *upsampler_);
}

at::Tensor MosrV2::forward(const at::Tensor& lq) const {
  const at::Tensor images = pad_to_multiple(lq, fold_);
  at::Tensor features =
      fold_ > 1 ? unshuffled_conv(images, first_, fold_) : convolved(images, first_);
  for (const InceptionBlock& block : blocks_) {
    features = block(features);
  }
  features = activated_conv3x3(convolved(features, widen_), SmoothActivation::kMish, narrow_);
  features = at::conv2d(fast_mish(features), last_.weight, last_.bias);
  const at::Tensor upscaled =
      resize_bilinear(images, images.size(2) * scale_, images.size(3) * scale_);
  return ((*upsampler_)(features) + upscaled)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::MosrV2Options& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<MosrV2>(options, scale, seed);
}

}  // namespace sr
