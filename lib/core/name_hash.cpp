#include "core/name_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sr {

NameHash name_hash(std::string_view first, std::string_view second) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  XXH3_128bits_update(&state, first.data(), first.size());
  XXH3_128bits_update(&state, second.data(), second.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  const bool none = hash.low64 == 0 && hash.high64 == 0;
  return {none ? 1 : hash.low64, hash.high64};
}

}  // namespace sr
