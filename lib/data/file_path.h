#pragma once

#include <concepts>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace sr {

/// The path of one of very many files: those of a folder share its name, which a
/// std::filesystem::path would hold once a file. Becomes one wherever one is wanted.
class FilePath {
 public:
  /// With its '/' at the end; null for none.
  using Folder = std::shared_ptr<const std::string>;

  FilePath() = default;
  FilePath(Folder folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}
  template <std::convertible_to<std::filesystem::path> Source>
  requires(!std::same_as<Source, FilePath>) FilePath(const Source& source)
      : FilePath(split(source)) {}

  static Folder folder(const std::filesystem::path& folder) {
    return std::make_shared<const std::string>((folder / "").native());
  }

  const std::string& name() const { return name_; }
  std::string string() const { return folder_ ? *folder_ + name_ : name_; }
  operator std::filesystem::path() const { return string(); }
  bool empty() const { return !folder_ && name_.empty(); }
  void clear() { *this = {}; }
  friend bool operator==(const FilePath& a, const std::filesystem::path& b) {
    return std::filesystem::path(a) == b;
  }

 private:
  static FilePath split(const std::filesystem::path& path) {
    return {path.has_parent_path() ? folder(path.parent_path()) : nullptr,
            path.filename().native()};
  }

  Folder folder_;
  std::string name_;
};

}  // namespace sr
