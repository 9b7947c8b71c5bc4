#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include "config/config.h"
#include "data/loader.h"
#include "device/autograd.h"
#include "device/memory.h"
#include "device/out_of_memory.h"
#include "loss/loss.h"
#include "nn/network.h"
#include "optim/adam.h"
#include "optim/ema.h"
#include "optim/gradient.h"
#include "optim/loss_scaler.h"

namespace sr {

/// What attempt() came to. Either the gradients of the whole step are in place, or nothing
/// happened.
struct Attempt {
  std::optional<OutOfMemory> out_of_memory;
  bool worked_around =
      false;  ///< with out_of_memory: LibTorch took another path and the gradients are good
  std::string where = "train";  ///< "upload" or "train"
  MemoryReading
      memory;  ///< at the end of the attempt or, after a failure, at the moment of the throw
  std::int64_t allocated_between_steps = 0;  ///< bytes, once everything of the attempt is gone

  /// False: rolled back, ready to try again.
  bool can_commit() const { return !out_of_memory || worked_around; }
};

/// How one batch is cut: accum_iter parts of batch_size samples, each in micro-batches (0 = not cut
/// further).
struct StepCut {
  int parts = 1;
  int micro_batch = 0;
};

/// One optimizer step as a transaction. attempt() may run out of memory anywhere and changes
/// nothing but gradients and buffers (restored when it fails); commit() allocates nothing and
/// cannot fail.
class TrainStep {
 public:
  TrainStep(const Config& config, Network& generator, DeviceMemory& memory, at::Device device);

  /// Uploads, forward, losses, backward for all samples of `batch` (its size counts all parts).
  Attempt attempt(const Batch& batch, StepCut cut);
  /// Returns when the pixels of the last attempt's batch have been read, so that their memory may
  /// be written again. On the CPU they always have.
  void wait_for_upload();
  /// Unscales, checks, clips, updates weights and EMA. A step that is not finite updates nothing
  /// and counts as skipped.
  void commit(double lr);

  /// Mean of each loss over the steps committed since the last call. Synchronizes.
  std::vector<std::pair<std::string, double>> take_mean_losses();
  /// Steps that were not finite since the last call; and how many the last ones were in a row. Both
  /// synchronize.
  std::int64_t take_skipped();
  std::int64_t skipped_in_a_row() const;

  /// Optimizer moments, EMA counter, loss scaler: tensors that are copied into and out of
  /// checkpoints.
  std::vector<NamedState> state() const;
  /// Call after writing into the tensors of state().
  void state_loaded();
  /// EMA of the generator's parameters in their order; empty when EMA is off.
  const std::vector<at::Tensor>& averages() const;
  bool loss_is_mean_over_samples() const;

 private:
  void forward_backward(const Batch& batch, StepCut cut, std::string& where);
  void snapshot_buffers();
  void abort();

  Network& generator_;
  DeviceMemory& memory_;
  at::Device device_;
  std::optional<at::ScalarType> autocast_;
  bool channels_last_;
  bool strict_;  ///< a refusal that LibTorch worked around also aborts the attempt: it may have
                 ///< changed bits
  std::vector<WeightedLoss> losses_;
  Adam optimizer_;
  GradientGuard guard_;
  std::unique_ptr<Ema> ema_;
  LossScaler scaler_;
  AutogradDrain drain_;
  std::optional<c10::Event> uploaded_;  ///< CUDA: after the copies of the last attempt
  std::vector<at::Tensor> buffer_snapshot_;
  at::Tensor loss_now_, loss_sums_, total_now_;  // [losses], [losses], 0-dim
  std::vector<at::Tensor> loss_now_views_;
  at::Tensor one_, steps_since_, skipped_, skipped_in_a_row_;  // float32 0-dim
};

/// The memory format rule of use_channels_last: auto = always on the CPU, and with mixed precision
/// on CUDA.
bool wants_channels_last(const Config& config, at::Device device);
/// Autocast type: none, bfloat16, or (CUDA without amp_bf16) float16.
std::optional<at::ScalarType> autocast_type(const Config& config, at::Device device);

/// The pixels as a tensor [N, H, W, C] that shares their memory.
at::Tensor as_tensor(const HostPixels& pixels);

/// Host pixels to a float batch [N, C, H, W] in [0, 1] on the device.
at::Tensor upload(const at::Tensor& host_nhwc, at::Device device, bool channels_last);

}  // namespace sr
