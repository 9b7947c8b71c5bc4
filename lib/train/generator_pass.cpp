#include "train/generator_pass.h"

#include <torch/torch.h>

#include "nn/autocast.h"
#include "nn/recompute.h"

namespace sr {
namespace {

/// Null for a network without noise.
const NoisyNetwork* noisy(const Network& network) {
  const auto* found = dynamic_cast<const NoisyNetwork*>(&network);
  return found != nullptr && found->adds_noise() ? found : nullptr;
}

}  // namespace

GeneratorPass::GeneratorPass(const Config& config, const Networks& networks,
                             std::optional<at::ScalarType> autocast, at::Device device)
    : networks_(networks),
      autocast_(autocast),
      device_(device),
      kept_branches_(networks.generator->drop_rates(), config.manual_seed, device),
      noisy_(noisy(*networks.generator)),
      noise_keys_(noisy_ != nullptr, config.manual_seed, device) {}

void GeneratorPass::draw(std::int64_t step, std::int64_t samples, std::int64_t begin) {
  kept_branches_.draw(step, samples, begin);
  noise_keys_.draw(step, samples, begin);
}

at::Tensor GeneratorPass::output(const at::Tensor& lq, std::int64_t first) const {
  const std::int64_t count = lq.size(0);
  const at::Tensor kept = kept_branches_.of(first, count);
  const AutocastGuard autocast(device_.type(), autocast_);
  const RecomputeGuard recompute(recompute_);
  const at::Tensor output = noisy_ != nullptr
                                ? noisy_->noisy_forward(lq, kept, noise_keys_.of(first, count))
                                : networks_.generator->training_forward(lq, kept);
  return output.to(at::kFloat);
}

at::Tensor GeneratorPass::averaged_output(const at::Tensor& lq) const {
  const at::NoGradGuard no_grad;
  const AutocastGuard autocast(device_.type(), autocast_);
  return networks_.averaged->forward(lq).to(at::kFloat);
}

}  // namespace sr
