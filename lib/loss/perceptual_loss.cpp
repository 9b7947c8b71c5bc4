#include "loss/file_losses.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "loss/classifier.h"
#include "loss/distributions.h"
#include "loss/penalty.h"
#include "loss/vgg19.h"
#include "recipe/perceptual_loss.h"

namespace sr {
namespace {

/// [N, C, H, W] to the products of its channels, [N, C, C], divided by C H W.
at::Tensor gram(const at::Tensor& features) {
  const at::Tensor flat = features.flatten(2);
  return at::bmm(flat, flat.transpose(1, 2)) / static_cast<double>(flat.size(1) * flat.size(2));
}

Criterion value_criterion(recipe::FeatureCriterion criterion) {
  using enum recipe::FeatureCriterion;
  switch (criterion) {
    case kL2:
      return Criterion::kL2;
    case kCharbonnier:
      return Criterion::kCharbonnier;
    case kFrobenius:
      return Criterion::kFrobenius;
    default:  // what pd and fd leave is compared by l1
      return Criterion::kL1;
  }
}

bool in_spectra(recipe::FeatureCriterion criterion) {
  return criterion == recipe::FeatureCriterion::kFd || criterion == recipe::FeatureCriterion::kFdL1;
}

class PerceptualLoss final : public Loss {
 public:
  PerceptualLoss(const recipe::PerceptualOptions& options, const FeatureStack::Weights& weights)
      : options_(options),
        criterion_(value_criterion(options.criterion)),
        alphas_(options.alphas()),
        vgg_(vgg19_design(options.layers(), options.antialiased), weights) {
    for (const std::string& name : options.layers()) {
      layer_weights_.push_back(options.layer_weights.at(name));
    }
    if (in_spectra(options.criterion)) {
      make_projections();
    }
  }

  at::Tensor operator()(const LossImages& images) const override {
    const std::vector<at::Tensor> gt = features(images.gt);
    const std::vector<at::Tensor> output = features(images.output);
    at::Tensor loss;
    const auto add = [&](const at::Tensor& term, double weight) {
      loss = loss.defined() ? loss + term * weight : term * weight;
    };
    for (std::size_t i = 0; i < layer_weights_.size(); ++i) {
      const double weight = layer_weights_[i] * options_.perceptual_weight;
      if (alphas_[i] < 1) {
        add(mean_penalty(output[i], gt[i], criterion_), weight * (1 - alphas_[i]));
      }
      if (alphas_[i] > 0) {
        add(distance(i, output[i], gt[i]), weight * alphas_[i] * options_.w_lambda);
      }
      if (options_.style_weight > 0) {
        add(mean_penalty(gram(output[i]), gram(gt[i]), criterion_),
            layer_weights_[i] * options_.style_weight);
      }
    }
    return options_.clip_min > 0 ? loss.clamp_min(options_.clip_min) : loss;
  }

  bool is_mean_over_samples() const override {
    return is_mean(criterion_) && options_.clip_min == 0;
  }

  void to(at::Device device, bool channels_last) override {
    vgg_.to(device, channels_last);
    for (std::optional<FourierDistance>& one : fourier_) {
      if (one) {
        one->to(device, channels_last);
      }
    }
  }

 private:
  void make_projections() {
    const FourierDistance::Settings settings{options_.num_proj_fd, options_.stride_fd,
                                             options_.phase_weight_fd};
    const std::vector<std::int64_t> channels = vgg_.channels();
    std::uint64_t index = 0;
    for (std::size_t i = 0; i < alphas_.size(); ++i) {
      fourier_.emplace_back();
      if (alphas_[i] > 0) {
        fourier_.back().emplace(settings, channels[i], index++);
      }
    }
  }

  /// Of distributions, of layer i.
  at::Tensor distance(std::size_t i, const at::Tensor& output, const at::Tensor& gt) const {
    return fourier_.empty() ? projected_distance(output, gt) : (*fourier_[i])(output, gt);
  }

  std::vector<at::Tensor> features(const at::Tensor& images) const {
    const at::Tensor x = options_.range_norm ? (images + 1) / 2 : images;
    return vgg_.features(options_.use_input_norm ? imagenet_normalised(x) : x,
                         options_.replicate_padding);
  }

  recipe::PerceptualOptions options_;
  Criterion criterion_;
  std::vector<double> alphas_;  ///< the share of distributions, of each layer
  FeatureStack vgg_;
  std::vector<double> layer_weights_;                    ///< in the order of the network
  std::vector<std::optional<FourierDistance>> fourier_;  ///< of each layer; empty without fd
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const PerceptualOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<PerceptualLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const PerceptualOptions& options) {
  return loss_with_vgg19(options, "perceptualloss", options.antialiased);
}

}  // namespace sr
