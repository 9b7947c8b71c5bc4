#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "dist/ranks.h"
#include "optim/flat_vector.h"
#include "train/networks.h"
#include "train/train_step.h"

namespace sr {

/// Between attempt and commit: makes gradients, losses and means of a step those of all ranks. Each
/// network's travel as one vector, the last one's with losses and means behind them, since what an
/// exchange takes hardly depends on its length there. They are copied into it and back, so that a
/// run of one process keeps its gradients where they are fastest for it.
class RankSums {
 public:
  /// Everything is the caller's. Allocates all it will need.
  RankSums(Ranks& ranks, const Networks& networks, const TrainStep& step);
  /// Connects the ranks for it. All together, before the first step.
  void connect(SumOrder order);
  /// Throws RankLostError. Allocates nothing; on CUDA it is queued.
  void run();

 private:
  struct Kind {
    std::vector<at::Tensor> live;
    FlatVector packed;
  };
  static Kind kind_of(std::vector<at::Tensor> live);
  static std::vector<at::Tensor> gradients_of(const Module& network);

  Ranks& ranks_;
  const TrainStep& step_;
  std::vector<Kind> kinds_;          ///< the generator's gradients first
  std::vector<at::Tensor> vectors_;  ///< of all kinds
};

}  // namespace sr
