#include "nn/artcnn.h"

#include <array>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/convolved.h"
#include "nn/initialization.h"

namespace sr {
namespace {

class ArtCnn final : public Network {
 public:
  ArtCnn(const arch::ArtCnnOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  using Block = std::array<Layer, 3>;

  Layer add_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs);

  std::int64_t side_;  ///< of all kernels
  at::Generator generator_;
  Layer first_;
  std::vector<Block> blocks_;
  Layer after_blocks_, to_image_;
};

ArtCnn::ArtCnn(const arch::ArtCnnOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      side_(options.kernel_size),
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  const std::int64_t features = options.filters;
  first_ = add_conv("conv0", options.in_ch, features);
  for (int i = 0; i < options.n_block; ++i) {
    const std::string name = "res_block." + std::to_string(i) + ".conv.";
    blocks_.push_back({add_conv(name + "0.0", features, features),
                       add_conv(name + "1.0", features, features),
                       add_conv(name + "2", features, features)});
  }
  after_blocks_ = add_conv("res_block." + std::to_string(options.n_block), features, features);
  to_image_ =
      add_conv("depth_to_space.upscale.0", features, std::int64_t{options.in_ch} * scale * scale);
}

Layer ArtCnn::add_conv(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
  return add_layer(name, default_layer({outputs, inputs, side_, side_}, true, generator_));
}

at::Tensor ArtCnn::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(lq, first_);
  at::Tensor features = first;
  for (const Block& block : blocks_) {
    // In place: a convolution does not need its own output for backward, ReLU can do with its.
    at::Tensor inside = convolved(features, block[0]);
    inside = convolved(at::relu_(inside), block[1]);
    features = convolved(at::relu_(inside), block[2]).add_(features);
  }
  features = convolved(features, after_blocks_).add_(first);
  return at::pixel_shuffle(convolved(features, to_image_), scale_).to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::ArtCnnOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<ArtCnn>(options, scale, seed);
}

}  // namespace sr
