#pragma once

#include <string>

#include "checkpoint/tensor_file.h"
#include "nn/module.h"

namespace sr {

/// Gives a file's tensors the names that the module has for them: passes over a prefix that all
/// have
/// ("_orig_mod.", "net_g."), translates what other tools call otherwise (Module::own_name) and
/// takes out what is derived. Returns the prefix.
std::string use_names_of(const Module& module, TensorFile& file);

}  // namespace sr
