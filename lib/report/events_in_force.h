#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

namespace sr {

/// The events of a file that are in force, each an object with an `event` that is a text and a
/// `step` that is a whole number. A `start` makes void what lies beyond its step: that is done
/// again. Lines that are torn or of another kind are passed over. `kept` says what is held of an
/// event; it leaves `step` as it is. Nothing when there is no such file that can be read.
std::optional<std::vector<nlohmann::ordered_json>> events_in_force(
    const std::filesystem::path& file,
    const std::function<nlohmann::ordered_json(nlohmann::ordered_json)>& kept = {});

}  // namespace sr
