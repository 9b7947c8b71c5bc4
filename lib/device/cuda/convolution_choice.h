#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/own_convolutions.h"

namespace sr {

/// Own kernels cannot do what they should: they do not compile here, or are refused by the driver
/// before they run. Nothing has been computed, and others can compute it.
class KernelFault : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a choice of kernels depends on.
struct ConvolutionProblem {
  enum class Operation {
    kLeakyRelu,
    kScaleAdd,
    kDataGradient,
    kAddedDataGradient,
    kWeightGradient,
    kOfPrelu,
    kOfPreluDataGradient,
    kOfPreluWeightGradient
  };
  Operation operation{};
  std::array<std::int64_t, 3> extent{};  ///< images, height, width
  std::int64_t inputs = 0, outputs = 0;  ///< channels of the weights
  bool bf16 = false;                     ///< float16 otherwise
  int device = 0;
  friend auto operator<=>(const ConvolutionProblem&, const ConvolutionProblem&) = default;

  /// Of features that go through a PReLU first.
  bool of_prelu() const { return operation >= Operation::kOfPrelu; }

  std::string name() const {
    constexpr std::array kNames{"with leaky ReLU",        "with scale and add",
                                "data gradient",          "added data gradient",
                                "weight gradient",        "of PReLU",
                                "data gradient of PReLU", "weight gradient of PReLU"};
    return std::string(kNames.at(static_cast<std::size_t>(operation))) + ", " +
           std::to_string(extent[0]) + " x " + std::to_string(extent[1]) + " x " +
           std::to_string(extent[2]) + ", " + std::to_string(inputs) + " -> " +
           std::to_string(outputs) + " channels, " + (bf16 ? "bfloat16" : "float16");
  }
};

/// What holds where a problem is met.
struct ConvolutionMeeting {
  bool supported = false;      ///< by own kernels: device, type, sizes, layout
  bool deterministic = false;  ///< bits must repeat, from run to run and release to release
  bool fastest = false;        ///< cuDNN takes what it measures to be fastest
  bool capturing = false;      ///< work is recorded: nothing may be measured or waited for
};

/// A problem computed in both ways on the data at hand.
struct ConvolutionTrial {
  double difference = 0;  ///< largest between the results
  double bound = 0;       ///< the largest that roundings explain; 0 or not finite: data that tell
                          ///< nothing, like zeros or overflowed gradients
  double own_ms = 0, others_ms = 0;
};

/// Who computes a problem: own kernels where a trial has found their results right and the time
/// shorter. A choice stays for the process. The first result that is not right, and the first
/// fault, end all use of own kernels. Any thread may call.
class ConvolutionChoice {
 public:
  explicit ConvolutionChoice(std::function<void(const std::string&)> warn)
      : warn_(std::move(warn)) {}

  /// `trial` is called at most once in a call. A KernelFault in it is a warning; what else it
  /// throws, such as a lack of memory, passes through and leaves the problem undecided.
  bool own(const ConvolutionProblem& problem, const ConvolutionMeeting& meeting,
           OwnConvolutions wanted, const std::function<ConvolutionTrial()>& trial) {
    const std::lock_guard lock(mutex_);
    if (off_ || wanted == OwnConvolutions::kOff || !meeting.supported || meeting.deterministic) {
      return false;
    }
    if (wanted == OwnConvolutions::kOn) {
      return true;
    }
    if (!meeting.fastest) {
      return false;
    }
    if (const auto known = own_.find(problem); known != own_.end()) {
      return known->second;
    }
    return !meeting.capturing && decide(problem, trial);
  }

  /// Own kernels failed where they were to be used.
  void give_up(const KernelFault& fault) {
    const std::lock_guard lock(mutex_);
    turn_off(fault.what());
  }

 private:
  bool decide(const ConvolutionProblem& problem, const std::function<ConvolutionTrial()>& trial) {
    ConvolutionTrial found;
    try {
      found = trial();
    } catch (const KernelFault& fault) {
      turn_off(fault.what());
      return false;
    }
    constexpr double kLargest = 1e300;
    if (!(found.bound > 0 && found.bound < kLargest)) {
      return false;
    }
    // So written that what is not a number is not right.
    if (!(found.difference <= found.bound)) {
      turn_off(problem.name() + ": results differ by " + std::to_string(found.difference) +
               ", roundings explain " + std::to_string(found.bound));
      return false;
    }
    return own_[problem] = found.own_ms < found.others_ms;
  }

  void turn_off(const std::string& why) {
    if (!off_) {
      off_ = true;
      warn_("own convolutions are not used any more, training goes on with cuDNN's: " + why);
    }
  }

  std::function<void(const std::string&)> warn_;
  std::mutex mutex_;
  bool off_ = false;
  std::map<ConvolutionProblem, bool> own_;
};

}  // namespace sr
