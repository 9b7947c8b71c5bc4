#pragma once

#include <cstdint>
#include <memory>

#include "arch/torchscript.h"
#include "nn/network.h"

namespace sr {

/// A network that is not built in: the forward of a TorchScript file with the file's own parameter
/// names and first values. `seed` is not used.
///
/// Modules such as BatchNorm are in training mode while gradients are recorded and in validation
/// mode otherwise. What the file does not say (scale, size_multiple()) is found by running it on
/// small images, which leaves no trace; `scale` 0 takes what is found.
///
/// The description has the file's SHA-256 (of a state, the file must be the same) and the name that
/// its maker gave.
///
/// Throws CheckpointError "<file>: <reason>" for a file that ScriptProgram refuses, that has
/// another SHA-256 than the options say, that fails at every size, or whose forward changes
/// parameters; ConfigError where scale or channels are not the configuration's.
std::unique_ptr<Network> make_network(const arch::TorchScriptOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
