#include "nn/spanf3.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/conv3xc.h"
#include "nn/convolved.h"
#include "nn/fold.h"

namespace sr {
namespace {

constexpr std::size_t kInBlock = 3;  ///< convolutions
constexpr double kOpen = 3;          ///< what the attention's tanh begins to see

class SpanF3 final : public Conv3xcNetwork {
 public:
  SpanF3(const arch::SpanF3Options& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return fold_; }

 private:
  int fold_;
  std::vector<Layer> attentions_;
  Layer join_;
};

SpanF3::SpanF3(const arch::SpanF3Options& options, int scale, std::uint64_t seed)
    : Conv3xcNetwork(scale), fold_(options.fold(scale)) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  const int features = options.feature_channels;
  add_conv3xc(fold_ > 1 ? "conv_1.1" : "conv_1", options.num_in_ch * fold_ * fold_, features,
              Skip::kDefault, generator);
  for (int block = 1; block <= options.num_blocks; ++block) {
    const std::string name = fmt::format("block_{}.", block);
    for (std::size_t conv = 1; conv <= kInBlock; ++conv) {
      add_conv3xc(fmt::format("{}c{}_r", name, conv), features, features, Skip::kDefault,
                  generator);
    }
    attentions_.push_back(add_layer(name + "att_conv", {torch::zeros({features, features, 1, 1}),
                                                        torch::full({features}, kOpen)}));
  }
  join_ = add_default_layer("conv_cat", {features, 4 * features, 1, 1}, generator);
  const int shuffle = scale * fold_;
  add_conv3xc("to_pixel", features, options.num_out_ch * shuffle * shuffle, Skip::kDefault,
              generator);
}

at::Tensor SpanF3::forward(const at::Tensor& lq) const {
  const std::vector<Layer> convs = merged();
  const at::Tensor images = pad_to_multiple(lq, fold_);
  const at::Tensor first =
      fold_ > 1 ? unshuffled_conv(images, convs.front(), fold_) : convolved(images, convs.front());
  at::Tensor features = first;
  at::Tensor behind_first_block;
  at::Tensor inside;
  for (std::size_t i = 0; i < attentions_.size(); ++i) {
    const std::size_t at = 1 + kInBlock * i;
    inside = convolved(features, convs[at]).relu_();
    const at::Tensor third = convolved(convolved(inside, convs[at + 1]).relu_(), convs[at + 2]);
    features = (features + third) * convolved(third, attentions_[i]).tanh();
    if (i == 0) {
      behind_first_block = features;
    }
  }
  const at::Tensor joined =
      convolved(at::cat({first, features, behind_first_block, inside}, 1), join_);
  return at::pixel_shuffle(convolved(joined, convs.back()), std::int64_t{scale_} * fold_)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SpanF3Options& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<SpanF3>(options, scale, seed);
}

}  // namespace sr
