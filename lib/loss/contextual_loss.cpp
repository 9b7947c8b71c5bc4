#include "loss/file_losses.h"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "loss/classifier.h"
#include "loss/vgg19.h"
#include "recipe/perceptual_loss.h"

namespace sr {
namespace {

using recipe::ContextualForm;
using recipe::FeatureDistance;

constexpr double kSmall = 1e-5;

/// `count` different numbers of 0 ... size - 1, spread over them: steps by the golden ratio, which
/// meet none twice as the step and the size have no common divisor. Made on the device: a recorded
/// CUDA graph copies nothing from the host.
at::Tensor spread_positions(std::int64_t size, std::int64_t count, at::Device device) {
  auto step = static_cast<std::int64_t>(static_cast<double>(size) / std::numbers::phi);
  while (step > 1 && std::gcd(step, size) > 1) {
    --step;
  }
  return at::arange(count, at::TensorOptions().dtype(at::kLong).device(device))
      .mul_(std::max<std::int64_t>(step, 1))
      .remainder_(size);
}

/// The quarters of [N, C, H, W] as samples: [4 N, C, H / 2, W / 2].
at::Tensor quarters(const at::Tensor& maps) {
  const std::int64_t h = maps.size(2) / 2, w = maps.size(3) / 2;
  std::vector<at::Tensor> parts;
  for (const std::int64_t y : {std::int64_t{0}, h}) {
    for (const std::int64_t x : {std::int64_t{0}, w}) {
      parts.push_back(maps.narrow(2, y, h).narrow(3, x, w));
    }
  }
  return at::cat(parts);
}

/// Distances of all pairs of positions, [N, P, P], of maps [N, C, P].
at::Tensor distances(const at::Tensor& x, const at::Tensor& y, FeatureDistance type) {
  switch (type) {
    case FeatureDistance::kL1:
      return at::cdist(x.transpose(1, 2).contiguous(), y.transpose(1, 2).contiguous(), 1);
    case FeatureDistance::kL2: {
      const at::Tensor squares = x.square().sum(1).unsqueeze(2) + y.square().sum(1).unsqueeze(1);
      return at::baddbmm(squares, x.transpose(1, 2), y, 1, -2).clamp_min(0);
    }
    case FeatureDistance::kCosine:
      break;
  }
  const at::Tensor mean = y.mean(at::IntArrayRef({0, 2}), /*keepdim=*/true);
  const auto direction = [&](const at::Tensor& maps) {
    const at::Tensor moved = maps - mean;
    return moved / moved.norm(2, {1}, true).clamp_min(1e-12);
  };
  return ((1 - at::bmm(direction(x).transpose(1, 2), direction(y))) / 2).clamp_min(0);
}

class ContextualLoss final : public Loss {
 public:
  ContextualLoss(const recipe::ContextualOptions& options, const FeatureStack::Weights& weights)
      : options_(options) {
    if (!options.use_vgg) {
      layer_weights_ = {1};
      return;
    }
    const std::map<std::string, double> layers = options.layers();
    std::vector<std::string> names;
    for (const std::string& name : recipe::vgg19_layers()) {
      if (const auto found = layers.find(name); found != layers.end()) {
        names.push_back(name);
        layer_weights_.push_back(found->second);
      }
    }
    vgg_.emplace(vgg19_design(names), weights);
  }

  at::Tensor operator()(const LossImages& images) const override {
    const std::vector<at::Tensor> gt = features(images.gt);
    const std::vector<at::Tensor> output = features(images.output);
    at::Tensor loss;
    for (std::size_t i = 0; i < layer_weights_.size(); ++i) {
      const at::Tensor term = of_layer(output[i], gt[i]) * layer_weights_[i];
      loss = loss.defined() ? loss + term : term;
    }
    return loss;
  }

  /// The cosine is about the mean of the batch.
  bool is_mean_over_samples() const override {
    return options_.distance_type != FeatureDistance::kCosine;
  }

  void to(at::Device device, bool channels_last) override {
    if (vgg_) {
      vgg_->to(device, channels_last);
    }
  }

 private:
  std::vector<at::Tensor> features(const at::Tensor& images) const {
    if (!vgg_) {
      return {images};
    }
    return vgg_->features(options_.z_norm ? imagenet_normalised((images + 1) / 2) : images * 2 - 1,
                          false);
  }

  at::Tensor of_layer(at::Tensor output, at::Tensor gt) const {
    if (options_.crop_quarter) {
      output = quarters(output);
      gt = quarters(gt);
    }
    std::int64_t height = output.size(2), width = output.size(3);
    output = output.flatten(2);
    gt = gt.flatten(2);
    const std::int64_t side = options_.max_1d_size;
    if (height * width > side * side) {
      const at::Tensor chosen = spread_positions(height * width, side * side, output.device());
      output = output.index_select(2, chosen);
      gt = gt.index_select(2, chosen);
      height = width = side;
    }
    switch (options_.calc_type) {
      case ContextualForm::kSymmetric:
        return (regular(output, gt) + regular(gt, output)) / 2;
      case ContextualForm::kBilateral:
        return bilateral(output, gt, height, width);
      case ContextualForm::kRegular:
        break;
    }
    return regular(output, gt);
  }

  /// Of sum 1 over the last axis.
  at::Tensor similarities(const at::Tensor& raw) const {
    const at::Tensor relative = raw / (std::get<0>(raw.min(-1, /*keepdim=*/true)) + kSmall);
    return ((options_.b - relative) / options_.band_width).softmax(-1);
  }

  at::Tensor regular(const at::Tensor& x, const at::Tensor& y) const {
    const at::Tensor similar = similarities(distances(x, y, options_.distance_type));
    return -std::get<0>(similar.max(1)).mean(1).log().mean();
  }

  /// As traiNNer-redux has it: the largest along each row of the output, not of all of it.
  at::Tensor bilateral(const at::Tensor& x, const at::Tensor& y, std::int64_t height,
                       std::int64_t width) const {
    constexpr double kPlaces = 0.1;
    const auto steps = [&](std::int64_t size) {
      return at::arange(size, x.options()) / static_cast<double>(size + 1);
    };
    const at::Tensor rows = steps(height).view({1, -1, 1}).expand({1, height, width});
    const at::Tensor columns = steps(width).view({1, 1, -1}).expand({1, height, width});
    const at::Tensor grid = at::stack({rows, columns}, 1).flatten(2);
    const at::Tensor similar =
        (1 - kPlaces) * similarities(distances(x, y, options_.distance_type)) +
        kPlaces * similarities(distances(grid, grid, FeatureDistance::kL2));
    const at::Tensor by_row = similar.view({x.size(0), height, width, -1});
    return -(std::get<0>(by_row.max(2)).mean(1) + kSmall).log().mean();
  }

  recipe::ContextualOptions options_;
  std::optional<FeatureStack> vgg_;
  std::vector<double> layer_weights_;  ///< in the order of the network
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const ContextualOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<ContextualLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const ContextualOptions& options) {
  return options.use_vgg ? loss_with_vgg19(options, "contextualloss")
                         : make_loss(options, FeatureStack::Weights());
}

}  // namespace sr
