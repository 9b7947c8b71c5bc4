#include "nn/span.h"

#include <span>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/conv3xc.h"
#include "nn/span_stage.h"

namespace sr {
namespace {

class Span final : public Conv3xcNetwork {
 public:
  Span(const arch::SpanOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  at::Tensor normalised(const at::Tensor& lq) const;

  std::vector<double> mean_;  ///< of R, G and B; empty without norm
  double range_;
  Layer join_, upsampler_;
};

Span::Span(const arch::SpanOptions& options, int scale, std::uint64_t seed)
    : Conv3xcNetwork(scale), range_(options.img_range) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  const int features = options.feature_channels;
  add_conv3xc("conv_1", options.num_in_ch, features, Skip::kDefault, generator);
  for (int block = 1; block <= options.num_blocks; ++block) {
    for (int conv = 1; conv <= 3; ++conv) {
      add_conv3xc(fmt::format("block_{}.c{}_r", block, conv), features, features, Skip::kDefault,
                  generator);
    }
  }
  join_ = add_default_layer("conv_cat", {features, 4 * features, 1, 1}, generator);
  add_conv3xc("conv_2", features, features, Skip::kDefault, generator);
  upsampler_ = add_default_layer("upsampler.0",
                                 {options.num_out_ch * scale * scale, features, 3, 3}, generator);
  if (options.norm) {
    mean_ = options.rgb_mean;
  } else {
    add_buffer("no_norm", torch::zeros({1}));
  }
}

at::Tensor Span::normalised(const at::Tensor& lq) const {
  if (mean_.empty()) {
    return lq;
  }
  // Made where it is needed: a copy from the host could not be recorded.
  std::vector<at::Tensor> means;
  for (const double mean : mean_) {
    means.push_back(at::full({1, 1, 1, 1}, mean, lq.options()));
  }
  return (lq - at::cat(means, 1)) * range_;
}

at::Tensor Span::forward(const at::Tensor& lq) const {
  const std::vector<Layer> convs = merged();
  const at::Tensor first = at::conv2d(normalised(lq), convs[0].weight, convs[0].bias, 1, 1);
  const at::Tensor features =
      span_stage(first, std::span(convs).subspan(1), join_, SmoothActivation::kSilu);
  return at::pixel_shuffle(at::conv2d(features, upsampler_.weight, upsampler_.bias, 1, 1), scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::SpanOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Span>(options, scale, seed);
}

}  // namespace sr
