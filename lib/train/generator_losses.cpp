#include "train/generator_losses.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

namespace sr {
namespace {

std::vector<std::string> names_of_means(const std::vector<WeightedLoss>& losses, bool adversary,
                                        bool mixes) {
  std::vector<std::string> names;
  for (const WeightedLoss& loss : losses) {
    names.push_back(loss.name);
  }
  if (adversary) {
    names.insert(names.end(), {"l_g_ganloss", "accuracy_g"});
  }
  if (mixes) {
    names.emplace_back("eco_alpha");
  }
  return names;
}

/// A loss of negative weight is drawn by its amount towards the input.
bool towards_lq(const WeightedLoss& loss) {
  return loss.weight < 0;
}

}  // namespace

GeneratorLosses::GeneratorLosses(const Config& config, Adversary* adversary, const Teacher* teacher,
                                 at::Device device, bool channels_last)
    : losses_(make_losses(config.train.losses)),
      adversary_(adversary),
      teacher_(teacher),
      means_(names_of_means(losses_, adversary != nullptr, teacher != nullptr && teacher->mixes()),
             device) {
  for (WeightedLoss& loss : losses_) {
    loss.loss->to(device, channels_last);
    needs_averaged_output_ = needs_averaged_output_ || loss.loss->needs_averaged_output();
  }
  const std::optional<LossConfig> gan = find_gan_loss(config.train.losses);
  if (gan && adversary != nullptr) {
    gan_weight_ = gan->loss_weight;
    gan_gt_usm_ = gan->gt_usm;
  }
}

at::Tensor GeneratorLosses::total(const at::Tensor& output, const Lesson& lesson,
                                  const GeneratorPass& pass, double share) {
  LossImages images{output, {}, {}};
  at::Tensor large_lq;
  if (std::ranges::any_of(losses_, towards_lq)) {
    large_lq = enlarged_lq(lesson.lq, output);
  }
  if (needs_averaged_output_) {
    images.averaged = pass.averaged_output(lesson.lq);
  }
  // Every loss is a mean over its samples, so pieces weigh by their share of the step.
  at::Tensor total = at::zeros({}, output.options());
  std::size_t index = 0;
  for (const WeightedLoss& loss : losses_) {
    images.gt = towards_lq(loss) ? large_lq : lesson.gt.of(loss.gt_usm);
    const at::Tensor weighted = (*loss.loss)(images) * (std::abs(loss.weight) * share);
    means_.add(index++, weighted);
    total = total + weighted;
  }
  if (adversary_ != nullptr) {
    const Adversary::GeneratorTerm term = adversary_->generator_term(output, real(lesson), share);
    const at::Tensor weighted = term.loss * (gan_weight_ * share);
    means_.add(index++, weighted);
    means_.add(index++, term.accuracy * share);
    total = total + weighted;
  }
  if (teacher_ != nullptr && teacher_->mixes()) {
    means_.add(index, teacher_->weight() * share);
  }
  return total;
}

bool GeneratorLosses::is_mean_over_samples() const {
  const auto is_mean = [](const WeightedLoss& loss) { return loss.loss->is_mean_over_samples(); };
  return std::ranges::all_of(losses_, is_mean);
}

}  // namespace sr
