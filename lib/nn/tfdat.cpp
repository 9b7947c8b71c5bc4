#include "nn/tfdat.h"

#include <vector>

#include <torch/torch.h>

#include "nn/bilinear.h"
#include "nn/fdat_network.h"
#include "nn/fold.h"
#include "nn/warp.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.2;
constexpr double kFlowStep = 8;  ///< pixels of a frame that one of the flow's stands for

class Tfdat final : public FdatNetwork {
 public:
  Tfdat(const arch::TfdatOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, {}); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, {kept});
  }
  int size_multiple() const override { return multiple_; }

 private:
  void add_flow(int features);
  at::Tensor run(const at::Tensor& lq, const Pass& pass) const;
  at::Tensor frame(const at::Tensor& images, int index) const;
  /// From a pixel of `target` to the same point in `source`, [N, 2, H, W].
  at::Tensor flow(const at::Tensor& source, const at::Tensor& target) const;
  /// The sum of all frames but the middle one, moved onto that.
  at::Tensor moved_sum(const at::Tensor& images) const;
  /// The first features of a frame, or of the sum of several that `weight` brings down.
  at::Tensor features_of(const at::Tensor& image, double weight) const;

  int frames_, multiple_;
  std::int64_t fold_;
  std::vector<Layer> flow_;
  Layer stem_in_, stem_out_;  ///< where frames are not folded
  Layer first_, join_, joined_;
};

Tfdat::Tfdat(const arch::TfdatOptions& options, int scale, std::uint64_t seed)
    : FdatNetwork(options, scale, seed),
      frames_(options.num_frames),
      multiple_(options.multiple(scale)),
      fold_(options.fold(scale)) {
  const std::int64_t dim = options.embed_dim;
  const std::int64_t channels = options.num_in_ch;
  add_flow(options.flow_base_ch);
  if (fold_ == 1) {
    stem_in_ = add_begun_small("shallow_stem.0", {dim / 2, channels, 3, 3});
    stem_out_ = add_begun_small("shallow_stem.2", {channels, dim / 2, 3, 3});
    const at::NoGradGuard no_grad;
    constexpr double kNearlyNothing = 0.1;
    at::Tensor(stem_out_.weight).mul_(kNearlyNothing);
  }
  first_ = add_begun_small("conv_first", {dim, channels * fold_ * fold_, 3, 3});
  join_ = add_begun_small("temporal_fuse.0", {dim, 2 * dim, 1, 1});
  joined_ = add_begun_small("temporal_fuse.2", {dim, dim, 3, 3});
  add_groups(fold_ > 1 ? 4 : scale);
}

void Tfdat::add_flow(int features) {
  constexpr int kLayers = 3;
  std::int64_t inputs = 2 * std::int64_t{arch::kRgb};
  for (int i = 0; i < kLayers; ++i) {
    const std::int64_t outputs = std::int64_t{features} << i;
    flow_.push_back(
        add_begun_small("flow_net.enc." + std::to_string(2 * i), {outputs, inputs, 3, 3}));
    inputs = outputs;
  }
  flow_.push_back(add_begun_small("flow_net.flow_pred", {2, inputs, 3, 3}));
}

at::Tensor Tfdat::frame(const at::Tensor& images, int index) const {
  return images.narrow(1, std::int64_t{arch::kRgb} * index, arch::kRgb);
}

at::Tensor Tfdat::flow(const at::Tensor& source, const at::Tensor& target) const {
  at::Tensor features = at::cat({source, target}, 1);
  for (std::size_t i = 0; i + 1 < flow_.size(); ++i) {
    features = at::conv2d(features, flow_[i].weight, flow_[i].bias, /*stride=*/2, /*padding=*/1);
    features = at::leaky_relu_(features, kLeakySlope);
  }
  return resize_bilinear(convolved(features, flow_.back()), source.size(2), source.size(3)) *
         kFlowStep;
}

at::Tensor Tfdat::moved_sum(const at::Tensor& images) const {
  const int middle = frames_ / 2;
  const at::Tensor target = frame(images, middle);
  at::Tensor sum;
  for (int index = 0; index < frames_; ++index) {
    if (index != middle) {
      const at::Tensor source = frame(images, index);
      const at::Tensor moved = warped(source, flow(source, target));
      sum = sum.defined() ? sum + moved : moved;
    }
  }
  return sum.defined() ? sum : at::zeros_like(target);
}

at::Tensor Tfdat::features_of(const at::Tensor& image, double weight) const {
  if (fold_ > 1) {
    return unshuffled_conv(image * weight, first_, fold_);
  }
  at::Tensor inside = convolved(image, stem_in_);
  inside = at::leaky_relu_(inside, kLeakySlope);
  return convolved((convolved(inside, stem_out_) + image) * weight, first_);
}

at::Tensor Tfdat::run(const at::Tensor& lq, const Pass& pass) const {
  const at::Tensor images = pad_to_multiple(lq, multiple_);
  const at::Tensor middle = features_of(frame(images, frames_ / 2), 1);
  const at::Tensor others =
      features_of(moved_sum(images), 1 / static_cast<double>(std::max(frames_ - 1, 1)));
  at::Tensor fused = convolved(at::cat({middle, others}, 1), join_);
  fused = convolved(at::leaky_relu_(fused, kLeakySlope), joined_);
  return enlarged(fused, pass)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::TfdatOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Tfdat>(options, scale, seed);
}

}  // namespace sr
