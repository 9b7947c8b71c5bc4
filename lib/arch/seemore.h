#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// SeemoRe; the graph is in nn/seemore.h.
struct SeemoreOptions {
  /// Features inside the experts: 2, 3, 4; 2, 4, 8; 2, 4, 6.
  enum class Growth { kLinear, kExponential, kDouble };

  int in_chans = kRgb;
  int num_experts = 3;
  int num_layers = 6;
  int embedding_dim = 36;
  double img_range = 1;
  bool use_shuffle = true;
  int global_kernel_size = 11;
  int recursive = 2;
  Growth lr_space = Growth::kExponential;
  int topk = 1;

  static constexpr int kMostExperts = 12;

  int input_channels() const { return in_chans; }
  /// Features inside an expert.
  int rank(int expert) const {
    return lr_space == Growth::kLinear        ? expert + 2
           : lr_space == Growth::kExponential ? 2 << expert
                                              : 2 * expert + 2;
  }
  friend bool operator==(const SeemoreOptions&, const SeemoreOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SeemoreOptions;
    v.number("in_chans", &O::in_chans, output_channels(), "Input and output channels (RGB).");
    v.number("num_experts", &O::num_experts, between(1, kMostExperts), "Experts of a block.");
    v.number("num_layers", &O::num_layers, blocks(), "Groups of a local and a global block.");
    v.number("embedding_dim", &O::embedding_dim, features(), "Features of the blocks.");
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
    v.flag("use_shuffle", &O::use_shuffle,
           "Features and those that experts are steered by are dealt out in turn.");
    v.number("global_kernel_size", &O::global_kernel_size, between(1, kLargestKernel),
             "Length of the kernels of global blocks, which are one pixel wide: an odd number.");
    v.number("recursive", &O::recursive, between(0, 4),
             "How often features that experts are steered by are shrunk by 4.");
    v.choice("lr_space", &O::lr_space,
             Names<Growth>{{"linear", Growth::kLinear},
                           {"exp", Growth::kExponential},
                           {"double", Growth::kDouble}},
             "Features inside the experts: linear: 2, 3, 4, ...; exp: 2, 4, 8, ...; double: 2, 4, "
             "6, ...");
    v.number("topk", &O::topk, between(1, kMostExperts), "Experts that see an image.");
  }

  /// img_range, use_shuffle, recursive and topk leave no trace; nor does lr_space where there are
  /// too few experts.
  static std::optional<Recognised<SeemoreOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
