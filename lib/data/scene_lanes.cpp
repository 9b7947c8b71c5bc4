#include <algorithm>
#include <stdexcept>

#include "core/random.h"
#include "data/item_order.h"

namespace sr {
namespace {

/// Scenes read one after the other.
struct Lane {
  std::vector<std::uint64_t> items;   ///< middle frames, scene by scene
  std::vector<std::uint64_t> begins;  ///< where in `items` a scene begins
};

std::vector<Lane> deal(std::span<const Scene> scenes, std::uint64_t margin) {
  std::vector<Scene> usable;
  for (const Scene& scene : scenes) {
    if (scene.frames > 2 * margin) {
      usable.push_back(scene);
    }
  }
  if (usable.empty()) {
    throw std::invalid_argument("no scene is as long as a clip");
  }
  // The longest first, each to the lane that has least: lanes come out about equally long.
  std::stable_sort(usable.begin(), usable.end(),
                   [](const Scene& a, const Scene& b) { return a.frames > b.frames; });
  std::vector<Lane> lanes(std::min(kMostLanes, usable.size()));
  for (const Scene& scene : usable) {
    Lane& lane = *std::min_element(lanes.begin(), lanes.end(), [](const Lane& a, const Lane& b) {
      return a.items.size() < b.items.size();
    });
    lane.begins.push_back(lane.items.size());
    for (std::uint64_t frame = margin; frame + margin < scene.frames; ++frame) {
      lane.items.push_back(scene.first + frame);
    }
  }
  return lanes;
}

class SceneLanes : public ItemOrder {
 public:
  SceneLanes(std::uint64_t seed, std::span<const Scene> scenes, int clip_size)
      : seed_(seed), lanes_(deal(scenes, static_cast<std::uint64_t>(clip_size / 2))) {
    // Place j of a lane of n frames is due at (j + 1/2) / n of the pass.
    struct Due {
      double time;
      Place place;
    };
    std::vector<Due> due;
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      const std::size_t frames = lanes_[lane].items.size();
      for (std::size_t j = 0; j < frames; ++j) {
        due.push_back({(static_cast<double>(j) + 0.5) / static_cast<double>(frames), {lane, j}});
      }
    }
    std::stable_sort(due.begin(), due.end(),
                     [](const Due& a, const Due& b) { return a.time < b.time; });
    places_.reserve(due.size());
    for (const Due& entry : due) {
      places_.push_back(entry.place);
    }
  }
  std::uint64_t size() const override { return places_.size(); }
  std::uint64_t item(std::uint64_t pass, std::uint64_t position) const override {
    const Place place = places_[position];
    const Lane& lane = lanes_[place.lane];
    const std::uint64_t draw = hash(hash(seed_, place.lane, Stream::kLane), pass, Stream::kLane);
    const std::uint64_t begin = lane.begins[draw % lane.begins.size()];
    return lane.items[(begin + place.index) % lane.items.size()];
  }

 private:
  struct Place {
    std::size_t lane;
    std::size_t index;
  };
  std::uint64_t seed_;
  std::vector<Lane> lanes_;
  std::vector<Place> places_;
};

}  // namespace

std::unique_ptr<ItemOrder> scene_lanes(std::uint64_t seed, std::span<const Scene> scenes,
                                       int clip_size) {
  return std::make_unique<SceneLanes>(seed, scenes, clip_size);
}

}  // namespace sr
