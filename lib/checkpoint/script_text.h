#pragma once

#include <string_view>

namespace sr {

inline constexpr std::size_t kMaxScriptNesting = 64;  ///< brackets in brackets, blocks in blocks
inline constexpr std::size_t kMaxScriptOperators = 2000;  ///< of one statement

/// Checks one file of a TorchScript program's text before LibTorch compiles it. Throws
/// CheckpointError with the reason alone for what would run while it is read (__setstate__), names
/// of C++ classes and of operators outside of PyTorch's own, and for statements so long or deep
/// that a compiler which calls itself for each part would run out of stack.
void check_script_text(std::string_view text);

}  // namespace sr
