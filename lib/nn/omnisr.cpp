#include "nn/omnisr.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "core/random.h"
#include "nn/bilinear.h"
#include "nn/convolved.h"
#include "nn/gated_conv.h"
#include "nn/initialization.h"
#include "nn/max_pool.h"
#include "nn/recompute.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

constexpr int kHeads = arch::OmniSrOptions::kHeads;
constexpr double kPixelNormEpsilon = 1e-5;
constexpr double kFeatureNormEpsilon = 1e-6;
constexpr std::int64_t kLeastSide = 15;  ///< of an image that the spatial attention can pool

/// Which pixels attention sees at once: a window's neighbours; a window's number of them, spread
/// evenly over the image; or those that have one place in all windows.
enum class Layout { kWindows, kGrid, kPlaces };

class OmniSr final : public Network {
 public:
  OmniSr(const arch::OmniSrOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;
  int size_multiple() const override { return static_cast<int>(window_.height); }

 private:
  struct Local {
    Layer widen, depthwise, squeeze, excite, narrow;
  };
  struct PixelAttention {
    Layer norm, qkv, out;
    at::Tensor table;  ///< undefined without `pe`
  };
  struct FeatureAttention {
    Layer norm;
    at::Tensor temperature;
    Layer qkv, depthwise, out;
  };
  struct Gate {
    Layer norm;
    GatedConv conv;
  };
  /// Attention of pixels and of features, each with a gate behind it.
  struct Half {
    PixelAttention pixels;
    Gate first;
    FeatureAttention features;
    Gate second;
  };
  struct Block {
    Local local;
    Half windows, grid;
    std::size_t begin = 0, end = 0;  ///< of its parameters
  };
  struct SpatialAttention {
    Layer in, skip, strided, inside, out;
  };
  struct Group {
    std::vector<Block> blocks;
    Layer last;
    SpatialAttention spatial;
  };

  Layer add_conv(const std::string& name, int inputs, int outputs, int side, bool bias);
  Layer add_depthwise(const std::string& name, int features, bool bias);
  Layer add_norm(const std::string& name);
  Local add_local(const std::string& name);
  PixelAttention add_pixel_attention(const std::string& name, bool positions);
  FeatureAttention add_feature_attention(const std::string& name);
  Gate add_gate(const std::string& name);
  Half add_half(const std::string& name, int first_index, bool positions);
  Group add_group(const std::string& name, const arch::OmniSrOptions& options);

  at::Tensor padded(const at::Tensor& images) const;
  /// Pixels [N, H, W, C] as [places, area, C] and back.
  at::Tensor laid_out(const at::Tensor& pixels, Layout layout) const;
  at::Tensor laid_back(const at::Tensor& places, Layout layout, at::IntArrayRef sizes) const;
  at::Tensor through(const PixelAttention& attention, const at::Tensor& pixels,
                     Layout layout) const;
  at::Tensor through(const FeatureAttention& attention, const at::Tensor& pixels,
                     Layout layout) const;
  static at::Tensor through(const Local& local, const at::Tensor& pixels);
  static at::Tensor through(const Gate& gate, const at::Tensor& pixels);
  static at::Tensor through(const SpatialAttention& spatial, const at::Tensor& features);
  at::Tensor through(const Half& half, const at::Tensor& pixels, Layout of_pixels,
                     Layout of_features) const;
  at::Tensor through(const Block& block, const at::Tensor& pixels) const;
  at::Tensor through(const Group& group, const at::Tensor& pixels) const;

  int features_;
  bool asked_twice_;
  Window window_;
  at::Generator generator_;
  at::Tensor positions_;
  std::vector<Group> groups_;
  Layer input_, output_, up_;
};

OmniSr::OmniSr(const arch::OmniSrOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      features_(options.num_feat),
      asked_twice_(options.use_checkpoint),
      window_{options.window_size, options.window_size},
      generator_(at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit))) {
  positions_ = add_constant(relative_positions(window_));
  for (int i = 0; i < options.res_num; ++i) {
    groups_.push_back(add_group(fmt::format("residual_layer.{}.", i), options));
  }
  input_ = add_conv("input", options.num_in_ch, features_, 3, options.bias);
  output_ = add_conv("output", features_, features_, 3, options.bias);
  up_ = add_conv("up.0", features_, options.num_out_ch * scale * scale, 3, options.bias);
}

Layer OmniSr::add_conv(const std::string& name, int inputs, int outputs, int side, bool bias) {
  return add_layer(name, default_layer({outputs, inputs, side, side}, bias, generator_));
}

Layer OmniSr::add_depthwise(const std::string& name, int features, bool bias) {
  return add_layer(name, default_layer({features, 1, 3, 3}, bias, generator_));
}

Layer OmniSr::add_norm(const std::string& name) {
  return add_layer(name, {torch::ones({features_}), torch::zeros({features_})});
}

OmniSr::Local OmniSr::add_local(const std::string& name) {
  const int squeezed = features_ / 4;
  const auto linear = [&](const std::string& part, int inputs, int outputs) {
    return add_layer(name + part, default_layer({outputs, inputs}, false, generator_));
  };
  Local local;
  local.widen = add_conv(name + "0", features_, features_, 1, true);
  local.depthwise = add_depthwise(name + "2", features_, true);
  local.squeeze = linear("4.gate.1", features_, squeezed);
  local.excite = linear("4.gate.3", squeezed, features_);
  local.narrow = add_conv(name + "5", features_, features_, 1, true);
  return local;
}

OmniSr::PixelAttention OmniSr::add_pixel_attention(const std::string& name, bool positions) {
  PixelAttention attention;
  attention.norm = add_norm(name + ".norm");
  attention.qkv =
      add_layer(name + ".fn.to_qkv", default_layer({3 * features_, features_}, false, generator_));
  attention.out =
      add_layer(name + ".fn.to_out.0", default_layer({features_, features_}, false, generator_));
  if (positions) {
    const std::int64_t rows = (2 * window_.height - 1) * (2 * window_.width - 1);
    attention.table = add_parameter(name + ".fn.rel_pos_bias.weight",
                                    torch::empty({rows, kHeads}).normal_(0, 1, generator_));
  }
  return attention;
}

OmniSr::FeatureAttention OmniSr::add_feature_attention(const std::string& name) {
  FeatureAttention attention;
  attention.norm = add_norm(name + ".norm");
  attention.temperature = add_parameter(name + ".fn.temperature", torch::ones({kHeads, 1, 1}));
  attention.qkv = add_conv(name + ".fn.qkv", features_, 3 * features_, 1, false);
  attention.depthwise = add_depthwise(name + ".fn.qkv_dwconv", 3 * features_, false);
  attention.out = add_conv(name + ".fn.project_out", features_, features_, 1, false);
  return attention;
}

OmniSr::Gate OmniSr::add_gate(const std::string& name) {
  Gate gate;
  gate.norm = add_norm(name + ".norm");
  gate.conv.in = add_conv(name + ".fn.project_in", features_, 2 * features_, 1, false);
  gate.conv.depthwise = add_depthwise(name + ".fn.dwconv", 2 * features_, false);
  gate.conv.out = add_conv(name + ".fn.project_out", features_, features_, 1, false);
  return gate;
}

/// Changes of layout take an index in front of and behind the attention of pixels.
OmniSr::Half OmniSr::add_half(const std::string& name, int first_index, bool positions) {
  const auto at = [&](int offset) { return name + std::to_string(first_index + offset); };
  Half half;
  half.pixels = add_pixel_attention(at(1), positions);
  half.first = add_gate(at(3));
  half.features = add_feature_attention(at(4));
  half.second = add_gate(at(5));
  return half;
}

OmniSr::Group OmniSr::add_group(const std::string& name, const arch::OmniSrOptions& options) {
  constexpr int kLeastSpatial = 16;
  const int spatial = std::max(features_ / 4, kLeastSpatial);
  Group group;
  for (int k = 0; k < options.block_num; ++k) {
    const std::string layer = fmt::format("{}residual_layer.{}.layer.", name, k);
    Block block;
    block.begin = parameters().size();
    block.local = add_local(layer + "0.fn.");
    block.windows = add_half(layer, 1, options.pe);
    block.grid = add_half(layer, 7, options.pe);
    block.end = parameters().size();
    group.blocks.push_back(std::move(block));
  }
  group.last = add_conv(fmt::format("{}residual_layer.{}", name, options.block_num), features_,
                        features_, 1, options.bias);
  group.spatial.in = add_conv(name + "esa.conv1", features_, spatial, 1, true);
  group.spatial.skip = add_conv(name + "esa.conv_f", spatial, spatial, 1, true);
  group.spatial.strided = add_conv(name + "esa.conv2", spatial, spatial, 3, true);
  group.spatial.inside = add_conv(name + "esa.conv3", spatial, spatial, 3, true);
  group.spatial.out = add_conv(name + "esa.conv4", spatial, features_, 1, true);
  return group;
}

at::Tensor pixels_of(const at::Tensor& features) {
  return features.permute({0, 2, 3, 1});
}
at::Tensor features_of(const at::Tensor& pixels) {
  return pixels.permute({0, 3, 1, 2});
}

at::Tensor normalized(const at::Tensor& pixels, const Layer& norm, double epsilon) {
  return at::layer_norm(pixels, {pixels.size(-1)}, norm.weight, norm.bias, epsilon);
}

at::Tensor OmniSr::padded(const at::Tensor& images) const {
  const auto missing = [&](std::int64_t length, std::int64_t multiple) {
    const std::int64_t needed = std::max(length, kLeastSide);
    return (needed + multiple - 1) / multiple * multiple - length;
  };
  const std::int64_t bottom = missing(images.size(2), window_.height);
  const std::int64_t right = missing(images.size(3), window_.width);
  return bottom + right > 0 ? at::constant_pad_nd(images, {0, right, 0, bottom}) : images;
}

at::Tensor OmniSr::laid_out(const at::Tensor& pixels, Layout layout) const {
  if (layout == Layout::kWindows) {
    return to_windows(pixels, window_);
  }
  const std::int64_t side = window_.height;
  const std::int64_t rows = pixels.size(1) / side;
  const std::int64_t columns = pixels.size(2) / side;
  if (layout == Layout::kGrid) {
    return pixels.reshape({pixels.size(0), side, rows, side, columns, pixels.size(3)})
        .permute({0, 2, 4, 1, 3, 5})
        .reshape({-1, side * side, pixels.size(3)});
  }
  return pixels.reshape({pixels.size(0), rows, side, columns, side, pixels.size(3)})
      .permute({0, 2, 4, 1, 3, 5})
      .reshape({-1, rows * columns, pixels.size(3)});
}

at::Tensor OmniSr::laid_back(const at::Tensor& places, Layout layout, at::IntArrayRef sizes) const {
  if (layout == Layout::kWindows) {
    return from_windows(places, window_, sizes);
  }
  const std::int64_t side = window_.height;
  const std::int64_t rows = sizes[1] / side;
  const std::int64_t columns = sizes[2] / side;
  const at::Tensor split =
      layout == Layout::kGrid
          ? places.reshape({sizes[0], rows, columns, side, side, places.size(2)})
          : places.reshape({sizes[0], side, side, rows, columns, places.size(2)});
  return split.permute({0, 3, 1, 4, 2, 5}).reshape({sizes[0], sizes[1], sizes[2], places.size(2)});
}

at::Tensor OmniSr::through(const Local& local, const at::Tensor& pixels) {
  const at::Tensor features = features_of(pixels);
  const at::Tensor wide = at::gelu(convolved(features, local.widen));
  const at::Tensor inside = at::gelu(convolved(wide, local.depthwise));
  const at::Tensor squeezed =
      at::silu(at::linear(inside.mean(at::IntArrayRef{2, 3}), local.squeeze.weight));
  const at::Tensor gate = at::linear(squeezed, local.excite.weight).sigmoid_();
  return pixels_of(convolved(inside * gate.unsqueeze(2).unsqueeze(3), local.narrow) + features);
}

at::Tensor OmniSr::through(const PixelAttention& attention, const at::Tensor& pixels,
                           Layout layout) const {
  const at::Tensor places = laid_out(normalized(pixels, attention.norm, kPixelNormEpsilon), layout);
  const std::int64_t head = features_ / kHeads;
  const at::Tensor qkv = at::linear(places, attention.qkv.weight)
                             .view({-1, window_.area(), 3, kHeads, head})
                             .permute({2, 0, 3, 1, 4});
  const at::Tensor bias = attention.table.defined()
                              ? position_bias(attention.table, positions_)
                              : at::zeros({1, 1, 1}, attention.qkv.weight.options());
  const double scale = 1 / std::sqrt(static_cast<double>(head));
  const at::Tensor attended = attend(qkv[0] * scale, qkv[1], qkv[2], bias, {});
  const at::Tensor joined = at::linear(attended.transpose(1, 2).flatten(2), attention.out.weight);
  return laid_back(joined, layout, pixels.sizes()) + pixels;
}

at::Tensor OmniSr::through(const FeatureAttention& attention, const at::Tensor& pixels,
                           Layout layout) const {
  const at::Tensor normal = features_of(normalized(pixels, attention.norm, kFeatureNormEpsilon));
  const at::Tensor mixed = convolved(convolved(normal, attention.qkv), attention.depthwise);
  const at::Tensor places = laid_out(pixels_of(mixed), layout);
  const at::Tensor qkv =
      places.view({-1, places.size(1), 3, kHeads, features_ / kHeads}).permute({2, 0, 3, 4, 1});
  const at::Tensor attended = attend_features(qkv[0], qkv[1], qkv[2], attention.temperature);
  const at::Tensor whole =
      laid_back(attended.flatten(1, 2).transpose(1, 2), layout, pixels.sizes());
  return pixels_of(convolved(features_of(whole), attention.out)) + pixels;
}

at::Tensor OmniSr::through(const Gate& gate, const at::Tensor& pixels) {
  const at::Tensor normal = features_of(normalized(pixels, gate.norm, kFeatureNormEpsilon));
  return pixels_of(gated_conv(normal, gate.conv)) + pixels;
}

at::Tensor OmniSr::through(const Half& half, const at::Tensor& pixels, Layout of_pixels,
                           Layout of_features) const {
  const at::Tensor middle = through(half.first, through(half.pixels, pixels, of_pixels));
  return through(half.second, through(half.features, middle, of_features));
}

at::Tensor OmniSr::through(const SpatialAttention& spatial, const at::Tensor& features) {
  const at::Tensor narrow = convolved(features, spatial.in);
  const at::Tensor strided =
      at::conv2d(narrow, spatial.strided.weight, spatial.strided.bias, /*stride=*/2);
  const at::Tensor pooled =
      convolved(largest_of_windows(strided, /*side=*/7, /*stride=*/3), spatial.inside);
  const at::Tensor weights =
      resize_bilinear(pooled, features.size(2), features.size(3)) + convolved(narrow, spatial.skip);
  return features * convolved(weights, spatial.out).sigmoid_();
}

at::Tensor OmniSr::through(const Block& block, const at::Tensor& pixels) const {
  const auto compute = [this, &block](const at::Tensor& input) {
    const at::Tensor seen =
        through(block.windows, through(block.local, input), Layout::kWindows, Layout::kWindows);
    return through(block.grid, seen, Layout::kGrid, Layout::kPlaces);
  };
  Tensors tensors;
  for (std::size_t i = block.begin; i < block.end; ++i) {
    tensors.push_back(parameters()[i].tensor);
  }
  return computed(how_computed(asked_twice_), compute, pixels, tensors);
}

at::Tensor OmniSr::through(const Group& group, const at::Tensor& pixels) const {
  at::Tensor inside = pixels;
  for (const Block& block : group.blocks) {
    inside = through(block, inside);
  }
  const at::Tensor features = convolved(features_of(inside), group.last) + features_of(pixels);
  return pixels_of(through(group.spatial, features));
}

at::Tensor OmniSr::forward(const at::Tensor& lq) const {
  const at::Tensor first = convolved(padded(lq), input_);
  at::Tensor pixels = pixels_of(first).contiguous();
  for (const Group& group : groups_) {
    pixels = through(group, pixels);
  }
  const at::Tensor features = convolved(features_of(pixels), output_) + first;
  return at::pixel_shuffle(convolved(features, up_), scale_)
      .narrow(2, 0, lq.size(2) * scale_)
      .narrow(3, 0, lq.size(3) * scale_)
      .to(lq.scalar_type());
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::OmniSrOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<OmniSr>(options, scale, seed);
}

}  // namespace sr
