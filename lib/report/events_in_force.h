#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

namespace sr {

/// Reads the events of a file one by one, in its order: each an object with an `event` that is a
/// text and a `step` that is a whole number. Lines that are torn or of another kind are passed
/// over. False when there is no such file that can be read.
bool for_each_event(
    const std::filesystem::path& file,
    const std::function<void(nlohmann::ordered_json event, std::int64_t step)>& use);

/// Those of them that are in force: a `start` makes void what lies beyond its step, since that is
/// done again. Nothing when there is no such file that can be read.
std::optional<std::vector<nlohmann::ordered_json>> events_in_force(
    const std::filesystem::path& file);

}  // namespace sr
