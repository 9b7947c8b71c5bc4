#include "resolve/peer_defaults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <vector>

#include "recipe/schedules.h"

namespace sr::settings {
namespace {

/// Collects "train.ema_decay 0.999 (there 0)".
class Differences {
 public:
  explicit Differences(const Node& root) : root_(root) {}

  template <typename Value>
  void compare(std::string_view key, const Value& here, const Value& there,
               std::string_view remark = "") {
    if (here != there && !is_given(root_, key)) {
      lines_.push_back(fmt::format("{} is {} ({} there{}{})", key, here, there,
                                   remark.empty() ? "" : ", ", remark));
    }
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const Node& root_;
  std::vector<std::string> lines_;
};

/// Null for an optimizer that is not one of torch.optim's Adams.
const recipe::Betas* betas_of(const AnyOptions& options) {
  if (const auto* adamw = options.get_if<recipe::AdamWOptions>()) {
    return &adamw->betas;
  }
  if (const auto* adam = options.get_if<recipe::AdamOptions>()) {
    return &adam->betas;
  }
  const auto* nadam = options.get_if<recipe::NAdamOptions>();
  return nadam != nullptr ? &nadam->betas : nullptr;
}

/// torch.optim's defaults, which both trainers leave to it.
void compare_optimizer(const std::string& section, const OptimizerConfig& here,
                       Differences& differences) {
  const recipe::Betas* betas = betas_of(here.options);
  if (betas == nullptr) {
    return;
  }
  constexpr recipe::Betas kTorchBetas{0.9, 0.999};
  const double rate = here.type == "NAdam" ? 2e-3 : 1e-3;
  const double decay = here.type == "AdamW" ? 0.01 : 0;
  differences.compare(section + ".lr", here.lr, rate);
  differences.compare(section + ".betas", *betas, kTorchBetas);
  differences.compare(section + ".weight_decay", here.weight_decay, decay);
}

void compare_average(const Node& root, const TrainConfig& here, Writer writer,
                     Differences& differences) {
  const bool basic = writer == Writer::kBasicSr;
  differences.compare("train.ema_decay", here.ema_decay, 0.0, "no average");
  const bool average = here.ema_decay > 0 && is_given(root, "train.ema_decay");
  if (average) {
    differences.compare(
        "train.ema_power", here.ema_power, 10.0,
        basic ? "as good as: it has no warm-up of the average" : "no warm-up of the average");
  }
}

}  // namespace

Writer writer_of(const Node& root) {
  if (is_given(root, "model_type")) {
    return Writer::kBasicSr;
  }
  const Node* degraded = root.find("high_order_degradation");
  const bool on = degraded != nullptr && degraded->boolean() == true;
  return on || is_given(root, "num_gpu") ? Writer::kRedux : Writer::kOwn;
}

DegradationConfig redux_degradation() {
  const std::vector<ResizeMode> modes{ResizeMode::kBilinear, ResizeMode::kBicubic,
                                      ResizeMode::kNearest, ResizeMode::kLanczos};
  const std::vector<double> equal{0.25, 0.25, 0.25, 0.25};
  DegradationConfig config;
  config.resize_antialias = true;
  for (DegradationStage* stage : {&config.first, &config.second}) {
    stage->blur_prob = 0;
    stage->kernel_range = {5, 17};
    stage->sinc_prob = 0;
    stage->resize_mode_list = modes;
    stage->resize_mode_prob = equal;
    stage->gaussian_noise_prob = 0;
    stage->noise_range = {0, 0};
    stage->poisson_scale_range = {0, 0};
    stage->gray_noise_prob = 0;
    stage->jpeg_range = {75, 95};
  }
  config.first.blur_sigma = {0.2, 2};
  config.first.resize_range = {0.4, 1.5};
  config.second.blur_sigma = {0.2, 1};
  config.second.resize_range = {0.6, 1.2};
  config.final_sinc_prob = 0;
  config.final_kernel_range = {5, 17};
  config.resize_mode_list3 = modes;
  config.resize_mode_prob3 = equal;
  return config;
}

void tell_peer_defaults(const Node& root, const Config& config, Findings& findings) {
  const Writer writer = writer_of(root);
  if (writer == Writer::kOwn) {
    return;
  }
  Differences differences(root);
  compare_average(root, config.train, writer, differences);
  compare_optimizer("train.optim_g", config.train.optim_g, differences);
  if (config.train.optim_d && is_given(root, "train.optim_d")) {
    compare_optimizer("train.optim_d", *config.train.optim_d, differences);
  }
  if (const auto* steps = config.train.scheduler.options.get_if<recipe::MultiStepOptions>()) {
    differences.compare("train.scheduler.gamma", steps->gamma, 0.1);
  }
  if (config.train.scheduler.options.get_if<recipe::OneCycleOptions>() != nullptr ||
      config.train.scheduler.options.get_if<recipe::CyclicOptions>() != nullptr) {
    differences.compare("train.scheduler.cycle_momentum", false, true,
                        "where the momentum moves with the learning rate");
  }
  if (writer == Writer::kRedux) {
    differences.compare("val.tile_overlap", config.val.tile_overlap, 0);
  }
  if (!differences.lines().empty()) {
    findings.notice(
        fmt::format("left out in this file of {}, and not what that trainer takes: {}",
                    writer == Writer::kRedux ? "traiNNer-redux" : "BasicSR or Real-ESRGAN",
                    fmt::join(differences.lines(), "; ")));
  }
}

}  // namespace sr::settings
