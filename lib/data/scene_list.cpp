#include "data/scene_list.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

namespace sr {
namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// The digits at the front of a text.
std::string_view leading_number(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view without_zeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

/// Below, above or equal to zero as number a is less than, more than or equal to b; no length of a
/// number is too long.
int compare_numbers(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  if (a.size() != b.size()) {
    return a.size() < b.size() ? -1 : 1;
  }
  return a.compare(b);
}

}  // namespace

FrameName frame_name(const std::string& stem) {
  const std::size_t slash = stem.find_last_of('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  const std::size_t first = stem.find('_', base);
  if (first == std::string::npos) {
    return {stem.substr(0, base == 0 ? 0 : slash), stem.substr(base)};
  }
  const std::size_t last = stem.find_last_of('_');
  const std::string number = stem.substr(last + 1);
  const bool numbered = !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
  const std::size_t cut = numbered ? last : first;
  return {stem.substr(0, cut), stem.substr(cut + 1)};
}

bool natural_less(const std::string& a, const std::string& b) {
  std::string_view left = a;
  std::string_view right = b;
  while (!left.empty() && !right.empty()) {
    const std::string_view left_number = leading_number(left);
    const std::string_view right_number = leading_number(right);
    if (!left_number.empty() && !right_number.empty()) {
      const int order = compare_numbers(left_number, right_number);
      if (order != 0) {
        return order < 0;
      }
      left.remove_prefix(left_number.size());
      right.remove_prefix(right_number.size());
    } else if (left.front() != right.front()) {
      return static_cast<unsigned char>(left.front()) < static_cast<unsigned char>(right.front());
    } else {
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
  }
  return left.empty() && right.empty() ? a < b : left.empty();
}

std::vector<SceneFiles> group_scenes(const std::vector<ImageFile>& files) {
  std::vector<SceneFiles> scenes;
  std::map<std::string, SceneFiles> stills;
  for (const ImageFile& file : files) {
    if (file.video) {
      scenes.push_back({file.stem, file.path, {}});
      continue;
    }
    FrameName name = frame_name(file.stem);
    SceneFiles& scene = stills[name.scene];
    scene.name = name.scene;
    scene.frames.push_back({std::move(name.label), file.stem, file.path});
  }
  for (auto& [name, scene] : stills) {
    std::sort(
        scene.frames.begin(), scene.frames.end(),
        [](const StillFrame& a, const StillFrame& b) { return natural_less(a.label, b.label); });
    scenes.push_back(std::move(scene));
  }
  std::stable_sort(scenes.begin(), scenes.end(),
                   [](const SceneFiles& a, const SceneFiles& b) { return a.name < b.name; });
  return scenes;
}

}  // namespace sr
