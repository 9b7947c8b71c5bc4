#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "nn/noisy_network.h"
#include "train/kept_branches.h"
#include "train/networks.h"
#include "train/noise_keys.h"

namespace sr {

/// The generator as a step runs it: in its precision, with the branches and the noise that were
/// drawn for the step's samples.
class GeneratorPass {
 public:
  /// The networks stay the caller's. `autocast`: the type of mixed precision, if it is on.
  GeneratorPass(const Config& config, const Networks& networks,
                std::optional<at::ScalarType> autocast, at::Device device);

  /// For the samples of a step that output() counts from 0: they are the step's from its sample
  /// `begin` on, beside those of other processes. May run out of memory.
  void draw(std::int64_t step, std::int64_t samples, std::int64_t begin);
  /// `recompute`: blocks are computed twice, beside what the network's options say.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  /// float32 [N, C, H * scale, W * scale] of lq [N, C, H, W], the samples from `first` on.
  at::Tensor output(const at::Tensor& lq, std::int64_t first) const;
  /// The same of its average, without gradient and without what is drawn.
  at::Tensor averaged_output(const at::Tensor& lq) const;

 private:
  const Networks& networks_;
  std::optional<at::ScalarType> autocast_;
  at::Device device_;
  KeptBranches kept_branches_;
  const NoisyNetwork* noisy_;  ///< the generator, when training adds noise inside it
  NoiseKeys noise_keys_;
  bool recompute_ = false;
};

}  // namespace sr
