#include "report/events_in_force.h"

#include <string>
#include <utility>

#include "core/line_file.h"
#include "report/json_fields.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

class Keeper final : public EventReader {
 public:
  void read(Json event, std::int64_t /*step*/) override { events.push_back(std::move(event)); }
  void make_void_beyond(std::int64_t step) override {
    std::erase_if(events,
                  [&](const Json& earlier) { return earlier["step"].get<std::int64_t>() > step; });
  }

  std::vector<Json> events;
};

}  // namespace

bool read_events(const std::filesystem::path& file, EventReader& reader) {
  LineFile lines(file);
  for (std::string line; lines.next(line);) {
    Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto step = whole<std::int64_t>(field(event, "step"));
    if (!step || !field(event, "event").is_string()) {
      continue;
    }
    if (event["event"] == "start") {
      reader.make_void_beyond(*step);
    }
    reader.read(std::move(event), *step);
  }
  return lines.is_open();
}

std::optional<std::vector<Json>> events_in_force(const std::filesystem::path& file) {
  Keeper keeper;
  return read_events(file, keeper) ? std::optional(std::move(keeper.events)) : std::nullopt;
}

}  // namespace sr
