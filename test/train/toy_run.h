#pragma once

// A step of a small network on made-up pixels, for tests of train/. Include after the LibTorch
// headers.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/random.h"
#include "device/memory.h"
#include "support/catch.h"
#include "support/losses.h"
#include "support/networks.h"
#include "train/precision.h"
#include "train/train_step.h"

namespace sr::test {

inline Config small_config() {
  Config config;
  config.scale = 2;
  config.manual_seed = 3;
  config.network_g = network_of("compact", {{"num_feat", "4"}, {"num_conv", "2"}});
  config.train.total_iter = 100;
  config.train.ema_decay = 0.9;
  config.train.losses = {loss_named("l1loss"), loss_named("charbonnierloss", 0.5)};
  return config;
}

/// Values seen as `count` square RGB images of this side.
template <typename Value>
HostPixels host_pixels(const std::vector<Value>& values, int count, int side) {
  return {.data = reinterpret_cast<const std::byte*>(values.data()),
          .is_float = std::is_same_v<Value, float>,
          .count = count,
          .side = side};
}

/// Host bytes that LibTorch's allocator does not count, filled from the counter-based generator.
struct HostImages {
  std::vector<std::uint8_t> lq, gt;
  Batch batch;
  /// `side` and `channels`: of LQ.
  HostImages(int count, int side, std::uint64_t seed, int channels = arch::kRgb, int scale = 2)
      : lq(bytes(count, side) / arch::kRgb * static_cast<std::size_t>(channels)),
        gt(bytes(count, scale * side)) {
    fill(lq, seed);
    fill(gt, seed + 1);
    batch.lq = host_pixels(lq, count, side);
    batch.lq.channels = channels;
    batch.gt = host_pixels(gt, count, scale * side);
    batch.size = {side, count};
  }
  static std::size_t bytes(int count, int side) {
    return static_cast<std::size_t>(count) * static_cast<std::size_t>(side * side) * 3;
  }
  static void fill(std::vector<std::uint8_t>& values, std::uint64_t seed) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<std::uint8_t>(hash(seed, i, Stream::kStep));
    }
  }
};

inline void append(std::vector<float>& values, const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kFloat).contiguous().view({-1});
  values.insert(values.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
}

/// All values, one tensor behind the other.
inline std::vector<float> values_of(const NamedTensors& tensors) {
  std::vector<float> values;
  for (const NamedTensor& named : tensors) {
    append(values, named.tensor);
  }
  return values;
}

struct ToyRun {
  Config config;
  at::Device device;
  std::unique_ptr<DeviceMemory> memory;
  Networks networks;
  std::unique_ptr<TrainStep> step;
  bool sizes_settled = true;
  bool recompute = false;  ///< blocks are computed twice

  explicit ToyRun(Config wanted = small_config(), at::Device where = at::kCPU)
      : config(std::move(wanted)), device(where) {
    install_cpu_allocator();
    memory = open_device_memory(device, config.memory_limit);
    networks = make_networks(config);
    networks.to(device, wants_channels_last(config, device));
    step = std::make_unique<TrainStep>(config, networks, *memory, device);
  }

  /// The sizes stay, so that it is recorded where a device can.
  const Attempt& attempt(const Batch& batch, StepCut cut = {}, std::int64_t number = 0) {
    last_ = step->attempt(batch, {cut, number, recompute, sizes_settled});
    return *last_;
  }
  /// Of the last attempt, which must have come to its end.
  void commit(LearningRates rates) { step->commit(std::get<Completed>(std::move(*last_)), rates); }

  /// Every byte that a step may change.
  std::vector<float> snapshot() const {
    std::vector<float> values;
    const auto add = [&](const at::Tensor& tensor) { append(values, tensor); };
    const auto add_module = [&](const Module& module, const std::vector<at::Tensor>& averages) {
      for (const NamedTensor& parameter : module.parameters()) {
        add(parameter.tensor);
      }
      for (const NamedTensor& buffer : module.buffers()) {
        add(buffer.tensor);
      }
      for (const at::Tensor& average : averages) {
        add(average);
      }
    };
    add_module(*networks.generator, step->averages());
    if (networks.discriminator) {
      add_module(*networks.discriminator, step->discriminator_averages());
    }
    for (const NamedState& state : step->state()) {
      add(state.tensor);
    }
    return values;
  }

 private:
  std::optional<Attempt> last_;
};

/// The test fails when there is none of that name.
inline at::Tensor state_named(const ToyRun& run, const std::string& name) {
  for (const NamedState& state : run.step->state()) {
    if (state.name == name) {
      return state.tensor;
    }
  }
  FAIL("no state is named " << name);
  return {};
}

/// Of the means of a step's losses; none: that loss was not computed.
inline std::optional<double> mean_named(const NamedValues& means, const std::string& name) {
  for (const auto& [key, value] : means) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace sr::test
