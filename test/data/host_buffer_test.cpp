#include "data/host_buffer.h"

#include <cstdint>
#include <cstring>

#include "support/catch.h"

namespace sr {

TEST_CASE("a host buffer grows and never shrinks and is aligned", "[data]") {
  HostBuffer buffer(allocate_plain);
  std::byte* first = buffer.reserve(100);
  CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
  std::memset(first, 1, 100);
  CHECK(buffer.reserve(50) == first);
  CHECK(buffer.reserve(128) == first);
  std::byte* second = buffer.reserve(1'000'000);
  std::memset(second, 1, 1'000'000);
  CHECK(reinterpret_cast<std::uintptr_t>(second) % 64 == 0);
  CHECK(buffer.reserve(100) == second);
}

}  // namespace sr
