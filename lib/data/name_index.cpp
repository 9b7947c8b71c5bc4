#include "data/name_index.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/lines.h"
#include "core/unicode_form.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestShown = 200;  // bytes of a name in a message

/// Empty when nothing lies below by name: for the working directory, or no folder at all.
std::string as_prefix(const fs::path& root) {
  if (root.empty()) {
    return {};
  }
  std::string text = root.lexically_normal().string();
  if (!text.ends_with('/')) {
    text += '/';
  }
  return text == "./" ? "" : text;
}

/// Without quotes, with '/' and without detours; ".." is left only where it leaves the folder.
std::string plain(std::string name) {
  const bool quoted = name.starts_with('"') || name.starts_with('\'');
  if (name.size() > 1 && quoted && name.back() == name.front()) {
    name = name.substr(1, name.size() - 2);
  }
  std::replace(name.begin(), name.end(), '\\', '/');
  return fs::path(name).lexically_normal().string();
}

}  // namespace

NameIndex::NameIndex(const std::string& root, std::vector<ImageFile> files)
    : files_(std::move(files)) {
  std::error_code ignored;
  roots_ = {as_prefix(root), as_prefix(fs::absolute(root, ignored)),
            as_prefix(fs::canonical(root, ignored))};
}

std::optional<std::size_t> NameIndex::position(const std::string& stem, std::size_t guess) const {
  if (guess < files_.size() && files_[guess].stem == stem) {
    return guess;
  }
  const auto found =
      std::lower_bound(files_.begin(), files_.end(), stem,
                       [](const ImageFile& file, const std::string& s) { return file.stem < s; });
  return found != files_.end() && found->stem == stem
             ? std::optional(static_cast<std::size_t>(found - files_.begin()))
             : std::nullopt;
}

std::optional<std::size_t> NameIndex::find(const std::string& name) const {
  if (const auto found = find_plain(name)) {
    return found;
  }
  const std::string normal = plain(name);
  const auto found = find_plain(normal);
  return found ? found : find_plain(below_root(normal));
}

std::optional<std::size_t> NameIndex::find_plain(const std::string& name) const {
  const auto found = position(name);
  return found ? found : position(without_extension(name));
}

std::string NameIndex::below_root(const std::string& name) const {
  for (const std::string& root : roots_) {
    if (!root.empty() && name.starts_with(root)) {
      return name.substr(root.size());
    }
  }
  return name;
}

std::string NameIndex::hint(const std::string& name) const {
  const std::string normal = below_root(plain(name));
  if (normal == ".." || normal.starts_with("../")) {
    return "; it leaves the folder";
  }
  if (by_last_part_.empty()) {
    for (const ImageFile& file : files_) {
      by_last_part_.emplace(last_part(file.stem), file.stem);
      by_folded_.emplace(folded(file.stem), file.stem);
    }
  }
  const std::string stem = without_extension(normal);
  if (const auto found = by_last_part_.find(last_part(stem)); found != by_last_part_.end()) {
    return fmt::format("; there is '{}'", shortened(found->second, kLongestShown));
  }
  if (const auto found = by_folded_.find(folded(stem)); found != by_folded_.end()) {
    const bool form = decomposed(stem) == decomposed(found->second);
    return fmt::format("; there is '{}', which differs in {} alone",
                       shortened(found->second, kLongestShown),
                       form ? "its Unicode form (NFC or NFD)" : "capital letters");
  }
  return files_.empty() ? ""
                        : fmt::format("; names there are like '{}'",
                                      shortened(files_.front().stem, kLongestShown));
}

std::string without_extension(const std::string& name) {
  const std::size_t slash = name.find_last_of('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  const std::size_t dot = name.find_last_of('.');
  return dot == std::string::npos || dot <= base ? name : name.substr(0, dot);
}

std::string last_part(const std::string& name) {
  return name.substr(name.find_last_of('/') + 1);
}

}  // namespace sr
