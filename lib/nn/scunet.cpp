#include "nn/scunet.h"

#include <torch/torch.h>

#include "nn/fold.h"
#include "nn/swin_conv_network.h"

namespace sr {
namespace {

using arch::ScuNetPadding;

class ScuNet final : public SwinConvNetwork {
 public:
  ScuNet(const arch::ScuNetOptions& options, int scale, std::uint64_t seed)
      : SwinConvNetwork({.dim = options.dim,
                         .config = options.config,
                         .drop_path_rate = options.drop_path_rate,
                         .resolution = options.input_resolution,
                         .noise = options.noise,
                         .computed_twice = options.use_checkpoint},
                        scale, seed),
        padding_(options.padding) {
    head_ = add_plain_conv("m_head.0", options.in_nc, options.dim);
    unet_ = add_unet("", scale > 1 ? Way::kNearest : Way::kTransposed, /*uses=*/1);
    if (options.residual) {
      residual_ = add_plain_conv("m_res.0", options.dim, options.dim);
    }
    if (scale > 1) {
      add_enlarger("m_upsample.0.up.");
    }
    tail_ = add_plain_conv("m_tail.0", options.dim, options.out_nc);
  }

 private:
  at::Tensor run(const at::Tensor& lq, Pass pass, int room) const override {
    const SurroundedImages padded = padding_ == ScuNetPadding::kAround
                                        ? surrounded(lq, room)
                                        : SurroundedImages{pad_to_multiple(lq, kMultiple), 0, 0};
    set_masks(pass, padded.images);
    const at::Tensor first = convolved(padded.images, head_);
    at::Tensor features = through(unet_, first, pass) +
                          (residual_.weight.defined() ? convolved(first, residual_) : first);
    if (scale_ > 1) {
      features = enlarged(features);
    }
    return convolved(features, tail_)
        .narrow(2, padded.top * scale_, lq.size(2) * scale_)
        .narrow(3, padded.left * scale_, lq.size(3) * scale_)
        .to(lq.scalar_type());
  }

  ScuNetPadding padding_;
  Layer head_, residual_, tail_;
  UNet unet_;
};

}  // namespace

std::unique_ptr<Network> make_network(const arch::ScuNetOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<ScuNet>(options, scale, seed);
}

}  // namespace sr
