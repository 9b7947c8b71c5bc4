#include "core/version.h"

#include "sr_version_stamp.h"

namespace sr {

const char* version() {
  return SR_VERSION_STAMP;
}

}  // namespace sr
