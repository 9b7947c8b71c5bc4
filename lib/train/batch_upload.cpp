#include "train/batch_upload.h"

#include <torch/torch.h>

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

namespace sr {
namespace {

constexpr float kWhite = 255;

c10::Stream current_stream(at::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

}  // namespace

at::Tensor as_tensor(const HostPixels& pixels) {
  // from_blob takes no const pointer; nothing below writes into host pixels.
  auto* data = const_cast<std::byte*>(pixels.data);
  return at::from_blob(data, {pixels.count, pixels.side, pixels.side, pixels.channels},
                       at::TensorOptions().dtype(pixels.is_float ? at::kFloat : at::kByte));
}

BatchUpload::Transfer::Transfer(at::Device device)
    : stream(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device)),
      copied(device.type()),
      read(device.type()) {}

BatchUpload::BatchUpload(at::Device device, bool channels_last)
    : device_(device),
      format_(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous),
      white_(at::scalar_tensor(kWhite, at::kFloat)) {
  if (!device.is_cpu()) {
    transfer_.emplace(device);
  }
}

void BatchUpload::begin(const Batch& batch) {
  lq_ = as_tensor(batch.lq);
  gt_ = as_tensor(batch.gt);
  if (!transfer_) {
    return;
  }
  stage(transfer_->lq, lq_);
  stage(transfer_->gt, gt_);
  transfer_->read.block(transfer_->stream);
  {
    const c10::StreamGuard guard(transfer_->stream);
    transfer_->lq.copy_(lq_, /*non_blocking=*/true);
    transfer_->gt.copy_(gt_, /*non_blocking=*/true);
  }
  transfer_->copied.record(transfer_->stream);
  transfer_->copied.block(current_stream(device_));
  if (batch.lease != nullptr) {
    batch.lease->hold_until([this] { wait_for_host(); });
  }
  lq_ = transfer_->lq;
  gt_ = transfer_->gt;
}

void BatchUpload::stage(at::Tensor& staged, const at::Tensor& host) {
  if (staged.defined() && staged.sizes() == host.sizes() && staged.dtype() == host.dtype()) {
    return;
  }
  staged.reset();
  staged = at::empty(host.sizes(), host.options().device(device_));
  // Queued work may still use what this memory was before.
  transfer_->read.record(current_stream(device_));
}

BatchImages BatchUpload::images(std::int64_t first, std::int64_t count) {
  return {to_float(lq_.narrow(0, first, count)), to_float(gt_.narrow(0, first, count))};
}

BatchImages BatchUpload::own_images(std::int64_t first, std::int64_t count) {
  BatchImages result = images(first, count);
  for (auto [image, pixels] : {std::pair{&result.lq, &lq_}, std::pair{&result.gt, &gt_}}) {
    if (image->is_alias_of(*pixels)) {
      *image = image->clone();
    }
  }
  return result;
}

BatchImages BatchUpload::empty_images() const {
  return {empty_like_pixels(lq_), empty_like_pixels(gt_)};
}

void BatchUpload::fill(BatchImages& images) {
  convert(lq_, images.lq);
  convert(gt_, images.gt);
}

void BatchUpload::end() {
  if (transfer_) {
    transfer_->read.record(current_stream(device_));
  }
}

void BatchUpload::wait_for_host() {
  if (transfer_) {
    transfer_->copied.synchronize();
  }
}

std::int64_t BatchUpload::bytes() const {
  if (!transfer_ || !transfer_->gt.defined()) {
    return 0;
  }
  return static_cast<std::int64_t>(transfer_->lq.nbytes() + transfer_->gt.nbytes());
}

void BatchUpload::release() {
  if (transfer_) {
    wait_for_host();
    lq_.reset();
    gt_.reset();
    transfer_->lq.reset();
    transfer_->gt.reset();
  }
}

at::Tensor BatchUpload::to_float(const at::Tensor& nhwc) const {
  if (!transfer_) {
    // One pass that allocates nothing but the result.
    const at::Tensor image = nhwc.permute({0, 3, 1, 2});
    const bool is_bytes = image.scalar_type() == at::kByte;
    const at::Tensor floats = image
                                  .to(image.options().dtype(at::kFloat), /*non_blocking=*/false,
                                      /*copy=*/is_bytes, format_)
                                  .contiguous(format_);
    return is_bytes ? floats.div_(kWhite) : floats;
  }
  at::Tensor floats = empty_like_pixels(nhwc);
  convert(nhwc, floats);
  return floats;
}

at::Tensor BatchUpload::empty_like_pixels(const at::Tensor& nhwc) const {
  return at::empty({nhwc.size(0), nhwc.size(3), nhwc.size(1), nhwc.size(2)},
                   at::TensorOptions().dtype(at::kFloat).device(device_).memory_format(format_));
}

void BatchUpload::convert(const at::Tensor& nhwc, at::Tensor& target) const {
  const at::Tensor image = nhwc.permute({0, 3, 1, 2});
  if (image.scalar_type() == at::kByte) {
    at::div_out(target, image, white_);
  } else {
    target.copy_(image);
  }
}

}  // namespace sr
