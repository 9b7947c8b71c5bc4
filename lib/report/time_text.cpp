#include "report/time_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <ctime>

#include "core/error.h"

namespace sr {
namespace {

std::string date_and_clock(const std::tm& time, char separator) {
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", time.tm_year + 1900, time.tm_mon + 1,
                     time.tm_mday, separator, time.tm_hour, time.tm_min, time.tm_sec);
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point time) {
  const auto since_1970 =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(since_1970 / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}.{:03}Z", date_and_clock(parts, 'T'), since_1970 % 1000);
}

double unix_seconds(const std::string& utc) {
  std::tm parts{};
  int milliseconds = 0;
  int length = 0;
  // NOLINTNEXTLINE(bugprone-unchecked-string-to-number-conversion): no number of 4 digits overflows
  const int read = std::sscanf(utc.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &parts.tm_year,
                               &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min,
                               &parts.tm_sec, &milliseconds, &length);
  if (read != 7 || length != static_cast<int>(utc.size())) {
    throw Error(ExitCode::kUnexpected, "not the time of an event: '" + utc + "'");
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(::timegm(&parts)) + milliseconds / 1000.0;
}

std::string local_text(const std::string& utc) {
  const std::time_t seconds = static_cast<std::time_t>(std::floor(unix_seconds(utc)));
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return date_and_clock(parts, ' ');
}

}  // namespace sr
