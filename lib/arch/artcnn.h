#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// ArtCNN; the graph is in nn/artcnn.h.
struct ArtCnnOptions {
  int in_ch = kRgb;
  int filters = 96;
  int n_block = 16;
  int kernel_size = 3;

  int input_channels() const { return in_ch; }
  std::optional<Impossible> impossible(int /*scale*/) const { return even_kernel(kernel_size); }
  friend bool operator==(const ArtCnnOptions&, const ArtCnnOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ArtCnnOptions;
    v.number("in_ch", &O::in_ch, output_channels(), "Input and output channels (RGB).");
    v.number("filters", &O::filters, features(), "Features of the hidden layers.");
    v.number("n_block", &O::n_block, blocks(), "Residual blocks of three convolutions.");
    v.number("kernel_size", &O::kernel_size, between(1, kLargestKernel),
             "Side of all kernels; odd.");
  }

  static std::optional<Recognised<ArtCnnOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
