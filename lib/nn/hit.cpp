#include "nn/hit.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/fold.h"
#include "nn/ngram_context.h"
#include "nn/position_bias.h"
#include "nn/window_network.h"

namespace sr {
namespace {

constexpr int kUpsampledFeatures = 64;
constexpr int kNarrowed = 5;  ///< fraction of the features that a 3x3 convolution sees
constexpr double kLeakySlope = 0.2;

enum class Kind { kSir, kSng, kSrf };

/// What the frame around the blocks is to know of their windows.
arch::WindowOptions in_frame(const arch::HitOptions& options, Kind kind) {
  arch::WindowOptions frame = static_cast<const arch::WindowOptions&>(options);
  frame.window_size = options.largest_window() * (kind == Kind::kSng ? 2 : 1);
  frame.img_size = 2 * frame.window_size;
  return frame;
}

class Hit final : public WindowNetwork {
 public:
  Hit(const arch::HitOptions& options, Kind kind, int scale, std::uint64_t seed);

 private:
  /// Of the blocks at one place of their groups.
  struct BlockWindows {
    Window window, cell;
    at::Tensor offsets;    ///< of two pixels of a window, [positions, 2], a constant
    at::Tensor positions;  ///< of a pixel and a cell: rows of the means of positions, a constant
    std::int64_t cells() const { return window.area() / cell.area(); }
  };
  /// Queries and values of two branches: 1x1, 3x3 and 1x1, times one 1x1.
  struct Correlation {
    Layer narrow, local, widen, factor;
    Layer proj, of_cell;
    std::optional<NgramContext> context;
    std::optional<PositionBias> bias;
    std::int64_t heads = 1;
  };
  struct HitBlock {
    Layer norm1, norm2;
    Correlation correlation;
    Perceptron perceptron;
    std::size_t place = 0;   ///< in its group
    std::size_t branch = 0;  ///< of the correlation; the perceptron's is the next
    Parameters parameters;
  };
  struct Group {
    std::vector<HitBlock> blocks;
    Connection connection;
  };

  BlockWindows make_windows(const arch::HitOptions& options, std::size_t place);
  Correlation add_correlation(const std::string& name, int heads, std::size_t place);
  HitBlock add_block(const std::string& name, int heads, std::size_t place, double drop_rate);

  at::Tensor body(const at::Tensor& pixels, const Pass& pass) const override;
  /// Between each pixel of a window and each of its cells: [heads, pixels, cells].
  at::Tensor bias_of(const Correlation& correlation, const BlockWindows& windows) const;
  static at::Tensor branches(const Correlation& correlation, const at::Tensor& pixels);
  /// What each cell gives: values [N, H, W, C] to [windows, heads, cells, C / heads].
  static at::Tensor cells_of(const Correlation& correlation, const BlockWindows& windows,
                             const at::Tensor& values);
  at::Tensor of_pixels(const Correlation& correlation, const BlockWindows& windows,
                       const at::Tensor& queries, const at::Tensor& values) const;
  static at::Tensor of_features(const BlockWindows& windows, const at::Tensor& queries,
                                const at::Tensor& values);
  at::Tensor correlated(const HitBlock& block, const at::Tensor& pixels) const;
  at::Tensor through_block(const HitBlock& block, const at::Tensor& pixels, const Pass& pass) const;

  Kind kind_;
  std::vector<BlockWindows> windows_;
  std::vector<Group> groups_;
};

Hit::Hit(const arch::HitOptions& options, Kind kind, int scale, std::uint64_t seed)
    : WindowNetwork(in_frame(options, kind), scale, seed, Windows::kOfBlocks), kind_(kind) {
  for (std::size_t place = 0; place < options.deepest(); ++place) {
    windows_.push_back(make_windows(options, place));
  }
  add_head();
  int index = 0;
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    Group group;
    for (int k = 0; k < options.depths[i]; ++k, ++index) {
      group.blocks.push_back(add_block(fmt::format("layers.{}.residual_group.blocks.{}", i, k),
                                       options.num_heads[i], static_cast<std::size_t>(k),
                                       drop_rate_of(index)));
    }
    group.connection = add_connection(fmt::format("layers.{}.conv", i));
    groups_.push_back(std::move(group));
  }
  add_tail(kUpsampledFeatures);
}

Hit::BlockWindows Hit::make_windows(const arch::HitOptions& options, std::size_t place) {
  const auto [height, width] = options.window(place);
  const auto [rows, columns] = options.cell(place);
  BlockWindows windows{{height, width}, {rows, columns}, {}, {}};
  const at::Tensor down = at::arange(1 - height, height, at::kFloat);
  const at::Tensor right = at::arange(1 - width, width, at::kFloat);
  windows.offsets = add_constant(
      at::stack({down.repeat_interleave(2 * width - 1), right.repeat({2 * height - 1})}, 1));
  // A mean over the offsets from a pixel to all pixels of a cell is known by the first of them.
  const auto first_offsets = [](std::int64_t side, std::int64_t cell) {
    return at::arange(side, at::kLong).unsqueeze(1) -
           at::arange(0, side, cell, at::kLong).unsqueeze(0) + (side - cell);
  };
  const at::Tensor first_rows = first_offsets(height, rows);
  const at::Tensor first_columns = first_offsets(width, columns);
  windows.positions = add_constant((first_rows.view({height, 1, -1, 1}) * (2 * width - columns) +
                                    first_columns.view({1, width, 1, first_columns.size(1)}))
                                       .reshape({windows.window.area(), windows.cells()}));
  return windows;
}

Hit::Correlation Hit::add_correlation(const std::string& name, int heads, std::size_t place) {
  const int width = options().embed_dim;
  const int narrow = width / kNarrowed;
  const BlockWindows& windows = windows_[place];
  Correlation part;
  part.heads = heads;
  part.narrow = add_conv(name + ".qv.conv.0", width, narrow, 1);
  part.local = add_conv(name + ".qv.conv.2", narrow, narrow, 3);
  part.widen = add_conv(name + ".qv.conv.4", narrow, width, 1);
  part.factor = add_conv(name + ".qv.linear", width, width, 1);
  part.proj = add_linear(name + ".proj", width, width);
  part.of_cell = add_linear(name + ".spatial_linear", static_cast<int>(windows.cell.area()), 1);
  if (kind_ == Kind::kSng) {
    const std::string context = name + ".ngram_window_partition.ngram_context.";
    part.context.emplace(NgramContext::Settings{width, heads, windows.window.height}, generator());
    add_part(context, *part.context);
    add_derived(context + "ngram_attn.relative_position_index", part.context->file_positions());
  }
  part.bias.emplace(width / 4 / 4, heads, LinearStart::kTruncatedNormal, generator());
  add_part(name + ".pos.", *part.bias);
  return part;
}

Hit::HitBlock Hit::add_block(const std::string& name, int heads, std::size_t place,
                             double drop_rate) {
  const int width = options().embed_dim;
  constexpr int kLocalSide = 5;
  HitBlock block;
  block.place = place;
  block.parameters.begin = parameters().size();
  block.norm1 = add_norm(name + ".norm1", width);
  block.correlation = add_correlation(name + ".correlation", heads, place);
  block.norm2 = add_norm(name + ".norm2", width);
  block.perceptron = add_perceptron(name + ".mlp", width, options().mlp_ratio,
                                    kind_ == Kind::kSrf ? kLocalSide : 0);
  block.parameters.end = parameters().size();
  block.branch = add_branch(drop_rate);
  add_branch(drop_rate);
  return block;
}

at::Tensor Hit::bias_of(const Correlation& correlation, const BlockWindows& windows) const {
  at::Tensor table = (*correlation.bias)(windows.offsets);
  if (windows.cell.area() > 1) {
    const at::Tensor all = table.t().reshape(
        {1, correlation.heads, 2 * windows.window.height - 1, 2 * windows.window.width - 1});
    table = at::avg_pool2d(all, {windows.cell.height, windows.cell.width}, /*stride=*/1)
                .view({correlation.heads, -1})
                .t();
  }
  return position_bias(table, windows.positions);
}

at::Tensor Hit::branches(const Correlation& correlation, const at::Tensor& pixels) {
  const at::Tensor features = pixels.permute({0, 3, 1, 2});
  at::Tensor inside = convolved(features, correlation.narrow);
  inside = convolved(at::leaky_relu_(inside, kLeakySlope), correlation.local);
  inside = convolved(at::leaky_relu_(inside, kLeakySlope), correlation.widen);
  return (inside * convolved(features, correlation.factor)).permute({0, 2, 3, 1});
}

at::Tensor Hit::cells_of(const Correlation& correlation, const BlockWindows& windows,
                         const at::Tensor& values) {
  const auto [rows, columns] = windows.cell;
  const std::int64_t features = values.size(3);
  const Layer& layer = correlation.of_cell;
  const at::Tensor cells =
      at::linear(to_windows(values, windows.cell).transpose(1, 2), layer.weight, layer.bias)
          .view({values.size(0), values.size(1) / rows, values.size(2) / columns, features});
  return to_windows(cells, {windows.window.height / rows, windows.window.width / columns})
      .view({-1, windows.cells(), correlation.heads, features / correlation.heads})
      .transpose(1, 2);
}

/// (q c^T / d + bias) c for the pixels q and cells c of a window. As there is no softmax, its first
/// half is q (c^T c) / d, without the scores of all pairs.
at::Tensor Hit::of_pixels(const Correlation& correlation, const BlockWindows& windows,
                          const at::Tensor& queries, const at::Tensor& values) const {
  const std::int64_t heads = correlation.heads;
  const at::Tensor cells = cells_of(correlation, windows, values);
  const std::int64_t all = cells.size(0);
  const std::int64_t head = cells.size(3);
  const at::Tensor pixels = to_windows(queries, windows.window)
                                .view({-1, windows.window.area(), heads, head})
                                .transpose(1, 2);
  const at::Tensor mixed =
      at::matmul(pixels, at::matmul(cells.transpose(2, 3), cells) / static_cast<double>(head));
  // All windows have the same bias: one product a head.
  const at::Tensor placed =
      at::matmul(bias_of(correlation, windows),
                 cells.permute({1, 2, 0, 3}).reshape({heads, windows.cells(), all * head}))
          .view({heads, windows.window.area(), all, head})
          .permute({2, 0, 1, 3});
  return (mixed + placed).transpose(1, 2).reshape({-1, windows.window.area(), heads * head});
}

/// v (v^T q) / pixels.
at::Tensor Hit::of_features(const BlockWindows& windows, const at::Tensor& queries,
                            const at::Tensor& values) {
  const at::Tensor v = to_windows(values, windows.window);
  const at::Tensor q = to_windows(queries, windows.window);
  return at::matmul(v,
                    at::matmul(v.transpose(1, 2), q) / static_cast<double>(windows.window.area()));
}

at::Tensor Hit::correlated(const HitBlock& block, const at::Tensor& pixels) const {
  const Correlation& correlation = block.correlation;
  const BlockWindows& windows = windows_[block.place];
  const std::int64_t least = kind_ == Kind::kSng ? 2 : 1;  // windows along a side
  const auto [height, width] = windows.window;
  at::Tensor grown = reflected_to_multiple(pixels, 1, least * height);
  grown = branches(correlation, reflected_to_multiple(grown, 2, least * width));
  if (correlation.context) {
    const at::Tensor context = (*correlation.context)(grown);
    const std::vector<std::int64_t> sizes = grown.sizes().vec();
    grown =
        (grown.reshape({sizes[0], sizes[1] / height, height, sizes[2] / width, width, sizes[3]}) +
         context.unsqueeze(3).unsqueeze(2))
            .reshape(sizes);
  }
  const std::int64_t half = grown.size(3) / 2;
  const at::Tensor queries = grown.narrow(3, 0, half);
  const at::Tensor values = grown.narrow(3, half, half);
  const at::Tensor seen = at::cat(
      {of_pixels(correlation, windows, queries, values), of_features(windows, queries, values)}, 2);
  const at::Tensor whole = from_windows(seen, windows.window, grown.sizes())
                               .narrow(1, 0, pixels.size(1))
                               .narrow(2, 0, pixels.size(2));
  return at::linear(whole, correlation.proj.weight, correlation.proj.bias);
}

at::Tensor Hit::through_block(const HitBlock& block, const at::Tensor& pixels,
                              const Pass& pass) const {
  const at::Tensor middle =
      pixels + kept(normalized(correlated(block, pixels), block.norm1), block.branch, pass);
  return middle +
         kept(normalized(through(block.perceptron, middle), block.norm2), block.branch + 1, pass);
}

at::Tensor Hit::body(const at::Tensor& pixels, const Pass& pass) const {
  at::Tensor features = pixels;
  for (const Group& group : groups_) {
    at::Tensor inside = features;
    for (const HitBlock& block : group.blocks) {
      inside = computed(
          block.parameters,
          [this, &block, pass](const at::Tensor& input) {
            return through_block(block, input, pass);
          },
          inside);
    }
    features = through(group.connection, inside) + features;
  }
  return features;
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::HitSirOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Hit>(options, Kind::kSir, scale, seed);
}

std::unique_ptr<Network> make_network(const arch::HitSngOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Hit>(options, Kind::kSng, scale, seed);
}

std::unique_ptr<Network> make_network(const arch::HitSrfOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Hit>(options, Kind::kSrf, scale, seed);
}

}  // namespace sr
