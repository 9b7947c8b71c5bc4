#pragma once

namespace sr {

/// LibTorch's switches that hold for the whole process: threads, TF32, which algorithms cuDNN and
/// others may take. The classes of this file are the only ones that write them.
class Numerics {
 public:
  struct Choice {
    bool deterministic = false;  ///< algorithms whose bits repeat, where LibTorch has them
    /// TF32 in matrix products of a GPU; on a CPU oneDNN may round the factors of float32
    /// convolutions and matrix products to bfloat16, which it does where there is AMX.
    bool fast_matmul = false;
  };
  /// Call before the first work on a device.
  explicit Numerics(const Choice& choice);

  /// cuDNN tries its algorithms at each new size and takes the fastest.
  bool benchmark() const;
  void set_benchmark(bool on);
};

/// No more threads for LibTorch than there are processors to use.
void use_usable_cpus();

/// While it lives cuDNN takes its first choice of algorithm: trying them all pays for one size of
/// crop, not for images of many sizes.
class FirstChoiceOfAlgorithm {
 public:
  FirstChoiceOfAlgorithm();
  ~FirstChoiceOfAlgorithm();
  FirstChoiceOfAlgorithm(const FirstChoiceOfAlgorithm&) = delete;
  FirstChoiceOfAlgorithm& operator=(const FirstChoiceOfAlgorithm&) = delete;

 private:
  bool before_;
};

/// While it lives the CPU computes with the whole of float32 factors, whatever fast_matmul says: a
/// score is that of the weights, wherever it is measured.
class WholeFactors {
 public:
  WholeFactors();
  ~WholeFactors();
  WholeFactors(const WholeFactors&) = delete;
  WholeFactors& operator=(const WholeFactors&) = delete;

 private:
  bool before_;
};

}  // namespace sr
