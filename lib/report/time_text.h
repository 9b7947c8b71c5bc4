#pragma once

#include <chrono>
#include <string>

// The one time format of events, and what the reporters make of it.

namespace sr {

/// RFC 3339 in UTC with milliseconds: "2026-01-31T12:34:56.789Z".
std::string utc_text(std::chrono::system_clock::time_point time);

/// Seconds since 1970 of a text that utc_text wrote. Throws Error when it is something else.
double unix_seconds(const std::string& utc);

/// The same moment on this machine's clock: "2026-01-31 13:34:56". Throws as unix_seconds.
std::string local_text(const std::string& utc);

}  // namespace sr
