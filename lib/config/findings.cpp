#include "config/findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "config/node.h"
#include "core/error.h"

namespace sr::settings {

void Findings::problem(int line, std::string_view key, std::string_view what) {
  const std::string place =
      line == kCommandLine ? std::string("--set") : fmt::format("{}:{}", file_, line);
  std::string text = key.empty() ? fmt::format("{}: {}", place, what)
                                 : fmt::format("{}: {}: {}", place, key, what);
  const bool known = std::any_of(problems_.begin(), problems_.end(),
                                 [&](const Problem& other) { return other.text == text; });
  if (!known) {
    problems_.push_back({line, std::move(text)});
  }
}

void Findings::no_effect(std::string_view key, std::string_view reason) {
  const auto group = std::find_if(without_effect_.begin(), without_effect_.end(),
                                  [&](const Group& other) { return other.reason == reason; });
  if (group != without_effect_.end()) {
    group->keys.emplace_back(key);
  } else {
    without_effect_.push_back({std::string(reason), {std::string(key)}});
  }
}

void Findings::throw_problems() const {
  if (problems_.empty()) {
    return;
  }
  std::vector<Problem> sorted = problems_;
  const auto order = [](const Problem& problem) {
    return problem.line == kCommandLine ? std::numeric_limits<int>::max() : problem.line;
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  std::string message;
  for (const Problem& problem : sorted) {
    message += (message.empty() ? "" : "\n") + problem.text;
  }
  throw ConfigError(message);
}

std::vector<std::string> Findings::notices() const {
  std::vector<std::string> lines;
  for (const Group& group : without_effect_) {
    lines.push_back(
        fmt::format("{}: no effect here: {}", fmt::join(group.keys, ", "), group.reason));
  }
  lines.insert(lines.end(), notices_.begin(), notices_.end());
  return lines;
}

}  // namespace sr::settings
