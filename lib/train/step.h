#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "data/loader.h"
#include "device/autograd.h"
#include "device/memory.h"
#include "device/out_of_memory.h"
#include "loss/loss.h"
#include "train/adversary.h"
#include "train/batch_upload.h"
#include "train/kept_branches.h"
#include "train/loss_log.h"
#include "train/mean_values.h"
#include "train/networks.h"
#include "train/step_graphs.h"
#include "train/trained_network.h"

namespace sr {

/// What attempt() came to. Either the gradients of the whole step are in place, or nothing
/// happened.
struct Attempt {
  std::optional<OutOfMemory> out_of_memory;
  bool worked_around =
      false;  ///< with out_of_memory: LibTorch took another path and the gradients are good
  /// What LibTorch refused to compute although there was memory, with where it says that. A broken
  /// device is thrown instead.
  std::optional<std::string> library_error;
  std::string where = "train";  ///< "upload" or "train"
  /// At the end of the attempt or, after a failure, at the moment of the throw. At the end, what
  /// stays allocated for the pixels of this size does not count as allocated: another size has
  /// other room.
  MemoryReading memory;
  std::int64_t allocated_between_steps = 0;  ///< bytes, once everything of the attempt is gone

  /// False: rolled back, ready to try again.
  bool can_commit() const { return !library_error && (!out_of_memory || worked_around); }
};

/// How one batch is cut: accum_iter parts of batch_size samples, each in micro-batches (0 = not cut
/// further).
struct StepCut {
  int parts = 1;
  int micro_batch = 0;
};

/// Learning rates of one step.
struct LearningRates {
  double generator = 0;
  double discriminator = 0;
};

/// One optimizer step as a transaction, of the generator and, in GAN training, of the
/// discriminator. attempt() may run out of memory anywhere and changes nothing but gradients and
/// buffers (restored when it fails); commit() allocates nothing and cannot fail.
class TrainStep {
 public:
  /// The networks stay the caller's; `averaged` gets the tensors of the averages.
  TrainStep(const Config& config, Networks& networks, DeviceMemory& memory, at::Device device);

  /// Uploads, forward, losses, backward for all samples of `batch` (its size counts all parts).
  /// `step` counts from 0: net_d_iters and net_d_init_iters leave the generator out of some.
  Attempt attempt(const Batch& batch, StepCut cut, std::int64_t step = 0);
  /// Returns when the pixels of the last attempt's batch have been read, so that their memory may
  /// be written again. On the CPU they always have.
  void wait_for_upload() { upload_.wait_for_host(); }
  /// Whether the sizes are to stay for now: only then a step is recorded (cuda_graph).
  void set_sizes_settled(bool settled) { graphs_.set_settled(settled); }
  bool recorded() const { return graphs_.ready(); }
  /// Gives the memory of a recorded step back, for other work on the device; it is recorded again.
  void drop_graphs() { graphs_.drop(); }
  /// Why steps go on without a recording although one was wanted, once.
  std::optional<std::string> take_graph_problem() { return graphs_.take_problem(); }
  /// Unscales, checks, clips, updates weights and averages. A step that is not finite updates
  /// nothing and counts as skipped.
  void commit(LearningRates lr);

  /// Mean of each loss over the steps committed since the last call, in which it was computed.
  /// Synchronizes.
  std::vector<std::pair<std::string, double>> take_mean_losses();
  /// The generator's whole loss of each step committed since the last call, NaN where there was
  /// none; kept for automations that are on (losses_to_keep). Synchronizes.
  std::vector<float> take_losses() { return loss_log_.take(); }
  /// What adaptive gradient clipping did since the last call, "g" and "d"; none when it is off.
  /// Synchronizes.
  std::vector<std::pair<std::string, AdaptiveClipping::Window>> take_clipping();
  /// Steps that were not finite since the last call; and how many the last ones were in a row. Both
  /// synchronize.
  std::int64_t take_skipped();
  std::int64_t skipped_in_a_row() const;

  /// Optimizer moments, counters of averages, loss scales: tensors that are copied into and out of
  /// checkpoints.
  std::vector<NamedState> state() const;
  /// Call after writing into the tensors of state().
  void state_loaded();
  /// Averages of the generator's parameters in their order; empty when EMA is off.
  const std::vector<at::Tensor>& averages() const { return generator_.averages(); }
  /// Those of the discriminator.
  const std::vector<at::Tensor>& discriminator_averages() const;
  bool loss_is_mean_over_samples() const;

 private:
  StepShape shape_of(const Batch& batch, StepCut cut) const;
  /// Sets out_of_memory or library_error when the pass does not come to its end.
  void run_pass(const Batch& batch, StepCut cut, std::uint64_t refusals_before, Attempt& result);
  void read_memory_of_pass(std::uint64_t refusals_before, Attempt& result);
  void forward_backward(const Batch& batch, StepCut cut, std::string& where);
  void begin();
  /// Calls train(first, count, share) for each piece of `samples`: `share` of the step's samples.
  template <typename Train>
  static void for_each_piece(std::int64_t samples, StepCut cut, Train train);
  void record(std::int64_t samples, StepCut cut);
  /// `kept`: of these samples, as in Network::training_forward().
  void train_on(const BatchImages& images, const at::Tensor& kept, double share);
  at::Tensor averaged_output(const at::Tensor& lq) const;
  at::Tensor training_output(const at::Tensor& lq, const at::Tensor& kept) const;
  /// GT as it is and sharpened; one of them twice in a batch that has no other.
  struct GtImages {
    at::Tensor plain, sharpened;

    const at::Tensor& of(bool usm) const { return usm ? sharpened : plain; }
  };
  static GtImages split_gt(const at::Tensor& gt);
  void train_generator(const at::Tensor& output, const at::Tensor& lq, const GtImages& gt,
                       double share);
  void update();
  void abort();

  Networks& networks_;
  DeviceMemory& memory_;
  at::Device device_;
  std::optional<at::ScalarType> autocast_;
  bool strict_;  ///< a refusal that LibTorch worked around also aborts the attempt: it may have
                 ///< changed bits
  std::int64_t generator_every_, generator_from_, switch_every_;
  std::vector<WeightedLoss> losses_;
  double gan_weight_ = 0;
  bool gan_gt_usm_ = false;  ///< the discriminator is shown sharpened GT as real
  bool needs_averaged_output_ = false;
  TrainedNetwork generator_;
  std::unique_ptr<Adversary> adversary_;  ///< null without GAN training
  AutogradDrain drain_;
  BatchUpload upload_;
  KeptBranches kept_branches_;
  StepGraphs graphs_;
  MeanValues means_;  ///< of the generator's losses, in the order of losses_
  LossLog loss_log_;
  std::int64_t step_ = 0;       ///< of the last attempt
  bool generator_turn_ = true;  ///< the last attempt trained the generator
  bool begun_ = false;          ///< the last attempt got as far as changing gradients and buffers
  at::Tensor total_now_, found_inf_;             // float32 0-dim
  at::Tensor one_, skipped_, skipped_in_a_row_;  // float32 0-dim
};

/// The memory format rule of use_channels_last: auto = always on the CPU, and with mixed precision
/// on CUDA.
bool wants_channels_last(const Config& config, at::Device device);
/// Autocast type: none, bfloat16, or (CUDA without amp_bf16) float16.
std::optional<at::ScalarType> autocast_type(const Config& config, at::Device device);

}  // namespace sr
