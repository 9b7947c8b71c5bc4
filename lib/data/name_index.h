#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sr {

/// The images below one root by stem: the path below the root without extension, '/' separated.
class NameIndex {
 public:
  using Files = std::map<std::string, std::filesystem::path>;

  /// `root` as the user wrote it.
  NameIndex(const std::string& root, Files files);

  const Files& files() const { return files_; }

  /// The image that a line of a list means, null when there is none: by its stem or file name, as
  /// it stands; else in quotes, with '\' for '/', with "./" or "a/.." in it, or with the root
  /// before it, as the user wrote it or as an absolute path.
  const Files::value_type* find(const std::string& name) const;

  /// Why find() may have nothing for this name, as the end of a sentence ("; ..."): it leaves the
  /// root, it lies in another folder, it differs in case or Unicode form, or what names look like.
  std::string hint(const std::string& name) const;

 private:
  const Files::value_type* find_plain(const std::string& name) const;
  std::string below_root(const std::string& name) const;

  std::array<std::string, 3> roots_;  ///< as written, absolute, without links; each ends with '/'
  Files files_;
  /// By last part, and by folded stem; built when the first hint is asked for.
  mutable std::map<std::string, std::string> by_last_part_, by_folded_;
};

/// The name without its extension: "sub/a.png" -> "sub/a".
std::string without_extension(const std::string& name);

/// "sub/a" -> "a".
std::string last_part(const std::string& name);

}  // namespace sr
