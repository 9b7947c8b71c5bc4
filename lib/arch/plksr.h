#pragma once

#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// PLKSR, partial large kernel convolutions; the graph is in nn/plksr.h.
struct PlksrOptions {
  /// Kernels of a channel mixer's two convolutions: 3x3 and 1x1, 1x1 and 3x3, 3x3 both.
  enum class Mixer { kCcm, kIccm, kDccm };
  enum class Kernel { kPlk, kSparsePlk, kRectSparsePlk };

  int dim = 64;
  int n_blocks = 28;
  Mixer ccm_type = Mixer::kDccm;
  int kernel_size = 17;
  double split_ratio = 0.25;
  Kernel lk_type = Kernel::kPlk;
  bool use_max_kernel = false;
  std::vector<int> sparse_kernels{5, 5, 5, 5};
  std::vector<int> sparse_dilations{1, 2, 3, 4};
  bool with_idt = false;
  bool use_ea = true;

  int input_channels() const { return kRgb; }
  friend bool operator==(const PlksrOptions&, const PlksrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = PlksrOptions;
    v.number("dim", &O::dim, features(), "Features of the hidden layers.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Blocks.");
    v.choice("ccm_type", &O::ccm_type,
             Names<Mixer>{{"ccm", Mixer::kCcm}, {"iccm", Mixer::kIccm}, {"dccm", Mixer::kDccm}},
             "Kernels of the channel mixer: ccm 3x3 and 1x1, iccm 1x1 and 3x3, dccm 3x3 twice.");
    v.number("kernel_size", &O::kernel_size, between(1, kLargestKernel),
             "Side of the large kernel; odd, and with rectsparseplk a third of it as well.");
    v.number("split_ratio", &O::split_ratio, between(0, 1),
             "Share of the features that the large kernel sees.");
    v.choice("lk_type", &O::lk_type,
             Names<Kernel>{{"plk", Kernel::kPlk},
                           {"sparseplk", Kernel::kSparsePlk},
                           {"rectsparseplk", Kernel::kRectSparsePlk}},
             "One large kernel, a sum of dilated ones, or one of two oblongs and a square.");
    v.flag("use_max_kernel", &O::use_max_kernel,
           "With sparseplk: a dense kernel of the whole size besides.");
    v.numbers("sparse_kernels", &O::sparse_kernels, between(1, kLargestKernel),
              "Sides of sparseplk's kernels; odd.");
    v.numbers("sparse_dilations", &O::sparse_dilations, between(1, kLargestKernel),
              "Their dilations, as many.");
    v.flag("with_idt", &O::with_idt, "The large kernel's input is added to its output.");
    v.flag("use_ea", &O::use_ea, "Element-wise attention behind the large kernel.");
  }

  /// Nothing in a file tells `with_idt` and, with sparseplk, the dilations: files with several
  /// dilated kernels are not recognised.
  static std::optional<Recognised<PlksrOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
