#pragma once

#include <cstddef>
#include <string>

#include "checkpoint/tensor_file.h"
#include "nn/module.h"

namespace sr {

/// What a file's names were taken for.
struct UsedNames {
  std::string prefix;        ///< that was passed over
  std::size_t left_out = 0;  ///< tensors without it, which are of other networks
};

/// Gives a file's tensors the names that the module has for them: passes over a prefix that all
/// have ("_orig_mod.", "net_g."), translates what other tools call otherwise (Module::own_name) and
/// takes out what is derived. Where no name fits, and all of the module's parameters lie below one
/// prefix ("net_g." beside "net_d." and "loss."), the others are taken out.
UsedNames use_names_of(const Module& module, TensorFile& file);

}  // namespace sr
