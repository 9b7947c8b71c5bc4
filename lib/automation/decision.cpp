#include "automation/decision.h"

namespace sr {

std::string_view name_of(SizeAction action) {
  switch (action) {
    case SizeAction::kGrowLq:
      return "grow_lq";
    case SizeAction::kGrowBatch:
      return "grow_batch";
    case SizeAction::kShrinkLq:
      return "shrink_lq";
    case SizeAction::kShrinkBatch:
      return "shrink_batch";
    case SizeAction::kRecompute:
      return "recompute";
    case SizeAction::kHold:
      break;
  }
  return "hold";
}

std::string_view name_of(RateAction action) {
  switch (action) {
    case RateAction::kReduce:
      return "reduce";
    case RateAction::kRaise:
      return "raise";
    case RateAction::kHold:
      break;
  }
  return "hold";
}

std::string_view name_of(FailureClass kind) {
  switch (kind) {
    case FailureClass::kFragmentation:
      return "fragmentation";
    case FailureClass::kExternal:
      return "external";
    case FailureClass::kAnomaly:
      return "anomaly";
    case FailureClass::kSoft:
      return "soft";
    case FailureClass::kGenuine:
      break;
  }
  return "genuine";
}

}  // namespace sr
