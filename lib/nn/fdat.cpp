#include "nn/fdat.h"

#include <torch/torch.h>

#include "nn/fdat_network.h"
#include "nn/fold.h"

namespace sr {
namespace {

class Fdat final : public FdatNetwork {
 public:
  Fdat(const arch::FdatOptions& options, int scale, std::uint64_t seed)
      : FdatNetwork(options, scale, seed), fold_(options.fold(scale)) {
    // The pixel unshuffle takes an index.
    first_ = add_begun_small(fold_ > 1 ? "conv_first.1" : "conv_first",
                             {options.embed_dim, options.num_in_ch * fold_ * fold_, 3, 3});
    add_groups(fold_ > 1 ? 4 : scale);
  }
  at::Tensor forward(const at::Tensor& lq) const override { return run(lq, {}); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const override {
    return run(lq, {kept});
  }
  int size_multiple() const override { return window_side() * static_cast<int>(fold_); }

 private:
  at::Tensor run(const at::Tensor& lq, const Pass& pass) const {
    const at::Tensor images = pad_to_multiple(lq, fold_);
    const at::Tensor first =
        fold_ > 1 ? unshuffled_conv(images, first_, fold_) : convolved(images, first_);
    return enlarged(first, pass)
        .narrow(2, 0, lq.size(2) * scale_)
        .narrow(3, 0, lq.size(3) * scale_)
        .to(lq.scalar_type());
  }

  std::int64_t fold_;  ///< of the pixel unshuffle; 1 = none
  Layer first_;
};

}  // namespace

std::unique_ptr<Network> make_network(const arch::FdatOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Fdat>(options, scale, seed);
}

}  // namespace sr
