#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

namespace sr {

/// Who reads a run's events one by one.
class EventReader {
 public:
  virtual ~EventReader() = default;
  virtual void read(nlohmann::ordered_json event, std::int64_t step) = 0;
  /// What lies beyond this step is done again: called for a `start`, before it is read.
  virtual void make_void_beyond(std::int64_t step) = 0;
};

/// Reads the events of a file in its order: each an object with an `event` that is a text and a
/// `step` that is a whole number. Lines that are torn or of another kind are passed over. False
/// when there is no such file that can be read.
bool read_events(const std::filesystem::path& file, EventReader& reader);

/// All that are in force. Nothing when there is no such file that can be read.
std::optional<std::vector<nlohmann::ordered_json>> events_in_force(
    const std::filesystem::path& file);

}  // namespace sr
