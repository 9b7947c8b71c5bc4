#include "arch/grl.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

namespace sr::arch {
namespace {

constexpr int kSqueeze = 18;  ///< features over those inside the channel attention

bool is_pool(AnchorKind kind) {
  return kind == AnchorKind::kAveragePool || kind == AnchorKind::kMaxPool;
}

std::optional<Impossible> impossible_pair(const char* option, const std::vector<int>& values) {
  if (values.size() == 2) {
    return std::nullopt;
  }
  return Impossible{option, fmt::format("needs two entries, got {}", values.size())};
}

/// How far the positions of `side` pixels and of `side` / `factor` anchors reach.
int reach_of(int side, int factor) {
  return side - 1 - (side - side / factor) / 2;
}

std::optional<Impossible> impossible_measure(const char* option, const std::vector<int>& sides,
                                             int factor) {
  const bool none = sides.front() == 0 && sides.back() == 0;
  if (none || (reach_of(sides.front(), factor) > 0 && reach_of(sides.back(), factor) > 0)) {
    return std::nullopt;
  }
  return Impossible{option, "needs two sides of several pixels, or 0 and 0"};
}

ResidualConnection connection(const TensorShapes& shapes) {
  const std::string weight = "conv_after_body.weight";
  const ResidualConnection found = connection_of(shapes, ResidualConnection::kThreeConvs);
  if (found != ResidualConnection::kOneConv || shapes.size(weight, 3) > 1) {
    return found;
  }
  return shapes.size(weight, 3) == 1 ? ResidualConnection::kPointwise : ResidualConnection::kLinear;
}

/// The side whose pixels and anchors have so many relative positions along it.
std::optional<int> side_of_table(std::int64_t positions, int factor) {
  const std::int64_t both = positions + 1;
  const std::int64_t side = both * factor / (factor + 1);
  return both > 0 && side + side / factor == both ? within(side, between(2, 256)) : std::nullopt;
}

}  // namespace

std::optional<double> GrlOptions::deviation_of(const std::string& init_method) {
  constexpr std::size_t kMostDigits = 8;
  const std::size_t digits = init_method.size() - 1;
  if (!init_method.starts_with('t') || digits < 1 || digits > kMostDigits) {
    return std::nullopt;
  }
  int number = 0;
  const char* end = init_method.data() + init_method.size();
  const auto [rest, error] = std::from_chars(init_method.data() + 1, end, number);
  if (error != std::errc{} || rest != end || number < 1 || number > 9) {
    return std::nullopt;
  }
  return number * std::pow(0.1, static_cast<double>(digits));
}

std::optional<Impossible> GrlOptions::impossible_heads() const {
  if (embed_dim % 2 != 0) {
    return Impossible{"embed_dim", fmt::format("needs an even number, got {}", embed_dim)};
  }
  struct Heads {
    const char* option;
    const std::vector<int>& numbers;
  };
  for (const Heads& heads :
       {Heads{"num_heads_window", num_heads_window}, Heads{"num_heads_stripe", num_heads_stripe}}) {
    if (depths.empty() || heads.numbers.size() != depths.size()) {
      return Impossible{heads.option,
                        fmt::format("one entry a group is needed: depths has {}, {} {}",
                                    depths.size(), heads.option, heads.numbers.size())};
    }
    for (const int number : heads.numbers) {
      if (embed_dim / 2 % number != 0) {
        return Impossible{heads.option, fmt::format("{} does not divide half of embed_dim {}",
                                                    number, embed_dim)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Impossible> GrlOptions::impossible_sizes() const {
  if (grid() % window_size != 0) {
    return Impossible{"window_size", fmt::format("{} does not divide {}, which images grow to "
                                                 "multiples of",
                                                 window_size, grid())};
  }
  const int factor = anchor_window_down_factor;
  for (std::size_t i = 0; i < 2; ++i) {
    if (stripe_groups[i] > 0 && grid() % (stripe_groups[i] * factor) != 0) {
      return Impossible{
          "stripe_groups",
          fmt::format("{} stripes of whole anchors of {} pixels do not fill {} pixels",
                      stripe_groups[i], factor, grid())};
    }
    const int side = stripe_groups[i] > 0 ? grid() / stripe_groups[i] : stripe_size[i];
    const char* option = stripe_groups[i] > 0 ? "stripe_groups" : "stripe_size";
    if (side < 2 || grid() % side != 0 || side % factor != 0) {
      return Impossible{option, fmt::format("a side of {} is no multiple of {} "
                                            "(anchor_window_down_factor) from 2 that divides {}",
                                            side, factor, grid())};
    }
  }
  if (auto found = impossible_measure("pretrained_window_size", pretrained_window_size, 1)) {
    return found;
  }
  return impossible_measure("pretrained_stripe_size", pretrained_stripe_size, factor);
}

std::optional<Impossible> GrlOptions::impossible_anchors() const {
  const int factor = anchor_window_down_factor;
  const auto refuse = [&](const char* why) {
    return Impossible{"anchor_window_down_factor", fmt::format("{} {}", factor, why)};
  };
  if (!anchor_one_stage) {
    if (is_pool(anchor_proj_type)) {
      return Impossible{"anchor_one_stage", "avgpool and maxpool have one step"};
    }
    if (factor < 2 || (factor & (factor - 1)) != 0) {
      return refuse("is no power of 2, as halving it step by step needs");
    }
    return std::nullopt;
  }
  if (anchor_proj_type == AnchorKind::kMergedPixels && factor != 2) {
    return refuse("is not 2, as patchmerging in one step needs");
  }
  if (!is_pool(anchor_proj_type) && factor % 2 != 0) {
    return refuse("is odd: a convolution with that stride gives too many anchors");
  }
  return std::nullopt;
}

std::optional<Impossible> GrlOptions::impossible(int scale) const {
  struct Pair {
    const char* option;
    const std::vector<int>& values;
  };
  for (const Pair& pair : {Pair{"stripe_size", stripe_size}, Pair{"stripe_groups", stripe_groups},
                           Pair{"pretrained_window_size", pretrained_window_size},
                           Pair{"pretrained_stripe_size", pretrained_stripe_size}}) {
    if (auto found = impossible_pair(pair.option, pair.values)) {
      return found;
    }
  }
  for (const auto& found : {impossible_heads(), impossible_anchors(), impossible_sizes()}) {
    if (found) {
      return found;
    }
  }
  if (static_cast<int>(embed_dim * mlp_ratio) < 1) {
    return Impossible{"mlp_ratio",
                      fmt::format("{} of {} features leaves none", mlp_ratio, embed_dim)};
  }
  if (local_connection && embed_dim < kSqueeze) {
    return Impossible{"local_connection",
                      fmt::format("needs an embed_dim of at least {}", kSqueeze)};
  }
  if (conv_type == ResidualConnection::kThreeConvs && embed_dim < 4) {
    return Impossible{"conv_type", "3conv needs an embed_dim of at least 4"};
  }
  if (upsampler == WindowUpsampler::kNearestConv && scale != 4) {
    return Impossible{"upsampler",
                      fmt::format("nearest+conv has scale 4 alone; scale is {}", scale)};
  }
  if (upsampler == WindowUpsampler::kNone && scale != 1) {
    return Impossible{"upsampler", fmt::format("none has scale 1 alone; scale is {}", scale)};
  }
  const bool plain =
      init_method == "n" || init_method == "l" || init_method == "w" || init_method == "r";
  if (!plain && !deviation_of(init_method)) {
    return Impossible{"init_method", "needs n, l, w, r, or t with zeros and one digit behind it"};
  }
  return std::nullopt;
}

void GrlOptions::assume_sizes() {
  switch (upsampler) {
    case WindowUpsampler::kNone:
      window_size = 8;
      stripe_size = {8, 8};
      return;
    case WindowUpsampler::kNearestConv:
      window_size = 16;
      stripe_size = {32, 64};
      return;
    default:
      window_size = 32;
      stripe_size = {64, 64};
  }
}

bool GrlOptions::read_groups(const TensorShapes& shapes) {
  const int groups = shapes.count("layers.");
  if (groups < 1 || groups > kMostBlocks) {
    return false;
  }
  depths.clear();
  num_heads_window.clear();
  num_heads_stripe.clear();
  for (int i = 0; i < groups; ++i) {
    const std::string name = fmt::format("layers.{}.blocks.", i);
    const auto heads = [&](const char* attention) {
      return within(shapes.size(fmt::format("{}0.attn.{}.logit_scale", name, attention), 0),
                    features());
    };
    const std::optional<int> depth = within(shapes.count(name), blocks());
    const std::optional<int> of_window = heads("window_attn.attn_transform");
    const std::optional<int> of_stripe = heads("stripe_attn.attn_transform1");
    if (!depth || !of_window || !of_stripe) {
      return false;
    }
    depths.push_back(*depth);
    num_heads_window.push_back(*of_window);
    num_heads_stripe.push_back(*of_stripe);
  }
  return true;
}

bool GrlOptions::read_anchors(const TensorShapes& shapes, const std::string& body) {
  constexpr int kMostSteps = 6;
  const int steps = shapes.count(body);
  if (steps < 1 || steps > kMostSteps) {
    return false;
  }
  anchor_one_stage = steps == 1;
  const bool of_pool = shapes.has(body + "0.reduction.bias");
  std::int64_t side = 0;  // of the kernel
  if (shapes.has(body + "0.reduction.weight")) {
    anchor_proj_type = of_pool ? AnchorKind::kAveragePool : AnchorKind::kMergedPixels;
  } else if (shapes.has(body + "0.weight")) {
    anchor_proj_type = AnchorKind::kConv;
    side = shapes.size(body + "0.weight", 2);
  } else {
    anchor_proj_type = AnchorKind::kSeparableConv;
    side = shapes.size(body + "0.0.weight", 2);
  }
  if (!anchor_one_stage) {
    anchor_window_down_factor = 1 << steps;
  } else if (anchor_proj_type == AnchorKind::kMergedPixels) {
    anchor_window_down_factor = 2;
  } else if (!of_pool) {
    const std::optional<int> factor = within(side - 1, between(1, 64));
    anchor_window_down_factor = factor.value_or(0);
    return factor.has_value();
  }
  return true;
}

void GrlOptions::read_tables(const TensorShapes& shapes) {
  assume_sizes();
  const std::optional<int> window = within((shapes.size("table_w", 1) + 1) / 2, between(2, 64));
  const std::int64_t anchors = shapes.size("index_sh_a2w", 0);
  const std::int64_t pixels = shapes.size("index_sh_a2w", 1);
  const std::optional<int> factor =
      anchors > 0 && pixels % anchors == 0 ? whole_root(pixels / anchors) : std::nullopt;
  if (!window || !factor) {
    return;
  }
  const std::optional<int> height = side_of_table(shapes.size("table_sh", 1), *factor);
  const std::optional<int> width = side_of_table(shapes.size("table_sh", 2), *factor);
  if (height && width) {
    window_size = *window;
    anchor_window_down_factor = *factor;
    stripe_size = {*height, *width};
  }
}

std::optional<Recognised<GrlOptions>> GrlOptions::recognise(const TensorShapes& shapes) {
  const std::string block = "layers.0.blocks.0.";
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::optional<int> channels =
      within(shapes.size("conv_first.weight", 1), arch::input_channels());
  const std::int64_t inside = shapes.size(block + "mlp.fc1.weight", 0);
  const auto end = window_tail_of(shapes, "upsample.up.");
  Recognised<GrlOptions> found;
  GrlOptions& options = found.options;
  if (!width || !channels || inside < 1 || !end || !shapes.has("norm_start.weight") ||
      !shapes.has("norm_end.weight") || !options.read_groups(shapes) ||
      !options.read_anchors(shapes, block + "attn.anchor.body.")) {
    return std::nullopt;
  }
  found.scale = end->second;
  options.upsampler = end->first;
  options.in_channels = *channels;
  options.embed_dim = *width;
  options.mlp_ratio = ratio_of(inside, *width);
  const bool separable = shapes.has(block + "attn.qkv.body.0.weight");
  options.qkv_proj_type = separable ? QkvKind::kSeparableConv : QkvKind::kLinear;
  options.qkv_bias =
      shapes.has(block + (separable ? "attn.qkv.body.0.bias" : "attn.qkv.body.bias"));
  options.local_connection = shapes.has(block + "conv.cab.0.weight");
  options.conv_type = connection(shapes);
  options.read_tables(shapes);
  return found;
}

GrlOptions grl_b() {
  constexpr int kHeads = 3;
  GrlOptions options;
  options.embed_dim = 180;
  options.depths = {4, 4, 8, 8, 8, 4, 4};
  options.num_heads_window = std::vector<int>(options.depths.size(), kHeads);
  options.num_heads_stripe = options.num_heads_window;
  options.local_connection = true;
  return options;
}

GrlOptions grl_s() {
  return {};
}

GrlOptions grl_t() {
  GrlOptions options;
  options.embed_dim = 64;
  options.upsampler = WindowUpsampler::kPixelShuffleDirect;
  return options;
}

}  // namespace sr::arch
