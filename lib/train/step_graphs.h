#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "device/device_graph.h"
#include "device/memory.h"
#include "train/batch_upload.h"

namespace sr {

/// All that a recorded attempt depends on beside the tensors that stay.
struct StepShape {
  int lq_side = 0;
  int samples = 0;
  int parts = 1;
  int micro_batch = 0;
  bool float_pixels = false;
  bool generator_turn = true;
  bool taught = false;     ///< a teacher makes images
  bool penalised = false;  ///< the discriminator has a gradient penalty
  bool recompute = false;
  friend bool operator==(const StepShape&, const StepShape&) = default;
};

/// The work of one step in the pieces that a recording is made of. All of them may run out of
/// memory.
class StepWork {
 public:
  virtual ~StepWork() = default;
  /// Comes first: the batch is on its way to the device.
  virtual void begin() = 0;
  /// The attempt, queued bit by bit.
  virtual void attempt() = 0;
  /// Room for the pixels of all samples, and the pixels brought there.
  virtual BatchImages room() = 0;
  virtual void fill(BatchImages& images) = 0;
  /// The attempt on pixels that lie in such a room. Recorded.
  virtual void attempt_on(const BatchImages& images) = 0;
  /// What commits the attempt. Recorded.
  virtual void update() = 0;
  /// A recording broke off somewhere in attempt_on() or update().
  virtual void recording_failed() = 0;
};

/// The recordings of a step (cuda_graph) and the rules for them: they are made when the sizes have
/// settled and some steps of the same shape have been taken without them, and dropped before a step
/// of another shape. A shape that cannot be recorded goes on without.
class StepGraphs {
 public:
  /// As record_graph() on the step's device.
  using Recorder =
      std::function<RecordedGraph(std::int64_t bytes, const std::function<void()>& work)>;
  /// record_graph() on `device`; none where it cannot or nobody wants it.
  static Recorder recorder_on(c10::Device device, bool wanted);
  /// Without a recorder no step is recorded.
  StepGraphs(DeviceMemory& memory, Recorder recorder);

  /// Takes the attempt of a step: launches its recording, which is made first when it is time, or
  /// runs it bit by bit. `settled`: the sizes are to stay for now. Returns the memory at its end;
  /// the peak of a launched one is that which it had when it was recorded.
  MemoryReading run(const StepShape& shape, bool settled, StepWork& work);
  /// Commits the attempt that run() has taken: launches its recording or calls update().
  void commit(const std::function<void()>& update);

  /// Gives recordings and their memory back; they may be made again.
  void drop();
  /// The next step of the same shape is launched.
  bool recorded() const { return attempt_ != nullptr; }
  /// Why the last recording failed, once in a run.
  std::optional<std::string> take_problem();

 private:
  void expect(const StepShape& shape);
  bool due(bool settled) const;
  void record(StepWork& work);

  DeviceMemory& memory_;
  Recorder recorder_;
  bool told_ = false;
  std::optional<StepShape> shape_, refused_;
  std::int64_t steps_ = 0;  ///< committed in this shape
  std::unique_ptr<DeviceGraph> attempt_, commit_;
  BatchImages inputs_;           ///< what the recorded attempt reads
  std::int64_t bytes_ = 0;       ///< peak above what stays, of the last step of this shape that
                                 ///< was not recorded
  std::int64_t peak_bytes_ = 0;  ///< the same of the recorded attempt
  std::optional<std::string> problem_;
};

}  // namespace sr
