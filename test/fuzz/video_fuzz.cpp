// Changed videos for the readers of containers and the decoder behind them; they may only decode or
// refuse them.
//   fuzz_video --seconds 600 [sample...]

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "fuzz/driver.h"
#include "image/video.h"
#include "image/video_container.h"
#include "support/temp_folder.h"
#include "support/video.h"

namespace sr::test {

/// The container by itself, then the decoder, whatever the container's reader said.
bool try_input(const std::string& bytes) {
  static const TempFolder folder;
  try {
    MemorySource source("x", {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    read_container(source);
  } catch (const DataError&) {
    // The decoder is tried all the same.
  }
  try {
    probe_video(folder.write("x", bytes));
    return true;
  } catch (const DataError&) {
    return false;
  }
}

std::vector<std::string> built_in_samples() {
  const TempFolder folder;
  std::vector<std::string> samples;
  for (const char* name : {"a.avi", "b.mp4", "c.mov", "d.mkv"}) {
    write_video(folder / name, 4);
    samples.push_back(read_text(folder / name));
  }
  return samples;
}

std::span<const std::string_view> words_of_inputs() {
  return {};
}

}  // namespace sr::test
