#include "loss/loss.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/error.h"
#include "loss/color_loss.h"
#include "loss/consistency_loss.h"
#include "loss/focal_frequency_loss.h"
#include "loss/gradient_loss.h"
#include "loss/hsluv_loss.h"
#include "loss/ldl_loss.h"
#include "loss/mssim_loss.h"
#include "loss/perceptual_loss.h"
#include "loss/pixel_loss.h"

namespace sr {

const std::vector<LossEntry>& losses() {
  static const std::vector<LossEntry> kLosses = {
      {"l1loss", "mean absolute error", &make_l1_loss},
      {"mseloss", "mean squared error", &make_mse_loss},
      {"charbonnierloss", "mean of sqrt(error^2 + eps)", &make_charbonnier_loss},
      {"mssimloss", "1 - MS-SSIM", &make_mssim_loss},
      {"perceptualloss", "features of VGG19", &make_perceptual_loss},
      {"ldlloss", "artefacts that the averaged network does not have", &make_ldl_loss},
      {"ffloss", "focal frequency loss", &make_focal_frequency_loss},
      {"colorloss", "averaged Cb and Cr", &make_color_loss},
      {"averageloss", "averaged RGB", &make_average_loss},
      {"lumaloss", "CIE L*", &make_luma_loss},
      {"hsluvloss", "hue, saturation and lightness", &make_hsluv_loss},
      {"cosimloss", "angle between RGB vectors", &make_cosine_similarity_loss},
      {"consistencyloss", "blurred L* and Oklab's chroma", &make_consistency_loss},
      {"weightedtvloss", "total variation of the output", &make_total_variation_loss},
      {"gradientvarianceloss", "variance of Sobel gradients", &make_gradient_variance_loss},
      {"sobeledgeloss", "Sobel gradients", &make_sobel_edge_loss},
  };
  return kLosses;
}

namespace {

constexpr std::string_view kGanLoss = "ganloss";

std::unique_ptr<Loss> make_loss(const LossConfig& config) {
  std::string known;
  for (const LossEntry& entry : losses()) {
    if (entry.type == config.type) {
      return entry.make(config);
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw ConfigError("losses: type: '" + config.type + "' is not a known loss; known are " + known);
}

}  // namespace

std::vector<WeightedLoss> make_losses(const std::vector<LossConfig>& configs) {
  std::vector<WeightedLoss> result;
  std::map<std::string, int> seen;
  for (const LossConfig& config : configs) {
    if (config.type == kGanLoss) {
      continue;
    }
    WeightedLoss entry;
    entry.name.append("l_g_").append(config.type);
    if (const int count = ++seen[config.type]; count > 1) {
      entry.name.append("_").append(std::to_string(count));
    }
    entry.weight = config.loss_weight;
    entry.gt_usm = config.gt_usm;
    entry.loss = make_loss(config);
    result.push_back(std::move(entry));
  }
  return result;
}

bool need_sharpened_gt(const std::vector<LossConfig>& configs) {
  return std::ranges::any_of(configs, &LossConfig::gt_usm);
}

std::optional<LossConfig> find_gan_loss(const std::vector<LossConfig>& configs) {
  std::optional<LossConfig> found;
  for (const LossConfig& config : configs) {
    if (config.type != kGanLoss) {
      continue;
    }
    if (found) {
      throw ConfigError("losses: ganloss is given twice; there is one discriminator");
    }
    found = config;
  }
  return found;
}

}  // namespace sr
