#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include "data/loader.h"

namespace sr {

/// A batch's pixels as tensors of floats in [0, 1], [N, C, H, W].
struct BatchImages {
  at::Tensor lq, gt;

  BatchImages narrow(std::int64_t first, std::int64_t count) const {
    return {lq.narrow(0, first, count), gt.narrow(0, first, count)};
  }
};

/// Brings the pixels of one batch after the other to a device. On CUDA the bytes travel on a stream
/// of their own into memory that stays, while the step before is still computed, and become floats
/// on the device.
class BatchUpload {
 public:
  BatchUpload(at::Device device, bool channels_last);

  /// Begins to copy a batch, which is the one that images() and fill() mean from now on. Its host
  /// memory is in use until wait_for_host() has returned: its lease says so. May run out of memory.
  void begin(const Batch& batch);
  /// Samples [first, first + count). May run out of memory.
  BatchImages images(std::int64_t first, std::int64_t count);
  /// The same in memory that may be written to: on the CPU images() may be the host's.
  BatchImages own_images(std::int64_t first, std::int64_t count);
  /// Room for all samples, to fill().
  BatchImages empty_images() const;
  void fill(BatchImages& images);
  /// No more samples of this batch will be asked for: the next one may take its place.
  void end();

  /// Returns when the host memory of the last batch has been read; at once on the CPU.
  void wait_for_host();
  /// Bytes held on the device for the batch in its size.
  std::int64_t bytes() const;
  /// Gives them back.
  void release();

 private:
  /// What only a device apart from the host's memory needs.
  struct Transfer {
    explicit Transfer(at::Device device);
    c10::Stream stream;
    c10::Event copied, read;
    at::Tensor lq, gt;  ///< the batch as it lies on the host
  };
  void stage(at::Tensor& staged, const at::Tensor& host);
  at::Tensor to_float(const at::Tensor& nhwc) const;
  at::Tensor empty_like_pixels(const at::Tensor& nhwc) const;
  void convert(const at::Tensor& nhwc, at::Tensor& target) const;

  at::Device device_;
  at::MemoryFormat format_;
  at::Tensor lq_, gt_;  ///< of the batch, [N, H, W, C], on the host or where they were copied to
  std::optional<Transfer> transfer_;
  at::Tensor white_;  ///< float32 0-dim on the CPU
};

/// The pixels as a tensor [N, H, W, C] that shares their memory.
at::Tensor as_tensor(const HostPixels& pixels);

}  // namespace sr
