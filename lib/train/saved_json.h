#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace sr {

/// Runs `use`, which reads what a state holds, and puts the state's name before what it does not
/// like: CheckpointError "<state>: <reason>".
template <typename Function>
void naming_state(const std::filesystem::path& state, Function use) {
  try {
    use();
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(state.string() + ": is no state of this program: " + error.what());
  } catch (const CheckpointError& error) {
    throw CheckpointError(state.string() + ": " + error.what());
  }
}

/// Compares a part of a saved document with what this program would save in its place: where both
/// have a key, the values must be of one kind (an integer where an integer is written, and so on
/// through objects; null on either side fits all). Keeps a forged or foreign document from being
/// converted silently. Throws CheckpointError naming the path: "sizes/window/steps is no integer".
void require_same_kinds(const nlohmann::ordered_json& saved, const nlohmann::ordered_json& model,
                        const std::string& where);

}  // namespace sr
