#include <torch/torch.h>

#include <algorithm>
#include <string>

#include "loss/loss_cases.h"
#include "support/catch.h"
#include "support/default_options.h"
#include "support/numerics.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

namespace {

using namespace sr;

struct Value {
  double value = 0;
  at::Tensor gradient;
};

Value value_of(const test::LossCase& c, at::Device device, at::ScalarType type) {
  const bool channels_last = device.is_cuda();
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const LossImages images = test::example_images(c.shape, type, c.noise);
  const auto loss = test::make_loss(c);
  loss->to(device, channels_last);
  const auto moved = [&](const at::Tensor& image) { return image.to(device).contiguous(format); };
  const at::Tensor value =
      (*loss)({moved(images.output), moved(images.gt), moved(images.averaged)});
  value.backward();
  return {value.item<double>(), images.output.grad()};
}

}  // namespace

TEST_CASE("losses and their gradients on the device are the CPU's in float64",
          "[loss][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const auto& cases = test::loss_cases();
  const test::LossCase& c = cases.at(GENERATE(range<std::size_t>(0, test::loss_cases().size())));
  CAPTURE(c.name);
  const test::Numerics numerics(test::Kernels::kFastest);
  const Value there = value_of(c, device, at::kFloat);
  const Value here = value_of(c, at::kCPU, at::kDouble);
  // 1 - MS-SSIM and 1 - cosine are small differences of numbers near 1.
  CHECK(there.value == Approx(here.value).epsilon(2e-4).margin(2e-6));
  CHECK(test::relative_error(there.gradient, here.gradient) <
        std::max(2e-3, 4 * c.sample_accuracy));
}

TEST_CASE("the losses compared on the device are all there are", "[loss][gpu][any_device]") {
  for_each_row(recipe::kLosses, []<typename O>(const Row<O>& row) {
    INFO(row.type);
    const bool elsewhere = row.type == "l1loss" || row.type == "mseloss" ||
                           row.type == "charbonnierloss" || row.type == "ganloss";
    CHECK((elsewhere || std::ranges::any_of(test::loss_cases(), &test::is<O>)));
  });
}

TEST_CASE("pixel losses on the device are the CPU's", "[loss][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const std::string type = GENERATE("l1loss", "mseloss", "charbonnierloss");
  CAPTURE(type);
  const test::LossCase c{type, test::default_options(recipe::kLosses, type)};
  const Value there = value_of(c, device, at::kFloat);
  const Value here = value_of(c, at::kCPU, at::kDouble);
  CHECK(there.value == Approx(here.value).epsilon(1e-5));
  CHECK(test::relative_error(there.gradient, here.gradient) < 1e-4);
}
