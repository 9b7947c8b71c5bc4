#include "infer/super_resolve.h"

#include <torch/torch.h>

#include <cmath>

#include "core/stopped.h"
#include "infer/mosaic.h"
#include "nn/autocast.h"

namespace sr {
namespace {

/// [1, channels, H, W] float in [0, 1], from pixels of any depth.
at::Tensor to_batch(const cv::Mat& image, const InferenceOptions& options) {
  const cv::Mat pixels = image.isContinuous() ? image : image.clone();
  at::ScalarType type = at::kByte;
  double range = 255;
  if (pixels.depth() == CV_16U) {
    type = at::kUInt16;
    range = 65535;
  } else if (pixels.depth() == CV_32F) {
    type = at::kFloat;
    range = 1;
  }
  const at::Tensor host =
      at::from_blob(pixels.data, {1, pixels.rows, pixels.cols, pixels.channels()}, type);
  const auto format =
      options.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor batch =
      host.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true).to(options.device);
  return batch.permute({0, 3, 1, 2}).contiguous(format).div_(range);
}

at::Tensor forward_window(const Network& network, const at::Tensor& window,
                          const InferenceOptions& options) {
  if (options.stop && options.stop()) {
    throw Stopped();
  }
  const AutocastGuard autocast(options.device.type(), options.autocast);
  return network.forward(window).to(at::kFloat);
}

bool is_finite(const at::Tensor& values) {
  return std::isfinite(values.sum().item<float>()) || at::isfinite(values).all().item<bool>();
}

/// One of the 8 flips and turns of a square, and back.
at::Tensor turned(const at::Tensor& image, int turn) {
  at::Tensor result = (turn & 4) != 0 ? image.transpose(2, 3) : image;
  result = (turn & 2) != 0 ? result.flip({2}) : result;
  return (turn & 1) != 0 ? result.flip({3}) : result;
}

at::Tensor turned_back(const at::Tensor& image, int turn) {
  at::Tensor result = (turn & 1) != 0 ? image.flip({3}) : image;
  result = (turn & 2) != 0 ? result.flip({2}) : result;
  return (turn & 4) != 0 ? result.transpose(2, 3) : result;
}

at::Tensor forward_turns(const Network& network, const at::Tensor& window,
                         const InferenceOptions& options) {
  if (!options.eight_flips) {
    return forward_window(network, window, options);
  }
  constexpr int kTurns = 8;
  at::Tensor sum = forward_window(network, window, options);
  for (int turn = 1; turn < kTurns; ++turn) {
    const at::Tensor input = turned(window, turn).contiguous(window.suggest_memory_format());
    sum += turned_back(forward_window(network, input, options), turn);
  }
  return sum.div_(kTurns);
}

at::Tensor forward_finite(const Network& network, const at::Tensor& window,
                          const InferenceOptions& options, ResolvedImage& result) {
  at::Tensor output = forward_turns(network, window, options);
  if (is_finite(output)) {
    return output;
  }
  if (options.autocast) {
    InferenceOptions full = options;
    full.autocast.reset();
    output = forward_turns(network, window, full);
    result.recomputed = true;
  }
  result.finite = result.finite && is_finite(output);
  return output;
}

}  // namespace

ResolvedImage super_resolve(const Network& network, const cv::Mat& lq,
                            const InferenceOptions& options, int depth) {
  const at::NoGradGuard no_grad;
  const auto tiling = [&](int length) {
    return Tiling(length, options.tile_size > 0 ? options.tile_size : length, options.around_tile);
  };
  const Tiling rows = tiling(lq.rows);
  const Tiling columns = tiling(lq.cols);
  const std::int64_t scale = network.scale();
  Mosaic mosaic(rows, columns, network.scale(), depth);
  ResolvedImage result;
  for (std::size_t row = 0; row < rows.tiles().size(); ++row) {
    for (std::size_t column = 0; column < columns.tiles().size(); ++column) {
      const Span y = rows.window(row);
      const Span x = columns.window(column);
      const at::Tensor window =
          to_batch(lq(cv::Range(y.begin, y.end), cv::Range(x.begin, x.end)), options);
      const at::Tensor output = forward_finite(network, window, options, result);
      const Span kept_y = rows.kept(row);
      const Span kept_x = columns.kept(column);
      mosaic.add(row, column,
                 output.narrow(2, (kept_y.begin - y.begin) * scale, kept_y.size() * scale)
                     .narrow(3, (kept_x.begin - x.begin) * scale, kept_x.size() * scale));
    }
  }
  result.image = mosaic.image();
  return result;
}

}  // namespace sr
