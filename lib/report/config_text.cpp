#include "report/config_text.h"

#include <fmt/format.h>

#include <cmath>

#include "report/text.h"

namespace sr {

using Json = nlohmann::ordered_json;

std::string config_text(const Json& config, const char* path) {
  const Json::json_pointer pointer(path);
  if (!config.contains(pointer) || config.at(pointer).is_null()) {
    return "";
  }
  const Json& value = config.at(pointer);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::int64_t config_integer(const Json& config, const char* path) {
  const Json::json_pointer pointer(path);
  return config.contains(pointer) && config.at(pointer).is_number_integer()
             ? config.at(pointer).get<std::int64_t>()
             : 0;
}

double config_number(const Json& config, const char* path) {
  const Json::json_pointer pointer(path);
  return config.contains(pointer) && config.at(pointer).is_number()
             ? config.at(pointer).get<double>()
             : 0;
}

std::string goal_text(const Json& config) {
  struct End {
    const char* path;
    const char* unit;
  };
  std::string text;
  for (const End& end : {End{"/train/total_iter", "steps"}, End{"/train/total_samples", "samples"},
                         End{"/train/total_pixels", "GT pixels"}}) {
    if (const double total = config_number(config, end.path); total > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : " or ", grouped(std::llround(total)),
                          end.unit);
    }
  }
  if (const double hours = config_number(config, "/train/max_hours"); hours > 0) {
    text += fmt::format("{}{:g} hours", text.empty() ? "" : " or ", hours);
  }
  return text;
}

}  // namespace sr
