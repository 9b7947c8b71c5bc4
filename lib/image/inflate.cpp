#include "image/inflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace sr {
namespace {

struct Free {
  void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, Free>;

}  // namespace

bool inflate_exactly(std::span<const std::uint8_t> packed, std::span<std::uint8_t> to) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  return decompressor &&
         libdeflate_zlib_decompress(decompressor.get(), packed.data(), packed.size(), to.data(),
                                    to.size(), nullptr) == LIBDEFLATE_SUCCESS;
}

std::vector<std::uint8_t> inflate_at_most(std::span<const std::uint8_t> packed, std::size_t most) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  // Small first: what is unpacked here is mostly a few kilobytes.
  for (std::size_t size = std::min<std::size_t>(16 * 1024, most); decompressor; size = most) {
    std::vector<std::uint8_t> unpacked(size);
    std::size_t written = 0;
    const libdeflate_result result =
        libdeflate_zlib_decompress(decompressor.get(), packed.data(), packed.size(),
                                   unpacked.data(), unpacked.size(), &written);
    if (result == LIBDEFLATE_SUCCESS) {
      unpacked.resize(written);
      return unpacked;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE || size == most) {
      break;
    }
  }
  return {};
}

}  // namespace sr
