#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "data/item_order.h"
#include "data/pass_of.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::pass_of;

std::vector<Scene> scenes_of(const std::vector<std::size_t>& lengths) {
  std::vector<Scene> scenes;
  std::size_t first = 0;
  for (const std::size_t frames : lengths) {
    scenes.push_back({"scene", first, frames, true});
    first += frames;
  }
  return scenes;
}

/// The scene an item lies in.
std::size_t scene_at(const std::vector<Scene>& scenes, std::uint64_t item) {
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    if (item >= scenes[i].first && item < scenes[i].first + scenes[i].frames) {
      return i;
    }
  }
  return scenes.size();
}

}  // namespace

TEST_CASE("every frame of every scene comes once a pass and each scene in its order", "[data]") {
  const auto scenes = scenes_of({40, 3, 17, 100, 1, 9, 9, 9, 9, 9, 9, 30});
  const auto order = scene_lanes(4, scenes, 1);
  REQUIRE(order->size() == 245);
  for (std::uint64_t pass = 0; pass < 6; ++pass) {
    const auto items = pass_of(*order, pass);
    CHECK(std::set<std::uint64_t>(items.begin(), items.end()).size() == 245);
    std::map<std::size_t, std::uint64_t> next;
    int out_of_order = 0;
    for (const std::uint64_t item : items) {
      const std::size_t scene = scene_at(scenes, item);
      const std::uint64_t frame = item - scenes[scene].first;
      out_of_order += frame == next[scene] ? 0 : 1;
      next[scene] = frame + 1;
    }
    CHECK(out_of_order == 0);
  }
}

TEST_CASE("a clip never leaves its scene", "[data]") {
  const auto scenes = scenes_of({10, 4, 5, 30});
  const auto order = scene_lanes(4, scenes, 5);
  CHECK(order->size() == 6 + 0 + 1 + 26);
  for (const std::uint64_t item : pass_of(*order, 0)) {
    const std::size_t scene = scene_at(scenes, item);
    CHECK(scene_at(scenes, item - 2) == scene);
    CHECK(scene_at(scenes, item + 2) == scene);
  }
  CHECK_THROWS_AS(scene_lanes(4, scenes_of({4, 2}), 5), std::invalid_argument);
}

TEST_CASE("neighbouring places show several scenes and all lanes end together", "[data]") {
  const auto scenes = scenes_of({400, 100, 200});
  const auto items = pass_of(*scene_lanes(4, scenes, 1), 0);
  for (std::size_t begin = 0; begin + 70 <= items.size(); begin += 70) {
    std::map<std::size_t, int> count;
    for (std::size_t i = begin; i < begin + 70; ++i) {
      ++count[scene_at(scenes, items[i])];
    }
    CHECK(std::abs(count[0] - 40) <= 1);
    CHECK(std::abs(count[1] - 10) <= 1);
    CHECK(std::abs(count[2] - 20) <= 1);
  }
}

TEST_CASE("passes begin with different scenes", "[data]") {
  const auto scenes = scenes_of(std::vector<std::size_t>(40, 10));
  const auto order = scene_lanes(4, scenes, 1);
  std::set<std::vector<std::uint64_t>> passes;
  for (std::uint64_t pass = 0; pass < 10; ++pass) {
    passes.insert(pass_of(*order, pass));
  }
  CHECK(passes.size() == 10);
}

}  // namespace sr
