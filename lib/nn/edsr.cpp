#include "nn/edsr.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "nn/bilinear.h"
#include "nn/conv_network.h"
#include "nn/convolved.h"

namespace sr {
namespace {

constexpr double kLeakySlope = 0.1;
constexpr double kSmallStart = 0.1;  // MSRResNet's weights are drawn as a tenth of kaiming_normal

/// What the steps of a scale enlarge by: 3, or 2 again and again.
int step_of(int scale) {
  return scale == 3 ? 3 : 2;
}

class ResidualNetwork : public ConvNetwork {
 protected:
  struct Block {
    Layer first, second;
  };

  /// `start`: what weights drawn by kaiming_normal are multiplied by; nothing = PyTorch's default.
  ResidualNetwork(std::optional<double> start, int features, int scale, std::uint64_t seed)
      : ConvNetwork(scale, seed), start_(start), features_(features) {}

  Layer add_conv3x3(const std::string& name, int inputs, int outputs) {
    const std::array<std::int64_t, 4> shape{outputs, inputs, 3, 3};
    return start_ ? add_layer(name, scaled_normal_layer(shape, *start_, generator()))
                  : add_conv(name, shape);
  }

  void add_blocks(int amount) {
    for (int i = 0; i < amount; ++i) {
      const std::string name = "body." + std::to_string(i) + ".conv";
      blocks_.push_back({add_conv3x3(name + "1", features_, features_),
                         add_conv3x3(name + "2", features_, features_)});
    }
  }

  at::Tensor through_blocks(at::Tensor features, double factor) const {
    for (const Block& block : blocks_) {
      at::Tensor inside = convolved(features, block.first);
      features = at::add(features, convolved(at::relu_(inside), block.second), factor);
    }
    return features;
  }

 private:
  std::optional<double> start_;
  int features_;
  std::vector<Block> blocks_;
};

class Edsr final : public ResidualNetwork {
 public:
  Edsr(const arch::EdsrOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  double factor_, range_;
  at::Tensor mean_;  ///< [1, 3, 1, 1]
  Layer first_, behind_blocks_, last_;
  std::vector<Layer> steps_;  ///< in front of the pixel shuffles
};

Edsr::Edsr(const arch::EdsrOptions& options, int scale, std::uint64_t seed)
    : ResidualNetwork(std::nullopt, options.num_feat, scale, seed),
      factor_(options.res_scale),
      range_(options.img_range) {
  const int width = options.num_feat;
  const int step = step_of(scale);
  mean_ = add_constant(torch::tensor(options.rgb_mean, torch::kFloat32).view({1, -1, 1, 1}));
  first_ = add_conv3x3("conv_first", options.num_in_ch, width);
  add_blocks(options.num_block);
  behind_blocks_ = add_conv3x3("conv_after_body", width, width);
  for (int left = scale, index = 0; left > 1; left /= step, index += 2) {
    steps_.push_back(add_conv3x3("upsample." + std::to_string(index), width, width * step * step));
  }
  last_ = add_conv3x3("conv_last", width, options.num_out_ch);
}

at::Tensor Edsr::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved((lq - mean_) * range_, first_);
  at::Tensor features = convolved(through_blocks(first, factor_), behind_blocks_) + first;
  for (const Layer& layer : steps_) {
    features = at::pixel_shuffle(convolved(features, layer), step_of(scale_));
  }
  return (convolved(features, last_) / range_ + mean_).to(lq.scalar_type());
}

class MsrResNet final : public ResidualNetwork {
 public:
  MsrResNet(const arch::MsrResNetOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  static at::Tensor activated(at::Tensor features) {
    return at::leaky_relu_(features, kLeakySlope);
  }

  Layer first_, fine_, last_;
  std::vector<Layer> steps_;
};

MsrResNet::MsrResNet(const arch::MsrResNetOptions& options, int scale, std::uint64_t seed)
    : ResidualNetwork(kSmallStart, options.num_feat, scale, seed) {
  const int width = options.num_feat;
  const int step = step_of(scale);
  first_ = add_conv3x3("conv_first", options.num_in_ch, width);
  add_blocks(options.num_block);
  for (int left = scale, number = 1; left > 1; left /= step, ++number) {
    steps_.push_back(add_conv3x3("upconv" + std::to_string(number), width, width * step * step));
  }
  fine_ = add_conv3x3("conv_hr", width, width);
  last_ = add_conv3x3("conv_last", width, options.num_out_ch);
}

at::Tensor MsrResNet::forward(const at::Tensor& lq) const {
  at::Tensor features = through_blocks(activated(convolved(lq, first_)), /*factor=*/1);
  for (const Layer& layer : steps_) {
    features = activated(at::pixel_shuffle(convolved(features, layer), step_of(scale_)));
  }
  const at::Tensor output = convolved(activated(convolved(features, fine_)), last_);
  const at::Tensor base = resize_bilinear(lq, lq.size(2) * scale_, lq.size(3) * scale_);
  return (output + base).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::EdsrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Edsr>(options, scale, seed);
}

std::unique_ptr<Network> make_network(const arch::MsrResNetOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<MsrResNet>(options, scale, seed);
}

}  // namespace sr
