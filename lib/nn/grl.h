#pragma once

#include <cstdint>
#include <memory>

#include "arch/grl.h"
#include "nn/network.h"

namespace sr {

/// GRL (Li et al., 2023, "Efficient and Explicit Modelling of Image Hierarchies for Image
/// Restoration"; traiNNer-redux, spandrel): groups of blocks whose attention sees half of the
/// features in windows and half in stripes, and norms behind the attention and the perceptron, as
/// Swin V2 has them. Pixels of a stripe see each other through anchors, the image shrunk by a
/// factor: anchors look at all pixels, and pixels at all anchors. Even blocks shift their windows,
/// odd ones turn their stripes by a quarter.
///
/// Images grow to multiples of GrlOptions::grid() by reflection, or by zeros where a side is too
/// short for that, and the output is cut. The authors' files also hold GrlOptions::kTables, which
/// are not read, and not written either: the other programs' class has no such names.
std::unique_ptr<Network> make_network(const arch::GrlOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
