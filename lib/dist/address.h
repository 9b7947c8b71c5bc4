#pragma once

#include <cstdint>
#include <string>

namespace sr {

/// The numeric address of the interface from which this host reaches `host`. (A host's own name
/// often resolves to 127.0.0.1, which other hosts cannot reach.) Nothing is sent. Throws
/// ConfigError when the name is not known or no route leads there.
std::string address_toward(const std::string& host, std::uint16_t port);

}  // namespace sr
