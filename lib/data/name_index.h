#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/file_list.h"

namespace sr {

/// The images below one root by stem: the path below the root without extension, '/' separated.
class NameIndex {
 public:
  /// `root` as the user wrote it; `files` sorted by stem, no two with one.
  NameIndex(const std::string& root, std::vector<ImageFile> files);

  const std::vector<ImageFile>& files() const { return files_; }

  /// Position of the image with this stem. Looked for at `guess` first, where the next one mostly
  /// is.
  std::optional<std::size_t> position(const std::string& stem, std::size_t guess = 0) const;

  /// Position of the image that a line of a list means: by its stem or file name, as it stands;
  /// else in quotes, with '\' for '/', with "./" or "a/.." in it, or with the root before it, as
  /// the user wrote it or as an absolute path.
  std::optional<std::size_t> find(const std::string& name) const;

  /// Why find() may have nothing for this name, as the end of a sentence ("; ..."): it leaves the
  /// root, it lies in another folder, it differs in case or Unicode form, or what names look like.
  std::string hint(const std::string& name) const;

 private:
  std::optional<std::size_t> find_plain(const std::string& name) const;
  std::string below_root(const std::string& name) const;

  std::array<std::string, 3> roots_;  ///< as written, absolute, without links; each ends with '/'
  std::vector<ImageFile> files_;
  /// By last part, and by folded stem; built when the first hint is asked for.
  mutable std::map<std::string, std::string> by_last_part_, by_folded_;
};

/// The name without its extension: "sub/a.png" -> "sub/a".
std::string without_extension(const std::string& name);

/// "sub/a" -> "a".
std::string last_part(const std::string& name);

}  // namespace sr
