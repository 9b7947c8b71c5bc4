// Hidden test: `test_nn "[benchmark]"` times forward + backward + AdamW of Compact 24x8 x2 (batch
// 8, lq 64, L1), the network of docs/benchmarks.md, for comparison with PyTorch eager.

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

#include <torch/torch.h>

#include "loss/loss.h"
#include "nn/autocast.h"
#include "nn/network.h"
#include "optim/adam.h"
#include "support/catch.h"
#include "support/losses.h"
#include "support/networks.h"

namespace {

constexpr int kWarmUp = 3;
constexpr int kSteps = 20;

/// Wall and processor milliseconds; the second means something on a busy machine too.
struct Times {
  std::vector<double> wall, cpu;
};

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Times time_steps(bool channels_last, std::optional<at::ScalarType> autocast) {
  const auto network = sr::make_network(sr::test::network_of("superultracompact"), 2, 0);
  network->to(at::kCPU, channels_last);
  std::vector<std::string> names;
  std::vector<at::Tensor> parameters;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    names.push_back(parameter.name);
    parameters.push_back(parameter.tensor);
  }
  sr::Adam adam({.decoupled_weight_decay = true}, 0, names, parameters);
  const auto losses = sr::make_losses({sr::test::loss_named("l1loss")});
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor lq = torch::rand({8, 3, 64, 64}).contiguous(format);
  const at::Tensor gt = torch::rand({8, 3, 128, 128}).contiguous(format);
  const at::Tensor found_inf = torch::zeros({});

  Times times;
  for (int i = 0; i < kWarmUp + kSteps; ++i) {
    const double cpu = cpu_ms();
    const auto start = std::chrono::steady_clock::now();
    at::Tensor loss;
    {
      const sr::AutocastGuard guard(at::kCPU, autocast);
      loss = (*losses[0].loss)({network->forward(lq), gt});
    }
    loss.backward();
    adam.step(1e-4, found_inf);
    adam.zero_grad();
    if (i >= kWarmUp) {
      const std::chrono::duration<double, std::milli> wall =
          std::chrono::steady_clock::now() - start;
      times.wall.push_back(wall.count());
      times.cpu.push_back(cpu_ms() - cpu);
    }
  }
  return times;
}

}  // namespace

TEST_CASE("Time of a training step of Compact 24x8", "[.benchmark]") {
  // As the program sets them: large blocks stay with the process instead of going back to the
  // kernel.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 64 << 20);
  for (const bool bf16 : {false, true}) {
    for (const bool channels_last : {false, true}) {
      const Times times =
          time_steps(channels_last, bf16 ? std::optional(at::kBFloat16) : std::nullopt);
      std::printf("%s %-13s wall ms median %.1f min %.1f, cpu ms median %.1f min %.1f\n",
                  bf16 ? "bf16" : "fp32", channels_last ? "channels_last" : "contiguous",
                  median(times.wall), *std::min_element(times.wall.begin(), times.wall.end()),
                  median(times.cpu), *std::min_element(times.cpu.begin(), times.cpu.end()));
    }
  }
}
