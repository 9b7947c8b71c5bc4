#include "dist/roster.h"

#include <algorithm>

#include <fmt/format.h>

namespace sr {

std::string Roster::name_of(int rank) const {
  return fmt::format("rank {} on {}", rank, hosts.at(static_cast<std::size_t>(rank)));
}

std::vector<std::string> Roster::distinct_hosts() const {
  std::vector<std::string> once;
  for (const std::string& host : hosts) {
    if (std::find(once.begin(), once.end(), host) == once.end()) {
      once.push_back(host);
    }
  }
  return once;
}

}  // namespace sr
