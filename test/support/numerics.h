#pragma once

// Include after the LibTorch headers.

#include <ATen/Context.h>
#include <c10/util/env.h>

#include <cmath>

namespace sr::test {

enum class Kernels { kFastest, kDeterministic };

/// For its scope float32 is float32 (no TF32), and kernels are the ones that a run takes: the
/// fastest by cuDNN's measurement, or with `deterministic: true` those whose bits repeat.
class Numerics {
 public:
  explicit Numerics(Kernels kernels)
      : benchmark_(context().benchmarkCuDNN()),
        deterministic_cudnn_(context().deterministicCuDNN()),
        deterministic_(context().deterministicAlgorithms()) {
    // cuBLAS reads it when its first handle is made.
    c10::utils::set_env("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/false);
    context().setAllowTF32CuDNN(false);
    context().setAllowTF32CuBLAS(false);
    context().setDeterministicFillUninitializedMemory(false);
    const bool repeats = kernels == Kernels::kDeterministic;
    set(!repeats, repeats, repeats);
  }
  ~Numerics() { set(benchmark_, deterministic_cudnn_, deterministic_); }
  Numerics(const Numerics&) = delete;
  Numerics& operator=(const Numerics&) = delete;

 private:
  static at::Context& context() { return at::globalContext(); }
  static void set(bool benchmark, bool deterministic_cudnn, bool deterministic) {
    context().setBenchmarkCuDNN(benchmark);
    context().setDeterministicCuDNN(deterministic_cudnn);
    context().setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
  }
  bool benchmark_, deterministic_cudnn_, deterministic_;
};

/// |value - reference| / |reference| in the Euclidean norm, wherever the tensors are; NaN when one
/// of them is not finite, which no comparison lets pass.
inline double relative_error(const at::Tensor& value, const at::Tensor& reference) {
  const at::Tensor ours = value.detach().to(at::kCPU, at::kDouble);
  const at::Tensor theirs = reference.detach().to(at::kCPU, at::kDouble);
  const double norm = theirs.norm().item<double>();
  const double error = (ours - theirs).norm().item<double>();
  return norm > 0 ? error / norm : error;
}

}  // namespace sr::test
