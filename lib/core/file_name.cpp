#include "core/file_name.h"

#include <fmt/format.h>

#include <span>

#include "core/checksum.h"

namespace sr {

std::string short_name(const std::string& name, std::size_t most) {
  if (name.size() <= most) {
    return name;
  }
  const std::string end =
      fmt::format("~{}", checksum_text(checksum(std::as_bytes(std::span(name)))));
  std::size_t kept = most - end.size();
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0U) == 0x80) {
    --kept;  // not within a character of UTF-8
  }
  return name.substr(0, kept) + end;
}

}  // namespace sr
