#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// DITN as it is trained for real images; the graph is in nn/ditn.h.
struct DitnOptions {
  enum class Norm { kWithBias, kBiasFree };

  int inp_channels = kRgb;
  int dim = 60;
  int itl_blocks = 4;
  int sal_blocks = 4;
  int ufone_blocks = 1;
  double ffn_expansion_factor = 2;
  bool bias = false;
  Norm norm = Norm::kWithBias;
  int patch_size = 8;

  int input_channels() const { return inp_channels; }
  friend bool operator==(const DitnOptions&, const DitnOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DitnOptions;
    v.number("inp_channels", &O::inp_channels, arch::input_channels(), kInputChannelsHelp);
    v.number("dim", &O::dim, features(), "Features of the blocks.");
    v.number("ITL_blocks", &O::itl_blocks, blocks(),
             "Blocks of a stage that look at features of a patch.");
    v.number("SAL_blocks", &O::sal_blocks, blocks(),
             "Blocks of a stage that look at pixels of the image, behind those.");
    v.number("UFONE_blocks", &O::ufone_blocks, blocks(), "Stages.");
    v.number("ffn_expansion_factor", &O::ffn_expansion_factor, widening(),
             "Features inside the gate of a block, as multiples of its own.");
    v.flag("bias", &O::bias, "Gates and the convolution behind the attention have a bias.");
    v.choice("LayerNorm_type", &O::norm,
             Names<Norm>{{"WithBias", Norm::kWithBias}, {"BiasFree", Norm::kBiasFree}},
             "Changes nothing: the network has no norms.");
    v.number("patch_size", &O::patch_size, between(1, 8),
             "Side of a patch, pixels: a divisor of 8.");
  }

  std::optional<Impossible> impossible(int scale) const;
  /// patch_size and LayerNorm_type leave no trace: they have their defaults.
  static std::optional<Recognised<DitnOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
