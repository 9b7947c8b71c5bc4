#include "infer/engine.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "core/error.h"
#include "core/units.h"
#include "device/out_of_memory.h"

namespace sr {
namespace {

constexpr std::array<int, 4> kTileLadder{512, 256, 128, 64};

/// The next smaller rung that cuts an image of this size at all; 0 when there is none.
int next_tile_size(int tile_size, const cv::Mat& image) {
  const int longest = std::max(image.rows, image.cols);
  for (const int rung : kTileLadder) {
    if (rung < longest && (tile_size == 0 || rung < tile_size)) {
      return rung;
    }
  }
  return 0;
}

}  // namespace

Engine::Engine(const InferenceOptions& options, DeviceMemory& memory,
               OnSmallerTiles on_smaller_tiles)
    : options_(options), memory_(memory), on_smaller_tiles_(std::move(on_smaller_tiles)) {}

ResolvedImage Engine::run(const Network& network, const cv::Mat& lq, const std::string& name,
                          int depth) {
  while (true) {
    const std::uint64_t refusals = memory_.read().refusals;
    const auto started = std::chrono::steady_clock::now();
    ResolvedImage output;
    const std::optional<OutOfMemory> failure =
        run_or_out_of_memory([&] { output = super_resolve(network, lq, options_, depth); },
                             [&] { return memory_.read().refusals > refusals; });
    if (!failure) {
      return output;
    }
    memory_.empty_cache();
    const int smaller = next_tile_size(options_.tile_size, lq);
    if (smaller == 0) {
      throw DoesNotFitError(
          fmt::format("{}: out of memory with tiles of {} LQ pixels ({} requested); ask for "
                      "smaller tiles or raise the limit",
                      name, options_.tile_size, format_bytes(failure->requested_bytes)));
    }
    options_.tile_size = smaller;
    on_smaller_tiles_(
        {smaller, failure->requested_bytes,
         std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
             .count()});
  }
}

}  // namespace sr
