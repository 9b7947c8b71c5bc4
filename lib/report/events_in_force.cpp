#include "report/events_in_force.h"

#include <string>
#include <utility>

#include "core/line_file.h"
#include "report/json_fields.h"

namespace sr {

using Json = nlohmann::ordered_json;

std::optional<std::vector<Json>> events_in_force(const std::filesystem::path& file,
                                                 const std::function<Json(Json)>& kept) {
  LineFile lines(file);
  if (!lines.is_open()) {
    return std::nullopt;
  }
  const auto step_of = [](const Json& event) { return whole<std::int64_t>(field(event, "step")); };
  std::vector<Json> events;
  for (std::string line; lines.next(line);) {
    Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const std::optional<std::int64_t> step = step_of(event);
    if (!step || !field(event, "event").is_string()) {
      continue;
    }
    if (event["event"] == "start") {
      std::erase_if(events, [&](const Json& earlier) { return step_of(earlier) > step; });
    }
    events.push_back(kept ? kept(std::move(event)) : std::move(event));
  }
  return events;
}

}  // namespace sr
