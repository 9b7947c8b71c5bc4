#include "train/resume_difference.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace sr {
namespace {

constexpr std::string_view kDiscriminator = "net_d.";

/// "exp_avg" of "exp_avg.body.0.weight": what is kept of each parameter, or of all together.
std::string kind_of(std::string_view tensor) {
  return std::string(tensor.substr(0, tensor.find('.')));
}

/// The kinds of one network's tensors.
std::set<std::string> kinds(const std::set<std::string>& tensors, bool discriminator) {
  std::set<std::string> found;
  for (const std::string_view name : tensors) {
    if (name.starts_with(kDiscriminator) == discriminator) {
      found.insert(kind_of(discriminator ? name.substr(kDiscriminator.size()) : name));
    }
  }
  return found;
}

/// A setting that decides whether a kind of tensor is there.
struct Switch {
  const char* kind;
  const char* with;
  const char* setting;
};
constexpr std::array kSwitches{
    Switch{"ema", "an average of the weights",
           "train.ema_decay (ema_decay_d of the discriminator)"},
    Switch{"loss_scaler", "the loss scaling of use_amp", "use_amp and amp_bf16"},
};

std::set<std::string> of_optimizer(std::set<std::string> kinds) {
  for (const Switch& one : kSwitches) {
    kinds.erase(one.kind);
  }
  return kinds;
}

/// What differs in one network. The optimizer first: one that keeps its own average switches EMA
/// off.
std::string difference(const std::set<std::string>& saved, const std::set<std::string>& wanted,
                       const std::string& setting, const std::string& optimizer_before,
                       const std::string& optimizer_now) {
  if (of_optimizer(saved) != of_optimizer(wanted)) {
    return fmt::format(
        "the state was saved with {}, the configuration has {} {}",
        optimizer_before.empty() ? "another optimizer" : "the optimizer " + optimizer_before,
        setting, optimizer_now);
  }
  for (const Switch& one : kSwitches) {
    if (saved.contains(one.kind) != wanted.contains(one.kind)) {
      const bool was_on = saved.contains(one.kind);
      return fmt::format("the state was saved {} {}, which the configuration switches {} ({})",
                         was_on ? "with" : "without", one.with, was_on ? "off" : "on", one.setting);
    }
  }
  return {};
}

}  // namespace

std::string resume_difference(const TrainedWith& saved, const TrainedWith& wanted) {
  std::string text = difference(kinds(saved.tensors, false), kinds(wanted.tensors, false),
                                "train.optim_g", saved.optimizer, wanted.optimizer);
  const std::set<std::string> before = kinds(saved.tensors, true);
  const std::set<std::string> now = kinds(wanted.tensors, true);
  if (text.empty() && before.empty() != now.empty()) {
    text =
        fmt::format("the state was saved {} a discriminator, the configuration has {}",
                    before.empty() ? "without" : "with", now.empty() ? "none" : "one (network_d)");
  } else if (text.empty()) {
    text = difference(before, now, "train.optim_d", saved.optimizer_d, wanted.optimizer_d);
  }
  if (!text.empty()) {
    text +=
        ". To go on, set it as it was; to train on with the new setting, start a new run from the "
        "state's weights with path.pretrain_network_g";
  }
  return text;
}

}  // namespace sr
