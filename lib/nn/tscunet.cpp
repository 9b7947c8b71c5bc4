#include "nn/tscunet.h"

#include <utility>
#include <vector>

#include <torch/torch.h>

#include "nn/fold.h"
#include "nn/swin_conv_network.h"

namespace sr {
namespace {

constexpr int kSeen = 3;  ///< frames that a level sees together

class TScuNet final : public SwinConvNetwork {
 public:
  TScuNet(const arch::TScuNetOptions& options, int scale, std::uint64_t seed);

 private:
  struct Level {
    Layer head, residual, tail;
    UNet unet;
  };

  void add_level(const std::string& prefix, std::size_t positions);
  void add_sigma();
  at::Tensor run(const at::Tensor& lq, Pass pass, int room) const override;
  /// Features of three frames [N, 3 dim, H, W] as those of one.
  at::Tensor through_level(const Level& level, const at::Tensor& three, const Pass& pass) const;
  /// What the levels make of the features of all frames.
  at::Tensor middle_of(std::vector<at::Tensor> frames, Pass pass) const;

  arch::TScuNetOptions options_;
  Layer head_, residual_, tail_;
  std::vector<Level> levels_;
};

TScuNet::TScuNet(const arch::TScuNetOptions& options, int scale, std::uint64_t seed)
    : SwinConvNetwork({.dim = options.dim,
                       .config = std::vector<int>(7, options.nb),
                       .drop_path_rate = options.drop_path_rate,
                       .resolution = options.input_resolution,
                       .noise = options.noise,
                       .computed_twice = options.use_checkpoint},
                      scale, seed),
      options_(options) {
  const int dim = options.dim;
  head_ = add_plain_conv("m_head.0", options.in_nc, dim);
  tail_ = add_plain_conv("m_tail.0", dim, options.out_nc);
  for (int frames = options.clip_size - 2; frames > 0; frames -= 2) {
    add_level("m_layers." + std::to_string(levels_.size()) + ".", static_cast<std::size_t>(frames));
  }
  if (options.residual) {
    residual_ = add_plain_conv("m_res.0", dim, dim);
  }
  add_enlarger("m_upsample.0.up.");
  if (options.sigma) {
    add_sigma();
  }
}

void TScuNet::add_level(const std::string& prefix, std::size_t positions) {
  const int dim = options_.dim;
  Level level;
  level.head = add_plain_conv(prefix + "m_head.0", kSeen * dim, dim);
  level.unet = add_unet(prefix, Way::kNearest, positions);
  level.residual = add_plain_conv(prefix + "m_res.0", dim, dim);
  level.tail = add_plain_conv(prefix + "m_tail.0", dim, dim);
  levels_.push_back(std::move(level));
}

void TScuNet::add_sigma() {
  constexpr int kConvs = 4;
  constexpr double kSlope = 0.25;
  for (int i = 0; i < kConvs; ++i) {
    add_conv("m_sigma." + std::to_string(2 * i), options_.dim, options_.dim, 3);
    add_parameter("m_sigma." + std::to_string(2 * i + 1) + ".weight", torch::full({1}, kSlope));
  }
  add_plain_conv("m_sigma_tail.0", options_.dim, options_.out_nc);
}

at::Tensor TScuNet::through_level(const Level& level, const at::Tensor& three,
                                  const Pass& pass) const {
  const at::Tensor first = convolved(three, level.head);
  const at::Tensor inside = through(level.unet, first, pass) + convolved(first, level.residual);
  return leaky(convolved(inside, level.tail));
}

at::Tensor TScuNet::middle_of(std::vector<at::Tensor> frames, Pass pass) const {
  for (const Level& level : levels_) {
    std::vector<at::Tensor> fewer;
    for (std::size_t first = 0; first + kSeen <= frames.size(); ++first) {
      pass.use = first;
      fewer.push_back(
          through_level(level, at::cat(at::TensorList(frames).slice(first, kSeen), 1), pass));
    }
    frames = std::move(fewer);
  }
  return frames.front();
}

at::Tensor TScuNet::run(const at::Tensor& lq, Pass pass, int room) const {
  const SurroundedImages padded = surrounded(lq, room);
  set_masks(pass, padded.images);
  std::vector<at::Tensor> frames;
  for (int frame = 0; frame < options_.clip_size; ++frame) {
    frames.push_back(
        convolved(padded.images.narrow(1, std::int64_t{arch::kRgb} * frame, arch::kRgb), head_));
  }
  const at::Tensor middle = frames[frames.size() / 2];
  at::Tensor features = middle_of(std::move(frames), std::move(pass));
  if (options_.residual) {
    features = features + convolved(middle, residual_);
  }
  return convolved(enlarged(features), tail_)
      .narrow(2, padded.top * scale_, lq.size(2) * scale_)
      .narrow(3, padded.left * scale_, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::TScuNetOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<TScuNet>(options, scale, seed);
}

}  // namespace sr
