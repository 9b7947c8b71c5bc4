#pragma once

namespace sr {

/// "0.1.0" or, built from a git checkout, "0.1.0+g1a2b3c4".
const char* version();

}  // namespace sr
