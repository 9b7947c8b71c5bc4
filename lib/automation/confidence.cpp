#include "automation/confidence.h"

#include <algorithm>

namespace sr {

namespace {

constexpr double kReserveFloor = 0.005;
constexpr double kReserveCap = 0.06;
constexpr double kIdleFactor = 0.8;

}  // namespace

double Confidence::growth_cap() const {
  switch (verdict_) {
    case Verdict::kConfirmed:
      return 4.0;
    case Verdict::kConfirmedTwice:
      return 8.0;
    case Verdict::kMissed:
      return 1.25;
    case Verdict::kUntested:
      break;
  }
  return 1.6;
}

void Confidence::expect(TrainingSize size, std::int64_t peak) {
  expected_ = Expectation{size, peak};
}

void Confidence::measured(TrainingSize size, std::int64_t peak, std::int64_t total) {
  if (!expected_ || expected_->size != size) {
    return;
  }
  const double under = static_cast<double>(peak - expected_->peak) / static_cast<double>(total);
  const bool again = verdict_ == Verdict::kConfirmed || verdict_ == Verdict::kConfirmedTwice;
  if (under > reserve_) {
    verdict_ = Verdict::kMissed;
  } else {
    verdict_ = again ? Verdict::kConfirmedTwice : Verdict::kConfirmed;
  }
  raise_reserve(under);
  expected_.reset();
}

void Confidence::failed(TrainingSize size, std::int64_t seen, std::int64_t total) {
  if (expected_ && expected_->size == size) {
    verdict_ = Verdict::kMissed;
    raise_reserve(static_cast<double>(seen - expected_->peak) / static_cast<double>(total));
  }
  expected_.reset();
}

void Confidence::raise_reserve(double under_prediction) {
  reserve_ = std::max(reserve_, std::min(under_prediction, kReserveCap));
}

void Confidence::idle() {
  reserve_ = std::max(kReserveFloor, kIdleFactor * reserve_);
}

bool Confidence::reserve_at_floor() const {
  return reserve_ <= kReserveFloor;
}

Json Confidence::state() const {
  Json json{{"verdict", static_cast<int>(verdict_)}, {"reserve", reserve_}, {"expected", nullptr}};
  if (expected_) {
    json["expected"] = {{"size", expected_->size}, {"peak", expected_->peak}};
  }
  return json;
}

void Confidence::restore(const Json& state) {
  verdict_ = static_cast<Verdict>(std::clamp(state.at("verdict").get<int>(), 0, 3));
  reserve_ = state.at("reserve").get<double>();
  expected_.reset();
  if (const auto& expected = state.at("expected"); !expected.is_null()) {
    expected_ = Expectation{expected.at("size").get<TrainingSize>(),
                            expected.at("peak").get<std::int64_t>()};
  }
}

}  // namespace sr
