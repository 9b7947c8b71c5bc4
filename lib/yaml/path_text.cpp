#include "yaml/path_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/lower_case.h"
#include "core/printable_text.h"
#include "yaml/write_yaml.h"

namespace sr::settings {
namespace {

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continues_name(char c) {
  return starts_name(c) || (c >= '0' && c <= '9');
}

/// A `$` that stands for more than itself.
bool is_special(std::string_view from_dollar) {
  return from_dollar.size() > 1 &&
         (from_dollar[1] == '$' || from_dollar[1] == '{' || starts_name(from_dollar[1]));
}

/// `$NAME` or `${NAME}` at the front of a text.
struct Reference {
  std::string name;
  std::size_t size = 0;  ///< 0: a brace that does not close, or no name in it
};
Reference reference_at(std::string_view text) {
  const bool braces = text[1] == '{';
  const std::size_t begin = braces ? 2 : 1;
  const auto* const first = text.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto* const last = std::find_if_not(first, text.end(), continues_name);
  const std::string name(first, last);
  const std::size_t end = begin + name.size();
  if (name.empty() || !starts_name(name[0]) ||
      (braces && (end == text.size() || text[end] != '}'))) {
    return {};
  }
  return {name, end + (braces ? 1 : 0)};
}

Problem append_variable(std::string& to, const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return fmt::format("the environment variable {} is not set (a dollar sign is written $$)",
                       name);
  }
  to += value;
  return std::nullopt;
}

bool is_letter(char c) {
  return starts_name(c) && c != '_';
}

/// `C:\x`, `C:/x`, `\\host\x`: taken as names they would be folders here that nobody meant.
bool is_of_windows(std::string_view path) {
  const bool drive = path.size() > 2 && is_letter(path[0]) && path[1] == ':' &&
                     (path[2] == '\\' || path[2] == '/');
  return drive || path.starts_with("\\\\");
}

/// `https://x`, `s3://x`, `file:///x`.
bool is_address(std::string_view path) {
  const std::size_t end = path.find("://");
  return end != 0 && end != std::string_view::npos && is_letter(path[0]) &&
         std::all_of(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(end), continues_name);
}

/// A tab or a new line that was a backslash between double quotes. A path from the root or from
/// "./" means what it says.
bool lost_backslash(std::string_view path) {
  return !path.starts_with('/') && !path.starts_with("./") &&
         std::ranges::any_of(path, [](unsigned char c) { return c < ' '; });
}

/// Why a path cannot be one of this system, or nothing.
Problem foreign(std::string_view path) {
  if (lost_backslash(path)) {
    return fmt::format(
        "'{}' holds a control character; between double quotes a backslash and the letter behind "
        "it "
        "are one: write / or use single quotes (where it is meant, begin with ./)",
        printable(path));
  }
  if (is_address(path)) {
    return fmt::format("'{}' is an address; expected a path of this machine", path);
  }
  if (!is_of_windows(path)) {
    return std::nullopt;
  }
  std::string here(path);
  std::replace(here.begin(), here.end(), '\\', '/');
  if (is_letter(here[0])) {
    here = fmt::format("/mnt/{}{}", lower(here.substr(0, 1)), here.substr(2));
    return fmt::format("'{}' is a path of Windows; write it as Linux has it (under WSL: {})", path,
                       here);
  }
  return fmt::format("'{}' is a path of Windows; write the folder that it is mounted at, with /",
                     path);
}

Problem expand(std::string& path) {
  if (Problem problem = foreign(path)) {
    return problem;
  }
  std::string_view rest = path;
  std::string result;
  if (rest == "~" || rest.starts_with("~/")) {
    if (Problem problem = append_variable(result, "HOME")) {
      return problem;
    }
    rest.remove_prefix(1);
  } else if (rest.starts_with('~')) {
    return fmt::format(
        "'{}': other users' homes are not looked up; write the whole path (or ./~ "
        "for a name that begins with ~)",
        path);
  }
  while (!rest.empty()) {
    const std::size_t dollar = std::min(rest.find('$'), rest.size());
    result += rest.substr(0, dollar);
    rest.remove_prefix(dollar);
    if (rest.empty()) {
      break;
    }
    if (!is_special(rest) || rest[1] == '$') {
      result += '$';
      rest.remove_prefix(is_special(rest) ? 2 : 1);
      continue;
    }
    const Reference reference = reference_at(rest);
    if (reference.size == 0) {
      return fmt::format("'{}': expected ${{NAME}}; a dollar sign is written $$", path);
    }
    if (Problem problem = append_variable(result, reference.name)) {
      return problem;
    }
    rest.remove_prefix(reference.size);
  }
  path = std::move(result);
  return std::nullopt;
}

std::string protect(std::string_view path) {
  std::string result = path.starts_with('~') || foreign(path) ? "./" : "";
  for (std::size_t i = 0; i < path.size(); ++i) {
    result += path[i];
    if (path[i] == '$' && is_special(path.substr(i))) {
      result += '$';
    }
  }
  return result;
}

}  // namespace

Problem expand_paths(Node& node) {
  if (node.is_scalar()) {
    return expand(node.text);
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    Node& item = node.children[i];
    if (node.is_list() && (item.is_null() || (item.is_scalar() && item.text.empty()))) {
      return fmt::format("entry {} of the list is empty", i + 1);
    }
    if (Problem problem = item.is_scalar() ? expand(item.text) : std::nullopt) {
      return problem;
    }
  }
  return std::nullopt;
}

void protect_paths(Node& node) {
  node.text = protect(node.text);
  for (Node& item : node.children) {
    item.text = protect(item.text);
  }
}

std::string path_setting(const std::string& path) {
  return to_flow(text_node(protect(path)));
}

}  // namespace sr::settings
