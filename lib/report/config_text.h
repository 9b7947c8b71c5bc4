#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

// What a start shows of the resolved configuration.

namespace sr {

/// The value at a JSON path ("/train/total_iter") as text; empty when there is none.
std::string config_text(const nlohmann::ordered_json& config, const char* path);
/// 0 when there is none.
std::int64_t config_integer(const nlohmann::ordered_json& config, const char* path);
double config_number(const nlohmann::ordered_json& config, const char* path);

/// What ends the run: "20,000 steps", "1,000,000 steps or 8 hours"; empty when nothing is known.
std::string goal_text(const nlohmann::ordered_json& config);

}  // namespace sr
