#pragma once

#include <string>

#include "arch/options.h"

namespace sr::arch {

/// A network that is not built in: its graph and first weights come from a TorchScript file, see
/// nn/torchscript.h. The file's place is of this machine, so it is no argument in weight files;
/// there its checksum says which file it is.
struct TorchScriptOptions {
  static constexpr bool kTakesAnySide = false;  ///< takes_any_side()

  std::string file{};
  int num_in_ch = kRgb;
  std::string sha256{};  ///< 64 hex digits; empty: any file

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const TorchScriptOptions&, const TorchScriptOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = TorchScriptOptions;
    v.path("file", &O::file,
           "TorchScript file, as scripts/to_torchscript.py or torch.jit.save writes it; its values "
           "are what training begins with.");
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.text("sha256", &O::sha256,
           "SHA-256 of the file: another one is refused. Empty: any file is taken.");
  }
};

}  // namespace sr::arch
