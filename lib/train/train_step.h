#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "device/autograd.h"
#include "device/memory.h"
#include "train/adversary.h"
#include "train/batch_mixer.h"
#include "train/batch_upload.h"
#include "train/generator_losses.h"
#include "train/generator_pass.h"
#include "train/loss_log.h"
#include "train/networks.h"
#include "train/step.h"
#include "train/step_graphs.h"
#include "train/teacher.h"
#include "train/trained_network.h"

namespace sr {

/// A step of the generator and, in GAN training, of the discriminator. attempt() changes nothing
/// but gradients and buffers, which are restored when it fails.
class TrainStep final : public Step {
 public:
  /// The networks stay the caller's; `averaged` gets the tensors of the averages.
  TrainStep(const Config& config, Networks& networks, DeviceMemory& memory, at::Device device);

  Attempt attempt(const Batch& batch, const StepPlan& plan) override;
  void commit(Completed step, LearningRates lr) override;
  void undo(Completed step) override;

  /// Each sample weighs as one of a step that so many processes share; this is number `process`.
  void share_with(int processes, int process) {
    processes_ = processes;
    process_ = process;
  }
  /// Sums over the samples of a step beside its gradients, float32: what several processes add up
  /// between attempt() and commit(). The tensors stay the same.
  std::vector<at::Tensor> sums() const;
  /// The last attempt has changed the generator's gradients.
  bool trains_generator() const { return generator_turn_; }

  bool recorded() const { return graphs_.recorded(); }
  std::optional<std::string> take_graph_problem() override { return graphs_.take_problem(); }
  /// The network whose scores count. A recorded step holds the device's memory for its activations,
  /// so it is given up first: who validates has the room. It is recorded again afterwards.
  const Network& lend_for_validation();

  NamedValues take_mean_losses() override;
  /// The generator's whole loss of each step committed since the last call, NaN where there was
  /// none; kept for automations that are on (losses_to_keep). Synchronizes.
  std::vector<float> take_losses() { return loss_log_.take(); }
  std::vector<std::pair<std::string, AdaptiveClipping::Window>> take_clipping() override;
  std::int64_t take_skipped() override;
  std::int64_t skipped_in_a_row() const override;

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
  class Pass;

  StepShape shape_of(const Batch& batch, const StepPlan& plan) const;
  /// Nothing of a failed pass is alive when it returns.
  Attempt run_pass(Pass& pass, const StepPlan& plan);
  Attempt judge(const Pass& pass, MemoryReading memory, std::uint64_t refusals_before) const;
  void begin();
  /// Calls train(first, count, share) for each piece of `samples`: `share` of the step's samples.
  template <typename Train>
  void for_each_piece(std::int64_t samples, StepCut cut, Train train) const;
  /// Trains on the step's samples from `first` on, which are `share` of it.
  void train_on(const BatchImages& images, std::int64_t first, double share);
  Lesson lesson_of(const BatchImages& images) const;
  void update();
  void abort();

  Networks& networks_;
  DeviceMemory& memory_;
  at::Device device_;
  bool strict_;  ///< a refusal that LibTorch worked around also aborts the attempt: it may have
                 ///< changed bits
  std::int64_t generator_every_, generator_from_, switch_every_;
  TrainedNetwork generator_;
  std::unique_ptr<Adversary> adversary_;  ///< null without GAN training
  std::unique_ptr<Teacher> teacher_;      ///< null without network_g_teacher
  GeneratorPass generator_pass_;
  GeneratorLosses losses_;
  AutogradDrain drain_;
  BatchUpload upload_;
  StepGraphs graphs_;
  LossLog loss_log_;
  std::int64_t processes_ = 1, process_ = 0;  ///< that share a step; this one
  std::int64_t step_ = 0;                     ///< of the last attempt
  bool generator_turn_ = true;                ///< the last attempt trained the generator
  bool begun_ = false;  ///< the last attempt got as far as changing gradients and buffers
  at::Tensor total_now_, found_inf_;             // float32 0-dim
  at::Tensor one_, skipped_, skipped_in_a_row_;  // float32 0-dim
  BatchMixer mixer_;
};

}  // namespace sr
