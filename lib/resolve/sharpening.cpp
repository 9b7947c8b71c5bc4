#include <algorithm>
#include <optional>
#include <string>

#include "dialect/vocabulary.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

constexpr double kSharpenRadius = 50;  // of Real-ESRGAN's GT

/// Real-ESRGAN's three switches; one that is left out beside others is on, as in its code.
struct Switches {
  bool any = false;
  bool l1 = true, perceptual = true, gan = true;

  /// LDL looks at GT as it is, whatever the switches say (BasicSR's RealESRGANModel).
  bool of(const LossConfig& loss) const {
    return loss.type == "perceptualloss" ? perceptual
           : loss.type == "ganloss"      ? gan
                                         : l1 && loss.type != "ldlloss";
  }
};

Switches read_switches(const Node& root, Findings& findings) {
  Switches switches;
  const auto read = [&](const char* key, bool& value) {
    if (!is_given(root, key)) {
      return;
    }
    const Node& node = *root.find(key);
    const std::optional<bool> on = node.boolean();
    if (!on) {
      findings.problem(node.line, key, "expected true or false, got " + node.shown());
    }
    switches.any = true;
    value = on.value_or(value);
  };
  read("l1_gt_usm", switches.l1);
  read("percep_gt_usm", switches.perceptual);
  read("gan_gt_usm", switches.gan);
  return switches;
}

/// The key of another setting that sharpens, if there is one.
const char* other_sharpening(const Node& root, const Config& config) {
  const auto sharpened = [](const LossConfig& loss) { return loss.gt_usm; };
  if (std::ranges::any_of(config.train.losses, sharpened)) {
    return "gt_usm of a loss";
  }
  const DegradationConfig& degradation = config.train_set.degradation;
  if (degradation.gt_usm || is_given(root, "gt_usm")) {
    return "gt_usm";
  }
  return degradation.lq_usm ? "lq_usm" : nullptr;
}

}  // namespace

void read_sharpening(const Node& root, Config& config, Findings& findings) {
  DegradationConfig& degradation = config.train_set.degradation;
  const Switches switches = read_switches(root, findings);
  if (!switches.any) {
    const auto sharpened = std::ranges::find(config.train.losses, true, &LossConfig::gt_usm);
    if (degradation.gt_usm && sharpened != config.train.losses.end()) {
      findings.problem(line_of(root, "train.losses"), "train.losses",
                       "gt_usm of " + sharpened->type +
                           ": the data set's gt_usm sharpens GT for every loss already; give one "
                           "of them");
    }
    return;
  }
  if (const char* other = other_sharpening(root, config)) {
    const char* key = is_given(root, "l1_gt_usm")       ? "l1_gt_usm"
                      : is_given(root, "percep_gt_usm") ? "percep_gt_usm"
                                                        : "gan_gt_usm";
    findings.problem(root.find(key)->line, key,
                     std::string("given as well as ") + other + "; give one of them");
    return;
  }
  std::vector<LossConfig>& losses = config.train.losses;
  const bool degraded = config.train_set.is_degraded();
  if (degraded &&
      std::ranges::all_of(losses, [&](const LossConfig& loss) { return switches.of(loss); })) {
    degradation.gt_usm = true;  // one GT for all of them
    return;
  }
  for (LossConfig& loss : losses) {
    loss.gt_usm = switches.of(loss);
  }
  if (degraded) {  // LQ is made from sharpened GT in any case
    degradation.lq_usm = true;
    degradation.lq_usm_radius_range = {kSharpenRadius, kSharpenRadius};
  }
}

}  // namespace sr::settings
