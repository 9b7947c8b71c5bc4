#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include "checkpoint/script_archive.h"
#include "nn/kept_values.h"
#include "nn/module.h"

namespace sr {

/// How LibTorch's interpreter begins to say what went wrong in a program.
inline constexpr std::string_view kScriptFailure =
    "The following operation failed in the TorchScript interpreter.";

/// Iterations of all loops of one run together.
inline constexpr std::int64_t kMostLoopIterations = 1'000'000;

/// The forward of a TorchScript file, checked (script_operators.h) and run plainly: calls put in
/// place, one operator after the other, nothing profiled, specialised or fused. So each run of the
/// same input computes the same bits in the same memory.
class ScriptProgram {
 public:
  /// Throws CheckpointError "<file>: <reason>": what read_script_archive() and
  /// check_script_operators() refuse, what LibTorch cannot compile, a forward that is not a
  /// function of one tensor, parameters that share memory.
  explicit ScriptProgram(const std::filesystem::path& file);

  const ScriptFacts& facts() const { return facts_; }
  const std::string& sha256() const { return sha256_; }
  /// float32 leaves, each with its own memory, by their names in the file.
  const NamedTensors& parameters() const { return parameters_; }
  /// All that the network's own weight files have beside them, frozen parameters included.
  const NamedTensors& buffers() const { return buffers_; }

  /// One image batch, on the device where parameters and buffers are; constants of the program
  /// follow it there. `training`: the mode of modules such as BatchNorm. Throws c10::Error for all
  /// that goes wrong in it, kScriptFailure first: the type of an exception from inside is lost, and
  /// with it whether memory ran out. A program that writes to its input is given a copy, since
  /// that may be a part of a larger image; CheckpointError when it does so only after
  /// try_training().
  at::Tensor run(const at::Tensor& input, bool training);

  /// All that no run may write to, since a step could not undo it: parameters and the program's
  /// constants.
  NamedTensors fixed() const;

  /// Throws CheckpointError "<file>: <reason>" when runs have written to what is fixed(), as it was
  /// kept before them, or have made a parameter one that is not trained.
  void require_unchanged(const KeptValues& fixed) const;

  /// A training pass over images and its backward: what fails in them for another reason than
  /// memory fails here. Leaves neither gradients nor other buffers. Throws CheckpointError
  /// "<file>: <reason>", also as require_unchanged(), and where the output does not depend on the
  /// parameters or the forward gives a buffer another shape.
  void try_training(const at::Tensor& images);

 private:
  void take_tensors();
  void take_graph();
  /// Tensors and places that are constants of the program.
  void move_constants(at::Device device);
  void set_training(bool on);

  std::string file_;
  std::string sha256_;
  ScriptFacts facts_;
  torch::jit::Module module_;
  std::shared_ptr<torch::jit::Graph> graph_;
  torch::jit::Code code_;
  std::vector<c10::IValue> further_arguments_;  ///< of forward, at their defaults
  NamedTensors parameters_, buffers_;
  NamedTensors constants_;  ///< attributes that no weight file has
  std::vector<std::pair<c10::intrusive_ptr<c10::ivalue::Object>, std::size_t>> modes_;
  bool training_ = true;
  bool writes_to_input_ = false;
  bool is_tried_ = false;
  at::Device device_ = at::kCPU;
};

/// What goes wrong in a run, as one line.
std::string script_problem(const std::exception& error);

}  // namespace sr
