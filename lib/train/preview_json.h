#pragma once

#include <nlohmann/json.hpp>

#include "data/mix_draw.h"
#include "degrade/plan.h"

// What was drawn for a sample, in the words of the configuration.

namespace sr {

nlohmann::ordered_json plan_json(const DegradationPlan& plan);
/// `partner`: number of the other sample; `side`: of the LQ crop.
nlohmann::ordered_json mix_json(const MixDraw& draw, std::uint64_t partner, int side);

}  // namespace sr
