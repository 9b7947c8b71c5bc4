#pragma once

#include <optional>
#include <vector>

#include "arch/split_window.h"

namespace sr::arch {

/// CRAFT; the graph is in nn/craft.h.
struct CraftOptions {
  int window_size = 16;
  int embed_dim = 48;
  std::vector<int> depths{2, 2, 2, 2};
  std::vector<int> num_heads{6, 6, 6, 6};
  int split_size_0 = 4;
  int split_size_1 = 16;
  double mlp_ratio = 2;
  bool qkv_bias = true;
  double qk_scale = 0;
  double img_range = 1;
  ResidualConnection resi_connection = ResidualConnection::kOneConv;

  int input_channels() const { return kRgb; }
  friend bool operator==(const CraftOptions&, const CraftOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = CraftOptions;
    v.number("window_size", &O::window_size, between(1, 64),
             "Images grow to the next larger multiple, pixels; a multiple of both sides of the "
             "windows.");
    v.number("embed_dim", &O::embed_dim, features(), "Features of the blocks.");
    v.numbers("depths", &O::depths, blocks(), "One group an entry: its blocks.");
    v.numbers("num_heads", &O::num_heads, features(), "Heads of the attention, one entry a group.");
    v.number("split_size_0", &O::split_size_0, between(1, 64),
             "Height of the windows that half of the features are seen in, pixels, and width of "
             "those of the other half.");
    v.number("split_size_1", &O::split_size_1, between(1, 64),
             "Width of the windows that half of the features are seen in, pixels, and height of "
             "those of the other half.");
    v.number("mlp_ratio", &O::mlp_ratio, widening(),
             "Features inside the perceptron of a block, as multiples of its own.");
    v.flag("qkv_bias", &O::qkv_bias, "Queries, keys and values in windows have a bias.");
    v.number("qk_scale", &O::qk_scale, at_least(0),
             "Factor of the queries in windows; 0: 1 / sqrt(features of a head).");
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
    v.choice("resi_connection", &O::resi_connection, plain_connections(),
             "Convolution behind all groups: 1conv, or identity, which is none.");
  }

  std::optional<Impossible> impossible(int scale) const;
  /// The shorter side of windows is taken for split_size_0. window_size, qk_scale and img_range
  /// leave no trace: they have their defaults.
  static std::optional<Recognised<CraftOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
