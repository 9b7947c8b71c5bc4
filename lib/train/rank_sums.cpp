#include "train/rank_sums.h"

#include <utility>

#include <torch/torch.h>

namespace sr {

RankSums::RankSums(Ranks& ranks, const Networks& networks, const TrainStep& step)
    : ranks_(ranks), step_(step) {
  if (ranks.alone()) {
    return;
  }
  std::vector<at::Tensor> last = gradients_of(*networks.generator);
  if (networks.discriminator) {
    kinds_.push_back(kind_of(std::move(last)));
    last = gradients_of(*networks.discriminator);
  }
  for (const at::Tensor& sum : step.sums()) {
    last.push_back(sum);
  }
  kinds_.push_back(kind_of(std::move(last)));
  for (const Kind& kind : kinds_) {
    vectors_.push_back(kind.packed.all);
  }
}

RankSums::Kind RankSums::kind_of(std::vector<at::Tensor> live) {
  FlatVector packed = make_flat_vector(live);
  return {std::move(live), std::move(packed)};
}

std::vector<at::Tensor> RankSums::gradients_of(const Module& network) {
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : network.parameters()) {
    gradients.push_back(parameter.tensor.grad());
  }
  return gradients;
}

void RankSums::connect(SumOrder order) {
  ranks_.prepare(vectors_, order);
}

void RankSums::run() {
  const at::NoGradGuard no_grad;
  const std::size_t first = step_.trains_generator() ? 0 : 1;
  for (std::size_t i = first; i < kinds_.size(); ++i) {
    at::_foreach_copy_(kinds_[i].packed.parts, kinds_[i].live);
  }
  ranks_.sum(first);
  for (std::size_t i = first; i < kinds_.size(); ++i) {
    at::_foreach_copy_(kinds_[i].live, kinds_[i].packed.parts);
  }
}

}  // namespace sr
