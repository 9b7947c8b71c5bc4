#pragma once

#include <optional>

#include "arch/compact.h"
#include "arch/rrdb.h"
#include "arch/tensor_shapes.h"

// Networks known by their tensors. Apart from the options, which nearly everything includes.

namespace sr::arch {

/// Slopes show prelu, their absence is taken for relu; learn_residual leaves no trace.
std::optional<Recognised<CompactOptions>> recognise_compact(const TensorShapes& shapes);

/// All RRDB networks, by either naming or BSRGAN's. One step up is taken for x2: a single step of
/// x3 has the same tensors.
std::optional<Recognised<EsrganOptions>> recognise_rrdb(const TensorShapes& shapes);

}  // namespace sr::arch
