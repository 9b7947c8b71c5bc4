#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace sr {

/// What a text file holds, or why it holds nothing that can be used.
struct TextFile {
  std::string text;     ///< UTF-8 without byte order mark
  std::string problem;  ///< without the file's name, "line 3: not UTF-8 ..."; empty: all is well
};

/// Whether bytes that are no UTF-8 are a problem (names on disk may hold such).
enum class TextBytes { kUtf8, kAny };

/// Reads a whole text file of at most `most_bytes`. Only regular files are read (and links to
/// them): a pipe or a device may never answer or never end. UTF-16 is read when it has its byte
/// order mark, as PowerShell and Notepad write it. A text that holds a
/// NUL byte, or that is not UTF-8 and has to be, is a problem with its line. Never throws but for
/// lack of memory.
TextFile read_text_file(const std::filesystem::path& file, std::size_t most_bytes,
                        TextBytes bytes = TextBytes::kUtf8);

/// The same for bytes at hand.
TextFile text_of_bytes(std::string bytes, TextBytes kind = TextBytes::kUtf8);

}  // namespace sr
