#include "nn/plksr.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/large_kernel_conv.h"
#include "support/catch.h"

namespace {

using sr::arch::PlksrOptions;
using Mixer = PlksrOptions::Mixer;
using Kernel = PlksrOptions::Kernel;

PlksrOptions small_options() {
  PlksrOptions options;
  options.dim = 8;
  options.n_blocks = 2;
  options.kernel_size = 5;
  return options;
}

struct Case {
  const char* key;
  int scale;
  void (*set)(PlksrOptions& options);
};
const Case kCases[] = {{"x1", 1, [](PlksrOptions&) {}},
                       {"x2_ccm", 2,
                        [](PlksrOptions& o) {
                          o.ccm_type = Mixer::kCcm;
                          o.with_idt = true;
                        }},
                       {"x3_iccm", 3,
                        [](PlksrOptions& o) {
                          o.ccm_type = Mixer::kIccm;
                          o.use_ea = false;
                        }},
                       {"x4_rectangles", 4,
                        [](PlksrOptions& o) {
                          o.lk_type = Kernel::kRectSparsePlk;
                          o.kernel_size = 17;
                        }},
                       {"x2_sparse", 2,
                        [](PlksrOptions& o) {
                          o.lk_type = Kernel::kSparsePlk;
                          o.sparse_kernels = {3, 5};
                          o.sparse_dilations = {1, 2};
                        }},
                       {"x2_sparse_max", 2,
                        [](PlksrOptions& o) {
                          o.lk_type = Kernel::kSparsePlk;
                          o.sparse_kernels = {3, 5};
                          o.sparse_dilations = {1, 3};
                          o.use_max_kernel = true;
                          o.with_idt = true;
                        }},
                       {"x8", 8, [](PlksrOptions& o) { o.kernel_size = 13; }}};

}  // namespace

TEST_CASE("PLKSR's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 7))];
  const bool channels_last = GENERATE(false, true);
  PlksrOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network, {"plksr_golden.txt", c.key, {2, 3, 5, 7}, 0.1, channels_last});
}

TEST_CASE("Impossible PLKSR arguments are configuration errors", "[nn]") {
  const auto refused = [](void (*set)(PlksrOptions & options)) {
    PlksrOptions options = small_options();
    set(options);
    REQUIRE(options.impossible(2));
  };
  refused([](PlksrOptions& o) { o.kernel_size = 16; });
  refused([](PlksrOptions& o) { o.split_ratio = 0.1; });
  refused([](PlksrOptions& o) {
    o.lk_type = Kernel::kRectSparsePlk;
    o.kernel_size = 13;
  });
  refused([](PlksrOptions& o) {
    o.lk_type = Kernel::kSparsePlk;
    o.sparse_dilations = {1};
  });
}

TEST_CASE("A large kernel's convolution equals LibTorch's in value and gradients", "[nn]") {
  const std::int64_t height = GENERATE(3, 15, 17);
  const std::int64_t width = GENERATE(5, 17, 29);
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  at::manual_seed(6);
  const auto options = at::TensorOptions().dtype(torch::kFloat64);
  const at::Tensor features =
      torch::randn({2, 4, 9, 20}, options).contiguous(format).set_requires_grad(true);
  const sr::Layer layer{torch::randn({3, 4, height, width}, options).set_requires_grad(true),
                        torch::randn({3}, options).set_requires_grad(true)};
  const at::Tensor wanted =
      at::conv2d(features, layer.weight, layer.bias, 1, {height / 2, width / 2});
  const at::Tensor found = sr::large_kernel_conv(features, layer);
  REQUIRE(torch::allclose(found, wanted, 1e-10, 1e-10));
  const std::vector<at::Tensor> leaves{features, layer.weight, layer.bias};
  const at::Tensor direction = torch::randn_like(wanted);
  const auto wanted_gradients = torch::autograd::grad({wanted}, leaves, {direction});
  const auto found_gradients = torch::autograd::grad({found}, leaves, {direction});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    CAPTURE(i);
    REQUIRE(torch::allclose(found_gradients[i], wanted_gradients[i], 1e-9, 1e-9));
  }
}
