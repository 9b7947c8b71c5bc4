#pragma once

#include <string>

#include "arch/catalogue.h"
#include "checkpoint/tensor_file.h"

namespace sr {

/// What network a weight file belongs to.
struct IdentifiedNetwork {
  std::string architecture;  ///< arch::Architecture::type
  arch::Options options;
  int scale = 0;  ///< 0: a TorchScript file that does not say it, before it has been run
  bool from_metadata = false;  ///< the file says so; else names and shapes of its tensors do
  std::string prefix{};        ///< of the network's names in the file, passed over: "net_g."
};

/// Decides by the file's metadata (what this program writes), else by its tensors; a prefix that
/// all names have is passed over, and of several networks in one file ("generator." beside
/// "discriminator.") the first that is known is meant. Throws CheckpointError, the reason alone,
/// for a network that is not known here and for metadata that contradicts itself.
IdentifiedNetwork identify(const TensorFile& file);

}  // namespace sr
