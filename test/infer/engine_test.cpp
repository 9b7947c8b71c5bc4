#include "infer/engine.h"

#include <vector>

#include <c10/util/Exception.h>
#include <torch/torch.h>

#include "core/error.h"
#include "infer/networks.h"
#include "support/catch.h"

namespace {

struct NoMemory final : sr::DeviceMemory {
  sr::MemoryReading read() override { return {}; }
  void reset_peak() override {}
  void empty_cache() override { ++emptied; }
  void synchronize() override {}
  void set_limit(std::optional<std::int64_t>) override {}
  std::int64_t last_refused_bytes() override { return 0; }
  int emptied = 0;
};

/// Nearest x2 that runs out of memory above so many LQ pixels at once.
sr::test::FunctionNetwork network_for(std::int64_t most_pixels) {
  return {2, [most_pixels](const at::Tensor& lq) {
            TORCH_CHECK_WITH(OutOfMemoryError, lq.size(2) * lq.size(3) <= most_pixels, "too large");
            return sr::test::nearest(lq, 2);
          }};
}

}  // namespace

TEST_CASE("tiles shrink until the image fits, and the size is kept", "[infer]") {
  NoMemory memory;
  std::vector<int> shrunk;
  sr::InferenceOptions options;
  options.around_tile.reach = 0;
  sr::Engine engine(options, memory,
                    [&](const sr::SmallerTiles& tiles) { shrunk.push_back(tiles.tile_size); });
  const auto network = network_for(150 * 150);
  const cv::Mat image = sr::test::noise(300, 600, CV_8UC3);
  const cv::Mat output = engine.run(network, image, "a.png").image;
  CHECK(shrunk == std::vector<int>{512, 256, 128});
  CHECK(memory.emptied == 3);
  CHECK(engine.tile_size() == 128);
  const cv::Mat expected = sr::super_resolve(network_for(1 << 30), image, {}).image;
  CHECK(sr::test::largest_difference(output, expected) == 0);
  engine.run(network, image, "b.png");
  CHECK(shrunk.size() == 3);
}

TEST_CASE("an image that fits in no tiles is named", "[infer]") {
  NoMemory memory;
  sr::Engine engine({}, memory, [](const sr::SmallerTiles&) {});
  try {
    engine.run(network_for(10), sr::test::noise(100, 100, CV_8UC3), "a.png");
    FAIL("it fitted");
  } catch (const sr::DoesNotFitError& error) {
    CHECK(std::string(error.what()).starts_with("a.png: out of memory with tiles of 64 LQ pixels"));
  }
}
