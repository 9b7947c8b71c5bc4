#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// zlib streams (RFC 1950) in memory.

namespace sr {

/// True when the stream is whole, sound and of exactly this length.
bool inflate_exactly(std::span<const std::uint8_t> packed, std::span<std::uint8_t> to);

/// What a stream of at most `most` bytes unpacks to; empty when it is longer or damaged.
std::vector<std::uint8_t> inflate_at_most(std::span<const std::uint8_t> packed, std::size_t most);

}  // namespace sr
