#include "dist/address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>

#include <fmt/format.h>

#include "core/error.h"

namespace sr {
namespace {

/// The address of a datagram socket after it was connected, which sends nothing; empty when no
/// route leads there.
std::string own_end(const addrinfo& target) {
  const int socket = ::socket(target.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) {
    return {};
  }
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  std::array<char, NI_MAXHOST> text{};
  const bool known =
      ::connect(socket, target.ai_addr, target.ai_addrlen) == 0 &&
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&           // NOLINT
      ::getnameinfo(reinterpret_cast<sockaddr*>(&own), size, text.data(), text.size(),  // NOLINT
                    nullptr, 0, NI_NUMERICHOST) == 0;
  ::close(socket);
  return known ? text.data() : "";
}

}  // namespace

std::string address_toward(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (problem != 0) {
    throw ConfigError(
        fmt::format("the host of rank 0, '{}' (MASTER_ADDR): {}", host, ::gai_strerror(problem)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    if (std::string own = own_end(*address); !own.empty()) {
      return own;
    }
  }
  throw ConfigError(
      fmt::format("no route leads from this host to that of rank 0, '{}' (MASTER_ADDR)", host));
}

}  // namespace sr
