#include "nn/cascadedgaze.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/block_network.h"
#include "nn/pixel_norm.h"

namespace sr {
namespace {

using arch::CascadedGazeOptions;

constexpr std::int64_t kStep = 2;  ///< from one grid to the next

class CascadedGaze final : public BlockNetwork {
 public:
  CascadedGaze(const CascadedGazeOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return options_.grid(); }

 private:
  struct Gaze {
    Layer depthwise, pointwise;
    std::int64_t stride = 1;
  };
  struct Block {
    at::Tensor attended_factor, mixed_factor;
    Layer norm1, norm2, widen, depthwise, attention, narrow, mix_widen, mix_narrow;
    std::vector<Gaze> gazes;  ///< none: the halves are multiplied instead
    Parameters parameters;
  };
  using Level = std::vector<Block>;

  Block add_block(const std::string& name, int width, int gazes);
  Level add_blocks(const std::string& name, int amount, int width, int gazes);

  static at::Tensor with_surroundings(const std::vector<Gaze>& gazes, const at::Tensor& features);
  static at::Tensor through(const Block& block, const at::Tensor& features);
  at::Tensor through(const Level& level, const at::Tensor& features) const;
  at::Tensor grown(const at::Tensor& images) const;

  CascadedGazeOptions options_;
  Layer first_, last_;
  std::vector<Level> down_, up_;
  Level middle_;
  std::vector<Layer> steps_down_, steps_up_;
};

CascadedGaze::CascadedGaze(const CascadedGazeOptions& options, int scale, std::uint64_t seed)
    : BlockNetwork({.features = options.width,
                    .depths = options.enc_blk_nums,
                    .computed_twice = options.use_checkpoint},
                   scale, seed),
      options_(options) {
  constexpr int kNoGazes = 0;
  const int levels = static_cast<int>(options.enc_blk_nums.size());
  const auto width_of = [&](int level) { return options.width << level; };
  first_ = add_conv("intro", options.img_channel, options.width, 3);
  last_ = add_conv("ending", options.width, options.img_channel, 3);
  for (int i = 0; i < levels; ++i) {
    const auto at = static_cast<std::size_t>(i);
    down_.push_back(add_blocks(fmt::format("encoders.{}.", i), options.enc_blk_nums[at],
                               width_of(i), options.gce_convs_nums[at]));
  }
  for (int i = 0; i < levels; ++i) {
    up_.push_back(add_blocks(fmt::format("decoders.{}.", i),
                             options.dec_blk_nums[static_cast<std::size_t>(i)],
                             width_of(levels - 1 - i), kNoGazes));
  }
  middle_ = add_blocks("middle_blks.", options.middle_blk_num, width_of(levels), kNoGazes);
  for (int i = 0; i < levels; ++i) {
    const int width = width_of(levels - i);
    steps_up_.push_back(
        add_conv(fmt::format("ups.{}.0", i), {2 * width, width, 1, 1}, /*bias=*/false));
  }
  for (int i = 0; i < levels; ++i) {
    const int width = width_of(i);
    steps_down_.push_back(add_conv(fmt::format("downs.{}", i), {2 * width, width, kStep, kStep}));
  }
}

CascadedGaze::Block CascadedGaze::add_block(const std::string& name, int width, int gazes) {
  const int wide = 2 * width;
  Block block;
  block.parameters.begin = parameters().size();
  block.attended_factor = add_parameter(name + "beta", torch::zeros({1, width, 1, 1}));
  block.mixed_factor = add_parameter(name + "gamma", torch::zeros({1, width, 1, 1}));
  block.widen = add_conv(name + "conv1", width, wide, 1);
  block.depthwise = add_conv(name + "conv2", {wide, 1, 3, 3});
  for (int i = 0; i < gazes; ++i) {
    const CascadedGazeOptions::Gaze& own =
        CascadedGazeOptions::kGazes.at(static_cast<std::size_t>(i));
    const std::string part = fmt::format("{}GCE.depthwise_separable_convs.{}.", name, i);
    Gaze gaze;
    gaze.stride = own.stride;
    gaze.pointwise = add_conv(part + "pointwise", {width, width, 1, 1}, /*bias=*/false);
    gaze.depthwise = add_conv(part + "depthwise", {width, 1, own.side, own.side}, /*bias=*/false);
    block.gazes.push_back(gaze);
  }
  const int seen = gazes > 0 ? wide + gazes * width : width;
  if (gazes > 0) {
    block.narrow = add_conv(name + "project_out", seen, width, 1);
  } else {
    block.narrow = add_conv(name + "conv3", seen, width, 1);
  }
  block.attention = add_conv(name + "sca.1", seen, seen, 1);
  block.mix_widen = add_conv(name + "conv4", width, wide, 1);
  block.mix_narrow = add_conv(name + "conv5", width, width, 1);
  block.norm1 = add_norm(name + "norm1", width);
  block.norm2 = add_norm(name + "norm2", width);
  block.parameters.end = parameters().size();
  return block;
}

CascadedGaze::Level CascadedGaze::add_blocks(const std::string& name, int amount, int width,
                                             int gazes) {
  Level level;
  for (int i = 0; i < amount; ++i) {
    level.push_back(add_block(fmt::format("{}{}.", name, i), width, gazes));
  }
  return level;
}

at::Tensor product_of_halves(const at::Tensor& features) {
  const std::vector<at::Tensor> halves = features.chunk(2, 1);
  return halves[0] * halves[1];
}

at::Tensor CascadedGaze::with_surroundings(const std::vector<Gaze>& gazes,
                                           const at::Tensor& features) {
  const std::vector<at::Tensor> halves = features.chunk(2, 1);
  at::Tensor inside = halves[0] + halves[1];
  std::vector<at::Tensor> seen{features};
  for (const Gaze& gaze : gazes) {
    const at::Tensor coarse =
        at::conv2d(inside, gaze.depthwise.weight, {}, gaze.stride, "valid", /*dilation=*/1,
                   /*groups=*/inside.size(1));
    inside = at::gelu(convolved(coarse, gaze.pointwise));
    seen.push_back(at::upsample_nearest2d(inside, {features.size(2), features.size(3)}));
  }
  return at::cat(seen, 1);
}

at::Tensor CascadedGaze::through(const Block& block, const at::Tensor& features) {
  const at::Tensor wide = convolved(
      convolved(layer_norm_of_pixels(features, block.norm1), block.widen), block.depthwise);
  const at::Tensor seen = block.gazes.empty() ? product_of_halves(wide)
                                              : with_surroundings(block.gazes, at::gelu(wide));
  const at::Tensor weights =
      convolved(seen.mean(at::IntArrayRef{2, 3}, /*keepdim=*/true), block.attention);
  const at::Tensor attended =
      features + convolved(weights * seen, block.narrow) * block.attended_factor;
  const at::Tensor mixed =
      product_of_halves(convolved(layer_norm_of_pixels(attended, block.norm2), block.mix_widen));
  return attended + convolved(mixed, block.mix_narrow) * block.mixed_factor;
}

at::Tensor CascadedGaze::through(const Level& level, const at::Tensor& features) const {
  return computed_in_turn(level, features, [](const Block& block, const at::Tensor& input) {
    return through(block, input);
  });
}

at::Tensor CascadedGaze::grown(const at::Tensor& images) const {
  const auto missing = [&](std::int64_t side) {
    const std::int64_t grid = options_.grid();
    const std::int64_t wanted = std::max<std::int64_t>(side, options_.smallest_side());
    return (wanted + grid - 1) / grid * grid - side;
  };
  const std::int64_t bottom = missing(images.size(2));
  const std::int64_t right = missing(images.size(3));
  return bottom + right > 0 ? at::constant_pad_nd(images, {0, right, 0, bottom}) : images;
}

at::Tensor CascadedGaze::forward(const at::Tensor& lq) const {
  const at::Tensor images = grown(lq);
  at::Tensor features = convolved(images, first_);
  std::vector<at::Tensor> passed;
  for (std::size_t i = 0; i < down_.size(); ++i) {
    passed.push_back(through(down_[i], features));
    features = at::conv2d(passed.back(), steps_down_[i].weight, steps_down_[i].bias, kStep);
  }
  features = through(middle_, features);
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const at::Tensor fine = at::pixel_shuffle(convolved(features, steps_up_[i]), kStep);
    features = through(up_[i], fine + passed[up_.size() - 1 - i]);
  }
  return (convolved(features, last_) + images)
      .narrow(2, 0, lq.size(2))
      .narrow(3, 0, lq.size(3))
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::CascadedGazeOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<CascadedGaze>(options, scale, seed);
}

}  // namespace sr
