// Time of forward + backward + AdamW of Compact 24x8 x2 (batch 8, lq 64, L1), for comparison with
// PyTorch eager.
//   step_benchmark [bf16] [contiguous] [steps]
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "loss/loss.h"
#include "nn/autocast.h"
#include "nn/network.h"
#include "optim/adam.h"

int main(int argc, char* argv[]) {
  bool bf16 = false;
  bool channels_last = true;
  int steps = 30;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    bf16 |= argument == "bf16";
    channels_last &= argument != "contiguous";
    if (const int n = std::atoi(argv[i]); n > 0) {
      steps = n;
    }
  }
  // What the trainer sets: large blocks stay with the process.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2000 << 20);
  mallopt(M_TOP_PAD, 64 << 20);
  at::set_num_threads(2);

  sr::NetworkConfig config;
  config.type = "compact";
  config.num_feat = 24;
  config.num_conv = 8;
  const auto network = sr::make_network(config, 2, 0);
  network->to(at::kCPU, channels_last);
  std::vector<std::string> names;
  std::vector<at::Tensor> parameters;
  for (const sr::NamedTensor& p : network->parameters()) {
    names.push_back(p.name);
    parameters.push_back(p.tensor);
  }
  sr::Adam adam({}, names, parameters);
  sr::LossConfig loss_config;
  loss_config.type = "l1loss";
  const auto losses = sr::make_losses({loss_config});
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor lq = torch::rand({8, 3, 64, 64}).contiguous(format);
  const at::Tensor gt = torch::rand({8, 3, 128, 128}).contiguous(format);
  const at::Tensor found_inf = torch::zeros({});

  std::vector<double> total, forward, backward;
  for (int i = 0; i < steps + 3; ++i) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto ms = [](auto a, auto b) {
      return std::chrono::duration<double, std::milli>(b - a).count();
    };
    const auto t0 = now();
    at::Tensor loss;
    {
      const sr::AutocastGuard autocast(at::kCPU,
                                       bf16 ? std::optional(at::kBFloat16) : std::nullopt);
      loss = (*losses[0].loss)(network->forward(lq), gt);
    }
    const auto t1 = now();
    loss.backward();
    const auto t2 = now();
    adam.step(1e-4, found_inf);
    adam.zero_grad();
    const auto t3 = now();
    if (i >= 3) {
      total.push_back(ms(t0, t3));
      forward.push_back(ms(t0, t1));
      backward.push_back(ms(t1, t2));
    }
  }
  const auto median = [](std::vector<double> v) {
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
    return v[v.size() / 2];
  };
  std::printf("%s %s: median %.1f ms (forward %.1f, backward %.1f), min %.1f, n %d\n",
              bf16 ? "bf16" : "fp32", channels_last ? "channels_last" : "contiguous", median(total),
              median(forward), median(backward), *std::min_element(total.begin(), total.end()),
              steps);
  return 0;
}
