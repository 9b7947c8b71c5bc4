#pragma once

namespace sr {

/// Thrown out of long work when the user has asked for the end: no error, and nothing that the work
/// made is kept.
struct Stopped {};

}  // namespace sr
