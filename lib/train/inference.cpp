#include "train/inference.h"

#include <torch/torch.h>

#include <algorithm>

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

/// The network on one window; sides that are no multiple of what it needs are padded by repeating
/// the edge.
at::Tensor forward_window(const Network& network, const at::Tensor& window,
                          const InferenceOptions& options) {
  const std::int64_t height = window.size(2);
  const std::int64_t width = window.size(3);
  const std::int64_t multiple = network.size_multiple();
  const std::int64_t bottom = (multiple - height % multiple) % multiple;
  const std::int64_t right = (multiple - width % multiple) % multiple;
  const at::Tensor input =
      bottom + right > 0 ? at::replication_pad2d(window, {0, right, 0, bottom}) : window;
  const AutocastGuard autocast(options.device.type(), options.autocast);
  const at::Tensor output = network.forward(input).to(at::kFloat);
  const std::int64_t scale = network.scale();
  return output.narrow(2, 0, height * scale).narrow(3, 0, width * scale);
}

at::Tensor to_bytes(const at::Tensor& output) {
  return output.clamp(0, 1).mul_(255).round_().to(at::kByte).squeeze(0).permute({1, 2, 0}).cpu();
}

}  // namespace

cv::Mat super_resolve(const Network& network, const cv::Mat& lq, const InferenceOptions& options) {
  const at::NoGradGuard no_grad;
  const std::int64_t scale = network.scale();
  cv::Mat result(lq.rows * network.scale(), lq.cols * network.scale(), CV_8UC3);
  const at::Tensor destination =
      at::from_blob(result.data, {result.rows, result.cols, 3}, at::kByte);
  const int tile_height = options.tile_size > 0 ? options.tile_size : lq.rows;
  const int tile_width = options.tile_size > 0 ? options.tile_size : lq.cols;
  for (int y = 0; y < lq.rows; y += tile_height) {
    for (int x = 0; x < lq.cols; x += tile_width) {
      const cv::Rect tile(x, y, std::min(tile_width, lq.cols - x),
                          std::min(tile_height, lq.rows - y));
      const int overlap = options.tile_size > 0 ? options.tile_overlap : 0;
      const cv::Rect grown(tile.x - overlap, tile.y - overlap, tile.width + 2 * overlap,
                           tile.height + 2 * overlap);
      const cv::Rect window = grown & cv::Rect(0, 0, lq.cols, lq.rows);
      const at::Tensor pixels =
          to_bytes(forward_window(network, to_batch(lq(window), options), options));
      const at::Tensor inner = pixels.narrow(0, (tile.y - window.y) * scale, tile.height * scale)
                                   .narrow(1, (tile.x - window.x) * scale, tile.width * scale);
      destination.narrow(0, tile.y * scale, tile.height * scale)
          .narrow(1, tile.x * scale, tile.width * scale)
          .copy_(inner);
    }
  }
  return result;
}

}  // namespace sr
