#include "yaml/yaml_mistake.h"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/lines.h"

namespace sr::settings {
namespace {

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = std::min(line.find_first_not_of(kBlanks), line.size());
  return line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
}

/// Whether quotes, and braces and brackets, can open at `i`; elsewhere they are letters.
bool can_open(std::string_view line, std::size_t i) {
  return i == 0 || std::string_view(" \t,:[{").find(line[i - 1]) != std::string_view::npos;
}

/// What YAML reads of a line, without blanks at its ends.
std::string_view without_comment(std::string_view line) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if ((c == '"' || c == '\'') && can_open(line, i)) {
      quote = c;
    } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return trimmed(line.substr(0, i));
    }
  }
  return trimmed(line);
}

/// A line without what is in quotes, { } and [ ].
std::string outside_of_values(std::string_view line) {
  std::string outside;
  std::string closing;  // of what is open
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const std::size_t kind = std::string_view("\"'{[").find(c);
    const bool quoted = !closing.empty() && (closing.back() == '"' || closing.back() == '\'');
    if (!closing.empty() && c == closing.back()) {
      closing.pop_back();
    } else if (!quoted && kind != std::string_view::npos && can_open(line, i)) {
      closing += "\"'}]"[kind];
    } else if (closing.empty()) {
      outside += c;
    }
  }
  return outside;
}

/// The ends of keys: colons that a blank or the end of the line follows.
std::size_t count_of_keys(std::string_view line) {
  std::size_t count = 0;
  for (std::size_t i = line.find(':'); i != std::string_view::npos; i = line.find(':', i + 1)) {
    count += i + 1 == line.size() || line[i + 1] == ' ' || line[i + 1] == '\t' ? 1 : 0;
  }
  return count;
}

/// U+00A0 or U+3000, which YAML takes for letters.
bool holds_odd_space(std::string_view line) {
  return line.find("\xC2\xA0") != std::string_view::npos ||
         line.find("\xE3\x80\x80") != std::string_view::npos;
}

/// What a line that should be 'key: value' has instead.
std::string instead_of_key(std::string_view line) {
  const auto holds = [&](std::string_view part) {
    return line.find(part) != std::string_view::npos;
  };
  if (holds_odd_space(line)) {
    return "a no-break or wide space, which looks like a space (copied from a page?)";
  }
  if (holds("\xEF\xBC\x9A")) {
    return "a wide colon";
  }
  if (holds(":")) {
    return "no space after the colon";
  }
  return holds("=") ? "'=' instead of ':'" : "no colon";
}

/// A line, without its comment, that has no key where there must be one: yaml-cpp complains of the
/// next line with a key, because the text seems to go on there.
bool is_no_setting(std::string_view line) {
  if (line.empty() || holds_odd_space(line)) {
    return !line.empty();
  }
  const bool goes_on = std::string_view("-[]{}\"'").find(line[0]) != std::string_view::npos;
  return count_of_keys(line) == 0 &&
         (!goes_on || line.find_first_of(":=") != std::string_view::npos);
}

/// The lines of a text, counted from 0.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      lines_.push_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  /// Empty where there is none.
  std::string_view at(int line) const {
    const auto i = static_cast<std::size_t>(line);
    return line >= 0 && i < lines_.size() ? lines_[i] : std::string_view();
  }
  /// The one before `line` that is neither blank nor a comment; -1: none.
  int of_text_before(int line) const {
    do {
      --line;
    } while (line >= 0 && (trimmed(at(line)).empty() || trimmed(at(line)).starts_with('#')));
    return line;
  }

 private:
  std::vector<std::string_view> lines_;
};

YamlError no_setting(int line, std::string_view text) {
  constexpr std::size_t kShown = 60;
  return {line + 1, fmt::format("not valid YAML: expected 'key: value', got {} in '{}'",
                                instead_of_key(text), shortened(text, kShown))};
}

/// Of a document that begins at `line`, after another one: most are none that was meant.
YamlError second_document(const Lines& lines, int line) {
  const int before = lines.of_text_before(line);
  const std::string_view above = without_comment(lines.at(before));
  if (lines.at(line).starts_with("---") || above.starts_with("---") || before < 0) {
    return {line + 1, fmt::format("not valid YAML: {}", kSecondDocument)};
  }
  if (above.starts_with("...")) {
    return {line + 1, "not valid YAML: text behind '...', which ends the configuration"};
  }
  if (is_no_setting(above)) {
    return no_setting(before, above);
  }
  return {line + 1,
          "not valid YAML: what stands above is complete without this; settings are lines of "
          "'key: value'"};
}

}  // namespace

YamlError explained(const YAML::Exception& error, std::string_view text) {
  if (text.empty() || error.mark.is_null()) {
    return {1, fmt::format("not valid YAML: {}", error.msg)};
  }
  const int here = error.mark.line;
  const Lines lines(text);
  const std::string_view line = lines.at(here);
  if (error.msg == kSecondDocument) {
    return second_document(lines, here);
  }
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos) {
    return {here + 1, "not valid YAML: indented with a tab; YAML wants spaces"};
  }
  if (const std::size_t hole = line.find(": {}");
      hole != std::string_view::npos && line.find_first_not_of(" \t\r", hole + 4) == hole + 4) {
    return {here + 1,
            fmt::format("not valid YAML: text that begins with {{}} must be in quotes: '{}'",
                        line.substr(hole + 2))};
  }
  const auto column = static_cast<std::size_t>(std::max(error.mark.column, 0));
  if (error.msg == YAML::ErrorMsg::UNKNOWN_TOKEN && column < line.size() &&
      std::string_view("@`%").find(line[column]) != std::string_view::npos) {
    return {here + 1, "not valid YAML: text that begins with @, ` or % must be in quotes"};
  }
  if (error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW ||
      error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) {
    return {here + 1,
            "not valid YAML: a { or [ that begins here or above lacks a comma, or its end"};
  }
  if (error.msg.starts_with(YAML::ErrorMsg::INVALID_ESCAPE)) {
    return {here + 1,
            "not valid YAML: a backslash between double quotes begins an escape; in a path write / "
            "or use single quotes"};
  }
  const std::string_view setting = without_comment(line);
  if (error.msg == YAML::ErrorMsg::MAP_VALUE && count_of_keys(outside_of_values(setting)) > 1) {
    return {here + 1, "not valid YAML: a second ': '; a value that holds one must be in quotes"};
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE || error.msg == YAML::ErrorMsg::END_OF_MAP) {
    const int before = lines.of_text_before(here);
    const std::string_view above = without_comment(lines.at(before));
    if (is_no_setting(above)) {
      return no_setting(before, above);
    }
  }
  if (error.msg == YAML::ErrorMsg::END_OF_MAP) {
    if (is_no_setting(setting)) {
      return no_setting(here, setting);  // a comment ends it
    }
    return {here + 1,
            "not valid YAML: the line is no key of the section above; a key is indented as its "
            "neighbours are"};
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE) {
    return {here + 1,
            "not valid YAML: a key where none can stand; a key is indented as its neighbours are"};
  }
  return {here + 1, fmt::format("not valid YAML: {}", error.msg)};
}

}  // namespace sr::settings
