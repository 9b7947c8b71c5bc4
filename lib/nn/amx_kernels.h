#pragma once

#include "nn/tile_conv_plan.h"

namespace sr::tiles {

/// The processor's own tiles (Intel AMX, bfloat16), or null where it, the system or the compiler
/// has none. The first call asks the system for them, for this process.
const Kernels* amx_kernels();

}  // namespace sr::tiles
