#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// A discriminator that is not built in: the forward of a TorchScript file of RGB images, with the
/// file's own parameter names and first values, always in training mode. What sizes it takes, and
/// whether a sample's logits depend on the others, is found by running it, which leaves no trace.
/// Images with sides between those that it takes are padded by reflection. `seed` is not used.
///
/// Its description has the file's SHA-256: a state goes on with the same file only.
///
/// Throws ConfigError without a file; CheckpointError "<file>: <reason>" for one that ScriptProgram
/// refuses, that makes no logits [N, 1, H', W'] or [N, 1] at any of the sizes tried, or whose pass
/// cannot be undone (ScriptProgram::try_training()).
std::unique_ptr<Discriminator> make_discriminator(const arch::ScriptDiscriminatorOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
