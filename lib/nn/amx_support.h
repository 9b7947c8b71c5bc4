#pragma once

namespace sr::tiles {

/// Whether this process can use Intel AMX in bfloat16, and AVX-512 with it. The first call asks the
/// system for the tiles; they are then this process's for good.
bool has_amx();

}  // namespace sr::tiles
