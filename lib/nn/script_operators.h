#pragma once

#include <string_view>

namespace torch::jit {
struct Graph;
class Module;
}  // namespace torch::jit

namespace sr {

/// Whether a network's graph may hold this kind of node ("aten::conv2d", "prim::If"): those that
/// compute with tensors, numbers and lists and nothing else. It is a list of what is allowed:
/// files, printing, processes, distributed work, C++ classes, reading uninitialised memory, random
/// numbers and whatever LibTorch may add are not on it.
bool is_script_operator(std::string_view kind);

/// Walks the graphs of all methods of `module` and of what is below it, with their blocks and the
/// functions that they call. Nothing is run. Throws CheckpointError with the reason alone for an
/// operator that is not allowed and for a program that would be larger than a million nodes once
/// calls are put in place.
void check_script_operators(const torch::jit::Module& module);

/// Of the module's forward with its calls put in place, which alone shows the arguments that a
/// function was called with. Throws CheckpointError with the reason alone for
/// - what drops values at random with a probability other than 0: the interpreter draws from
///   LibTorch's own stream of random numbers, which a step that is tried again or resumed could not
///   repeat;
/// - an embedding that writes to its table, or whose gradient is sparse or depends on which samples
///   are computed together.
void check_script_arguments(const torch::jit::Graph& inlined, const torch::jit::Module& module);

}  // namespace sr
