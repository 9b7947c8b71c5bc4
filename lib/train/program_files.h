#pragma once

#include <string>

#include "config/config.h"
#include "train/attempt.h"

namespace sr {

/// The TorchScript files of a run, "net.pt (network_g), d.pt (network_d)"; "" where all networks
/// are built in. A program asks for as much memory as it likes: where that does not fit, its file
/// is named.
std::string program_files(const Config& config);

/// Ends a run whose step LibTorch refuses to compute at a size that has no smaller one. Throws
/// CheckpointError that names the files where a program says so, else what is unexpected.
[[noreturn]] void end_with(const LibraryError& failure, const Config& config);

}  // namespace sr
