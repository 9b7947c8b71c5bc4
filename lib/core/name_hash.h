#pragma once

#include <cstdint>
#include <string_view>

namespace sr {

/// XXH3-128 of a text (xxHash): millions of names can be told apart by it, none of them made to
/// collide.
struct NameHash {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const NameHash&, const NameHash&) = default;
};

/// Of `first` followed by `second`. Never all zeros, which stands for no name.
NameHash name_hash(std::string_view first, std::string_view second = {});

}  // namespace sr
