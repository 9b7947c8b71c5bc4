#include "image/decode_bytes.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/host_memory.h"
#include "core/parallel.h"
#include "core/units.h"

namespace sr {

std::int64_t most_decode_bytes() {
  // All of the memory, read once: a file must not be good or bad by what else runs just now. So are
  // the processors: the kernel's files that tell them take longer to read than a picture's header.
  static const std::int64_t most = [] {
    const std::int64_t total = HostMemoryReader().read().total;
    return std::max(total / 4 / useful_threads(), std::min(kGiB, total / 8));
  }();
  return most;
}

void check_decode_memory(const ByteSource& source, const ImageInfo& info, std::int64_t most) {
  const std::int64_t depth = std::max(info.bits / 8, 1);
  const std::int64_t pixels = std::int64_t{info.width} * info.height;
  const std::int64_t needed = pixels * depth * (info.channels + 3);
  if (needed > most) {
    source.fail(fmt::format(
        "{} x {} pixels take {} to decode; {} are allowed, a quarter of the memory shared by the "
        "decoding threads",
        info.width, info.height, format_bytes(needed), format_bytes(most)));
  }
}

}  // namespace sr
