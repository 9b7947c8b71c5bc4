#include "data/profile_count.h"

#include <vector>

#include <fmt/format.h>

#include "core/lines.h"

namespace sr {

void ProfileCount::add(const std::string& profile, const std::filesystem::path& file) {
  if (profile.empty()) {
    return;
  }
  if (counts_.empty()) {
    example_ = file;
  }
  ++counts_[profile];
}

std::string ProfileCount::text() const {
  constexpr std::size_t kShown = 5;
  std::size_t files = 0;
  std::vector<std::string> names;
  for (const auto& [profile, count] : counts_) {
    files += count;
    names.push_back(fmt::format("{} ({})", profile, count));
  }
  return files == 0 ? std::string()
                    : fmt::format(
                          "{} image{} of other colours than sRGB, taken as if they were sRGB: {}; "
                          "such as {}",
                          files, files == 1 ? " is" : "s are", shortened_list(names, kShown),
                          example_.string());
}

}  // namespace sr
