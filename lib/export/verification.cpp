#include "export/verification.h"

#include <algorithm>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/error.h"
#include "export/interpreter.h"

namespace sr {
namespace {

/// The smallest odd multiple of `multiple` that is at least `least`.
std::int64_t odd_side(std::int64_t multiple, std::int64_t least) {
  std::int64_t times = (least + multiple - 1) / multiple;
  times += times % 2 == 0 ? 1 : 0;
  return times * multiple;
}

ImageSize size_for(const TraceOptions& options, std::int64_t multiple) {
  constexpr std::int64_t kHeight = 19;
  constexpr std::int64_t kWidth = 27;
  const std::int64_t batch = options.batch > 0 ? options.batch : 1;
  if (options.shape) {
    return {batch, options.shape->height, options.shape->width};
  }
  return {batch, odd_side(multiple, kHeight), odd_side(multiple, kWidth)};
}

}  // namespace

Verification::Verification(const Network& network, std::int64_t channels,
                           const TraceOptions& options, std::int64_t size_multiple)
    : image_(test_image(size_for(options, size_multiple), channels)) {
  const at::NoGradGuard no_grad;
  expected_ = network.forward(image_);
}

double Verification::difference(const Graph& graph, const std::string& precision,
                                at::ScalarType type) const {
  const at::Tensor found = interpret(graph, image_).to(at::kDouble);
  if (found.sizes() != expected_.sizes()) {
    throw ConfigError("the exported network gives images of another size than the network");
  }
  const double range = (expected_.max() - expected_.min()).item<double>();
  const double difference =
      (found - expected_).square().mean().sqrt().item<double>() / std::max(range, 1.0);
  if (!(difference <= tolerance(type))) {
    throw ConfigError(
        fmt::format("in {} this network's output is another one (by {:.2g} of its "
                    "range): export it in a wider precision",
                    precision, difference));
  }
  return difference;
}

double Verification::tolerance(at::ScalarType type) {
  switch (type) {
    case at::kHalf:
      return 1e-2;
    case at::kBFloat16:
      return 6e-2;
    default:
      return 1e-5;
  }
}

}  // namespace sr
