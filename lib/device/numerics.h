#pragma once

namespace sr {

/// LibTorch's switches that hold for the whole process: threads, TF32, which algorithms cuDNN and
/// others may take. This class and FirstChoiceOfAlgorithm are the only ones that write them.
class Numerics {
 public:
  struct Choice {
    bool deterministic = false;  ///< algorithms whose bits repeat, where LibTorch has them
    bool fast_matmul = false;    ///< TF32 in matrix products
  };
  /// Call before the first work on a device.
  explicit Numerics(const Choice& choice);

  bool deterministic() const { return deterministic_; }
  /// cuDNN tries its algorithms at each new size and takes the fastest.
  bool benchmark() const;
  void set_benchmark(bool on);

 private:
  bool deterministic_;
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

}  // namespace sr
