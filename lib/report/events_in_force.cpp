#include "report/events_in_force.h"

#include <string>
#include <utility>

#include "core/line_file.h"
#include "report/json_fields.h"

namespace sr {

using Json = nlohmann::ordered_json;

bool for_each_event(const std::filesystem::path& file,
                    const std::function<void(Json event, std::int64_t step)>& use) {
  LineFile lines(file);
  for (std::string line; lines.next(line);) {
    Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto step = whole<std::int64_t>(field(event, "step"));
    if (step && field(event, "event").is_string()) {
      use(std::move(event), *step);
    }
  }
  return lines.is_open();
}

std::optional<std::vector<Json>> events_in_force(const std::filesystem::path& file) {
  std::vector<Json> events;
  const bool read = for_each_event(file, [&](Json event, std::int64_t step) {
    if (event["event"] == "start") {
      std::erase_if(
          events, [&](const Json& earlier) { return earlier["step"].get<std::int64_t>() > step; });
    }
    events.push_back(std::move(event));
  });
  return read ? std::optional(std::move(events)) : std::nullopt;
}

}  // namespace sr
