#include "automation/memory_model.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace sr {

namespace {

/// Secants between closer sizes would say more about noise than about the curve.
constexpr double kSecantDistance = 0.10;
/// A measured peak that is not seen again loses this share of its excess a window.
constexpr double kDecay = 0.25;

bool far_apart(double a, double b) {
  return std::abs(a - b) > kSecantDistance * std::max(a, b);
}

}  // namespace

MemoryModel::MemoryModel(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 2)) {}

void MemoryModel::observe(TrainingSize size, std::int64_t peak, std::int64_t between_steps) {
  between_steps_ = between_steps;
  ++clock_;
  const double seen = std::max(0.0, static_cast<double>(peak - between_steps));
  for (auto& point : points_) {
    if (point.size == size) {
      point.activations = std::max(seen, point.activations - kDecay * (point.activations - seen));
      point.age = clock_;
      return;
    }
  }
  if (points_.size() == capacity_) {
    points_.erase(std::min_element(points_.begin(), points_.end(),
                                   [](const Point& a, const Point& b) { return a.age < b.age; }));
  }
  const Point added{size, seen, clock_};
  const auto order = [](const Point& a, const Point& b) {
    return std::tuple(a.size.pixels(), a.size) < std::tuple(b.size.pixels(), b.size);
  };
  points_.insert(std::upper_bound(points_.begin(), points_.end(), added, order), added);
}

void MemoryModel::observe_failure(TrainingSize size, std::int64_t seen,
                                  std::int64_t between_steps) {
  forget(size);
  between_steps_ = between_steps;
  failures_.push_back({size, std::max(0.0, static_cast<double>(seen - between_steps)), ++clock_});
  if (failures_.size() > capacity_) {
    failures_.erase(failures_.begin());
  }
}

void MemoryModel::forget(TrainingSize size) {
  std::erase_if(points_, [&](const Point& point) { return point.size == size; });
}

bool MemoryModel::measured(TrainingSize size) const {
  return std::any_of(points_.begin(), points_.end(),
                     [&](const Point& point) { return point.size == size; });
}

double MemoryModel::slope_above(const Point& point) const {
  double slope = point.activations / point.pixels();
  const auto consider = [&](const Point& other) {
    if (far_apart(point.pixels(), other.pixels())) {
      slope = std::max(slope,
                       (point.activations - other.activations) / (point.pixels() - other.pixels()));
    }
  };
  std::for_each(points_.begin(), points_.end(), consider);
  for (const auto& failure : failures_) {
    if (failure.pixels() > point.pixels()) {
      consider(failure);
    }
  }
  return slope;
}

double MemoryModel::slope_below(const Point& point) const {
  // Below the smallest measured size too steep is the risky side, so the flattest evidence counts;
  // half the one-point slope guards against a secant that noise made flat.
  const double one_point = point.activations / point.pixels();
  double slope = one_point;
  for (const auto& other : points_) {
    if (far_apart(point.pixels(), other.pixels())) {
      slope = std::min(slope,
                       (other.activations - point.activations) / (other.pixels() - point.pixels()));
    }
  }
  return std::max(slope, 0.5 * one_point);
}

double MemoryModel::activations(TrainingSize size) const {
  const auto pixels = static_cast<double>(size.pixels());
  for (const auto& point : points_) {
    if (point.size == size) {
      return point.activations;
    }
  }
  const auto above = std::find_if(points_.begin(), points_.end(),
                                  [&](const Point& point) { return point.pixels() > pixels; });
  if (above == points_.begin()) {
    return above->activations - slope_below(*above) * (above->pixels() - pixels);
  }
  const Point& below = *(above - 1);
  if (above == points_.end()) {
    return below.activations + slope_above(below) * (pixels - below.pixels());
  }
  const double share = (pixels - below.pixels()) / (above->pixels() - below.pixels());
  return below.activations + share * (above->activations - below.activations);
}

std::optional<std::int64_t> MemoryModel::predict(TrainingSize size) const {
  if (points_.empty()) {
    return std::nullopt;
  }
  return between_steps_ + static_cast<std::int64_t>(std::ceil(std::max(0.0, activations(size))));
}

double MemoryModel::bytes_per_lq_pixel() const {
  return points_.empty() ? 0.0 : slope_above(points_.back());
}

Json MemoryModel::points_to_json(const std::vector<Point>& points) {
  Json list = Json::array();
  for (const auto& point : points) {
    list.push_back({{"size", point.size}, {"activations", point.activations}, {"age", point.age}});
  }
  return list;
}

std::vector<MemoryModel::Point> MemoryModel::points_from_json(const Json& list) {
  std::vector<Point> points;
  for (const auto& item : list) {
    points.push_back({item.at("size").get<TrainingSize>(), item.at("activations").get<double>(),
                      item.at("age").get<std::int64_t>()});
  }
  return points;
}

Json MemoryModel::state() const {
  return {{"points", points_to_json(points_)},
          {"failures", points_to_json(failures_)},
          {"fixed_lower", between_steps_},
          {"clock", clock_}};
}

void MemoryModel::restore(const Json& state) {
  points_ = points_from_json(state.at("points"));
  failures_ = points_from_json(state.at("failures"));
  between_steps_ = state.at("fixed_lower").get<std::int64_t>();
  clock_ = state.at("clock").get<std::int64_t>();
}

}  // namespace sr
