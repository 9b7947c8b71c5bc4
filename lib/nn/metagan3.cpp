#include "nn/metagan3.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "nn/branched_conv.h"
#include "nn/group_norm.h"
#include "nn/spectral_norm.h"

namespace sr {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr std::array<std::int64_t, 3> kDilations{2, 4, 8};

class MetaGan3 final : public SpectralDiscriminator {
 public:
  MetaGan3(const arch::MetaGan3Options& options, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& images) override;

 private:
  struct Block {
    Layer norm;
    Conv widen, narrow;
    std::optional<BranchedConv> branches;
    std::array<Layer, kDilations.size()> dilated;
    Layer fuse_dilated, fuse_shifted, fuse;
  };
  struct Stage {
    Conv down;
    std::vector<Block> blocks;
  };
  Layer add_small(const std::string& name, at::IntArrayRef shape) {
    return add_layer(name, small_layer(shape, generator_));
  }
  Conv add_small_spectral(const std::string& name, at::IntArrayRef shape) {
    return add_spectral(name, small_layer(shape, generator_), generator_);
  }
  Layer add_norm(const std::string& name, std::int64_t dim) {
    return add_layer(name, {torch::ones({dim}), torch::zeros({dim})});
  }
  Block add_block(const std::string& name, std::int64_t dim);
  static at::Tensor through_block(const at::Tensor& features, const Block& block);

  at::Generator generator_;
  std::array<Conv, 2> stem_;
  Layer stem_norm_;
  std::vector<Stage> stages_;
};

MetaGan3::MetaGan3(const arch::MetaGan3Options& options, std::uint64_t seed)
    : SpectralDiscriminator(SpectralForm::kHook),
      generator_(
          at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kDiscriminatorInit))) {
  const std::vector<int>& dims = options.dims;
  const std::int64_t first = dims.front();
  stem_ = {add_small_spectral("stem.conv1", {first / 2, options.num_in_ch, 3, 3}),
           add_small_spectral("stem.conv2", {first, first / 2, 3, 3})};
  stem_norm_ = add_norm("stem.norm", first);
  for (std::size_t i = 0; i + 1 < dims.size(); ++i) {
    const std::string name = fmt::format("stages.{}.", i);
    Stage& stage = stages_.emplace_back();
    stage.down = add_small_spectral(name + "down", {dims[i + 1], dims[i], 3, 3});
    for (int block = 0; block < options.blocks[i]; ++block) {
      stage.blocks.push_back(add_block(fmt::format("{}blocks.{}.", name, block), dims[i + 1]));
    }
  }
  description_ = {{"num_in_ch", std::to_string(options.num_in_ch)},
                  {"dims", fmt::format("{}", fmt::join(dims, ","))},
                  {"blocks", fmt::format("{}", fmt::join(options.blocks, ","))}};
}

MetaGan3::Block MetaGan3::add_block(const std::string& name, std::int64_t dim) {
  Block block;
  block.norm = add_norm(name + "local.norm", dim);
  block.widen = add_small_spectral(name + "local.conv1", {2 * dim, dim, 1, 1});
  block.branches.emplace(dim, generator_);
  add_part(name + "local.depthwise.", *block.branches);
  block.narrow = add_small_spectral(name + "local.conv2", {dim, 2 * dim, 1, 1});
  for (std::size_t i = 0; i < kDilations.size(); ++i) {
    block.dilated[i] =
        add_small(fmt::format("{}global_context.conv{}", name, kDilations[i]), {dim, 1, 3, 3});
  }
  block.fuse_dilated = add_small(name + "global_context.fuse", {dim, 3 * dim, 1, 1});
  block.fuse_shifted = add_small(name + "shift.fuse", {dim, 5 * dim, 1, 1});
  block.fuse = add_small(name + "fusion", {dim, 3 * dim, 1, 1});
  return block;
}

at::Tensor with_norm(const at::Tensor& features, const Layer& norm) {
  return group_norm(features, /*groups=*/1, norm, kNormEpsilon);
}

/// The features, and what is right of, left of, below and above each pixel; zeros beyond the edges.
at::Tensor shifted(const at::Tensor& features) {
  const std::int64_t height = features.size(2);
  const std::int64_t width = features.size(3);
  return at::cat({features, at::constant_pad_nd(features.narrow(3, 1, width - 1), {0, 1}),
                  at::constant_pad_nd(features.narrow(3, 0, width - 1), {1, 0}),
                  at::constant_pad_nd(features.narrow(2, 1, height - 1), {0, 0, 0, 1}),
                  at::constant_pad_nd(features.narrow(2, 0, height - 1), {0, 0, 1, 0})},
                 1);
}

at::Tensor MetaGan3::through_block(const at::Tensor& features, const Block& block) {
  const auto pointwise = [](const at::Tensor& pixels, const Layer& layer) {
    return at::conv2d(pixels, layer.weight, layer.bias);
  };
  const auto normed_pointwise = [](const at::Tensor& pixels, const Conv& conv) {
    return at::conv2d(pixels, normalized(conv.weight), conv.bias);
  };
  const std::int64_t dim = features.size(1);
  const at::Tensor wide = normed_pointwise(with_norm(features, block.norm), block.widen);
  const at::Tensor mixed =
      at::cat({wide.narrow(1, 0, dim), (*block.branches)(wide.narrow(1, dim, dim))}, 1);
  const at::Tensor local = features + normed_pointwise(mixed, block.narrow);
  std::vector<at::Tensor> dilated;
  for (std::size_t i = 0; i < kDilations.size(); ++i) {
    dilated.push_back(depthwise_conv(features, block.dilated[i], kDilations[i]));
  }
  const at::Tensor context = pointwise(at::cat(dilated, 1), block.fuse_dilated);
  const at::Tensor around = pointwise(shifted(features), block.fuse_shifted);
  return pointwise(at::cat({local, context, around}, 1), block.fuse);
}

at::Tensor MetaGan3::forward(const at::Tensor& images) {
  require_size(images);
  const auto halved = [](const at::Tensor& features, const Conv& conv) {
    return at::conv2d(features, normalized(conv.weight), conv.bias, /*stride=*/2, /*padding=*/1);
  };
  at::Tensor features = halved(at::silu(halved(images, stem_[0])), stem_[1]);
  features = with_norm(features, stem_norm_);
  for (const Stage& stage : stages_) {
    features = halved(features, stage.down);
    for (const Block& block : stage.blocks) {
      features = through_block(features, block);
    }
  }
  return features;
}

}  // namespace

std::unique_ptr<Discriminator> make_discriminator(const arch::MetaGan3Options& options,
                                                  std::uint64_t seed) {
  return std::make_unique<MetaGan3>(options, seed);
}

}  // namespace sr
