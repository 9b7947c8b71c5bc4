#pragma once

// TorchScript programs as networks, for tests. Include after the LibTorch headers.

#include <memory>
#include <string>

#include "core/error.h"
#include "nn/torchscript.h"
#include "support/temp_folder.h"
#include "support/thrown.h"
#include "support/torchscript.h"

namespace sr::test {

inline std::unique_ptr<Network> load_script(const std::string& file, int scale = 2) {
  return make_network(arch::TorchScriptOptions{.file = file}, scale, 0);
}

/// Why a network with this forward is refused; empty when it is taken.
inline std::string refusal_of(const std::string& source) {
  const TempFolder folder;
  const std::string file = saved(small_script(source), folder / "net.pt");
  return message_of<CheckpointError>([&] { load_script(file); });
}

}  // namespace sr::test
