#include "yaml/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "core/error.h"
#include "core/lines.h"
#include "core/printable_text.h"
#include "yaml/node.h"

namespace sr::settings {
namespace {

constexpr std::size_t kLongestKey = 200;    // bytes
constexpr std::size_t kLongestText = 2000;  // bytes; lists of known keys are long
constexpr std::size_t kMostLines = 100;

std::string shown(std::string_view text, std::size_t most) {
  return printable_line(shortened(text, most));
}

}  // namespace

Findings::Findings(const std::string& file, PlaceOfKey* place_of_key)
    : file_(printable_line(file)), place_of_key_(place_of_key) {}

void Findings::problem(int line, std::string_view key, std::string_view what) {
  const std::string place =
      line == kCommandLine ? std::string("--set") : fmt::format("{}:{}", file_, line);
  std::string text = place + ": ";
  if (!key.empty()) {
    text += shown(key, kLongestKey) + ": ";
  }
  text += shown(what, kLongestText);
  if (told_.insert(text).second) {
    problems_.push_back({line, std::move(text)});
  }
}

void Findings::notice(std::string_view text) {
  notices_.push_back(shown(text, kLongestText));
}

void Findings::warning(std::string_view text) {
  warnings_.push_back(shown(text, kLongestText));
}

void Findings::no_effect(std::string_view key, std::string_view reason) {
  const auto group = std::find_if(without_effect_.begin(), without_effect_.end(),
                                  [&](const Group& other) { return other.reason == reason; });
  if (group != without_effect_.end()) {
    group->keys.push_back(shown(key, kLongestKey));
  } else {
    without_effect_.push_back({std::string(reason), {shown(key, kLongestKey)}});
  }
}

void Findings::throw_problems() const {
  if (problems_.empty()) {
    return;
  }
  std::vector<Told> sorted = problems_;
  const auto order = [](const Told& problem) {
    return problem.line == kCommandLine ? std::numeric_limits<int>::max() : problem.line;
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Told& a, const Told& b) { return order(a) < order(b); });
  std::string message;
  for (const Told& problem : std::span(sorted).first(std::min(sorted.size(), kMostLines))) {
    message += (message.empty() ? "" : "\n") + problem.text;
  }
  if (sorted.size() > kMostLines) {
    message += fmt::format("\nand {} more problems", sorted.size() - kMostLines);
  }
  throw ConfigError(message);
}

std::vector<std::string> Findings::notices() const {
  std::vector<std::string> lines;
  for (const Group& group : without_effect_) {
    lines.push_back(
        fmt::format("{}: no effect here: {}", shortened_list(group.keys), group.reason));
  }
  lines.insert(lines.end(), notices_.begin(), notices_.end());
  return lines;
}

}  // namespace sr::settings
