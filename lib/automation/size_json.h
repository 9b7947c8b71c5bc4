#pragma once

#include <nlohmann/json.hpp>

#include "core/training_size.h"

namespace sr {

/// Keeps the order of keys, so that a state reads as it was written. restore() of a part throws
/// this library's exceptions for what no state() has written; those who own the parts throw
/// CheckpointError in their place.
using Json = nlohmann::ordered_json;

// Found by nlohmann::json through the argument's namespace.
void to_json(Json& json, const TrainingSize& size);
void from_json(const Json& json, TrainingSize& size);

}  // namespace sr
