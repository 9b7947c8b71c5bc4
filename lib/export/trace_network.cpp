#include "export/trace_network.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/error.h"
#include "export/interpreter.h"
#include "export/lowering.h"
#include "nn/plain_operators.h"

namespace sr {
namespace {

constexpr std::int64_t kLargestMultiple = 64;

/// Quotients of the two sizes: powers of different primes (size_term()).
constexpr ImageSize kFirst{1, 2, 5};
constexpr ImageSize kSecond{2, 3, 7};

ImageSize times(const ImageSize& size, std::int64_t multiple) {
  return {size[0], size[1] * multiple, size[2] * multiple};
}

class Tracer {
 public:
  Tracer(const Network& network, std::int64_t channels, int opset);
  /// Throws NotExportable.
  Graph graph_for(const ImageSize& first, const ImageSize& second) const;
  /// Largest difference at a size over the range of the output.
  double difference(const Graph& graph, const ImageSize& size) const;
  /// Sides of other lengths are padded in the network, by numbers that a graph has for one size.
  std::int64_t least_multiple() const { return network_.size_multiple(); }

 private:
  Recording recorded(const ImageSize& size) const;
  at::Tensor pass(const at::Tensor& images) const { return network_.forward(images); }

  const Network& network_;
  std::int64_t channels_;
  int opset_;
  std::map<const c10::TensorImpl*, std::string> names_;
};

Tracer::Tracer(const Network& network, std::int64_t channels, int opset)
    : network_(network), channels_(channels), opset_(opset) {
  for (const NamedTensors& group : {network.parameters(), network.buffers()}) {
    for (const NamedTensor& named : group) {
      if (named.tensor.is_floating_point()) {
        named.tensor.set_data(named.tensor.detach().to(at::kDouble));
      }
      names_[named.tensor.unsafeGetTensorImpl()] = named.name;
    }
  }
}

Recording Tracer::recorded(const ImageSize& size) const {
  const PlainOperators plain;
  return record([&](const at::Tensor& images) { return pass(images); },
                test_image(size, channels_));
}

Graph Tracer::graph_for(const ImageSize& first, const ImageSize& second) const {
  const Recording one = recorded(first);
  const Recording other = first == second ? Recording() : recorded(second);
  const RecordedPasses passes{one, first == second ? one : other, first, second};
  return Lowering(passes, opset_, names_).run();
}

double Tracer::difference(const Graph& graph, const ImageSize& size) const {
  const at::NoGradGuard no_grad;
  const at::Tensor image = test_image(size, channels_);
  const at::Tensor expected = pass(image);
  const at::Tensor found = interpret(graph, image);
  if (found.sizes() != expected.sizes()) {
    return std::numeric_limits<double>::infinity();
  }
  const double range = (expected.max() - expected.min()).item<double>();
  const double most = (found - expected).abs().max().item<double>();
  return most / std::max(range, 1.0);
}

constexpr double kTolerance = 1e-5;  // single precision inside norms

void set_ports(Graph& graph, std::int64_t channels, int scale, const TraceOptions& options) {
  const auto outputs = graph.output.dimensions.at(1);  // of the pass that was recorded
  using Dimension = std::variant<std::int64_t, std::string>;
  const auto batch = options.batch > 0 ? Dimension(options.batch) : Dimension("batch_size");
  graph.input.dimensions = {batch, channels, "height", "width"};
  graph.output.dimensions = {batch, outputs, "output_height", "output_width"};
  if (options.shape) {
    graph.input.dimensions[2] = options.shape->height;
    graph.input.dimensions[3] = options.shape->width;
    graph.output.dimensions[2] = options.shape->height * scale;
    graph.output.dimensions[3] = options.shape->width * scale;
  }
}

/// The sizes at which a graph is tried that was recorded at multiples: the smallest that it may be
/// given, and a large one, because there are networks that pad small images otherwise (Real-CUGAN
/// those of up to 38 pixels).
std::array<ImageSize, 2> tried_sizes(std::int64_t multiple) {
  constexpr std::int64_t kLarge = 41;
  constexpr ImageSize kThird{1, 7, 3};
  const std::int64_t odd = ((kLarge + multiple - 1) / multiple) | 1;
  const ImageSize smallest{1, multiple, multiple};
  return {smallest, multiple * kThird[2] > kLarge ? times(kThird, multiple)
                                                  : times({1, odd, odd + 2}, multiple)};
}

/// The graph for every size that is a multiple of the smallest number with which it works: what the
/// network pads to, times a power of 2.
TracedNetwork traced_at_multiples(const Tracer& tracer) {
  std::string reason;
  const std::int64_t least = tracer.least_multiple();
  for (std::int64_t multiple = least; multiple <= std::max(least, kLargestMultiple);
       multiple *= 2) {
    try {
      TracedNetwork traced{tracer.graph_for(times(kFirst, multiple), times(kSecond, multiple)),
                           multiple};
      if (std::ranges::all_of(tried_sizes(multiple), [&](const ImageSize& size) {
            return tracer.difference(traced.graph, size) < kTolerance;
          })) {
        return traced;
      }
      reason = "what is recorded at two sizes does not give the network's output at a third";
    } catch (const UnknownOperator&) {
      throw;
    } catch (const NotExportable& error) {
      reason = error.what();
    } catch (const c10::Error&) {  // sizes that the network does not take
      reason = fmt::format("images of {} pixels are too small for it", multiple);
    }
  }
  throw NotExportable(reason);
}

TracedNetwork traced_at(const Tracer& tracer, const ImageShape& shape, std::int64_t batch) {
  const ImageSize size{std::max<std::int64_t>(batch, 1), shape.height, shape.width};
  const ImageSize other{batch > 0 ? batch : 2, shape.height, shape.width};
  TracedNetwork traced{tracer.graph_for(size, other), 1};
  if (!(tracer.difference(traced.graph, size) < kTolerance)) {
    throw NotExportable("what is recorded does not give the network's output");
  }
  return traced;
}

TracedNetwork traced(const Tracer& tracer, const TraceOptions& options) {
  if (!options.shape) {
    return traced_at_multiples(tracer);
  }
  if (options.shape->height % tracer.least_multiple() != 0 ||
      options.shape->width % tracer.least_multiple() != 0) {
    return traced_at(tracer, *options.shape, options.batch);
  }
  try {
    TracedNetwork free = traced_at_multiples(tracer);
    if (options.shape->height % free.size_multiple == 0 &&
        options.shape->width % free.size_multiple == 0) {
      return free;
    }
  } catch (const NotExportable&) {  // at one size less is needed
  }
  return traced_at(tracer, *options.shape, options.batch);
}

}  // namespace

at::Tensor test_image(const ImageSize& size, std::int64_t channels) {
  const at::Tensor place = torch::arange(size[0] * channels * size[1] * size[2], at::kDouble);
  return (place * 0.37 + (place * 0.011).sin() * 5)
      .sin()
      .mul(0.5)
      .add(0.5)
      .view({size[0], channels, size[1], size[2]});
}

TracedNetwork trace_network(const Network& network, std::int64_t channels,
                            const TraceOptions& options) {
  const Tracer tracer(network, channels, options.opset);
  try {
    TracedNetwork result = traced(tracer, options);
    set_ports(result.graph, channels, network.scale(), options);
    return result;
  } catch (const NotExportable& error) {
    throw ConfigError(fmt::format(
        "this network cannot be exported{}: {}",
        options.shape ? "" : " for images of any size (--shape HxW fixes one)", error.what()));
  }
}

}  // namespace sr
