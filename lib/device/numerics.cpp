#include "device/numerics.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>

#include "core/host.h"
#include "device/weight_gradients.h"

namespace sr {
namespace {

constexpr auto kCpu = at::Float32Backend::MKLDNN;

void round_factors(bool on) {
  const auto inside = on ? at::Float32Precision::BF16 : at::Float32Precision::NONE;
  for (const at::Float32Op operation : {at::Float32Op::CONV, at::Float32Op::MATMUL}) {
    at::globalContext().setFloat32Precision(kCpu, operation, inside);
  }
}

}  // namespace

Numerics::Numerics(const Choice& choice) {
  use_usable_cpus();
  split_weight_gradients();
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(true);  // PyTorch's default, and so that of the Python trainers
  context.setAllowTF32CuBLAS(choice.fast_matmul);
  round_factors(choice.fast_matmul);
  context.setBenchmarkCuDNN(!choice.deterministic);
  context.setDeterministicCuDNN(choice.deterministic);
  // Where LibTorch has no deterministic algorithm it says so and goes on.
  context.setDeterministicAlgorithms(choice.deterministic, /*warn_only=*/true);
  // A search for reads of fresh memory, which costs a pass over all of it.
  context.setDeterministicFillUninitializedMemory(false);
  if (choice.deterministic) {
    constexpr int kKeepOthers = 0;
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", kKeepOthers);  // read by the first cuBLAS call
  }
}

bool Numerics::benchmark() const {
  return at::globalContext().benchmarkCuDNN();
}

void Numerics::set_benchmark(bool on) {
  at::globalContext().setBenchmarkCuDNN(on);
}

void use_usable_cpus() {
  at::set_num_threads(std::min(at::get_num_threads(), usable_cpus()));
}

FirstChoiceOfAlgorithm::FirstChoiceOfAlgorithm() : before_(at::globalContext().benchmarkCuDNN()) {
  at::globalContext().setBenchmarkCuDNN(false);
}

FirstChoiceOfAlgorithm::~FirstChoiceOfAlgorithm() {
  at::globalContext().setBenchmarkCuDNN(before_);
}

WholeFactors::WholeFactors()
    : before_(at::globalContext().float32Precision(kCpu, at::Float32Op::CONV) ==
              at::Float32Precision::BF16) {
  round_factors(false);
}

WholeFactors::~WholeFactors() {
  round_factors(before_);
}

}  // namespace sr
