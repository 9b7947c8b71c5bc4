#include "core/memory_shortage.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.h"

namespace sr {

std::string table_of(const MemoryShortage& shortage) {
  std::string text;
  const auto row = [&](const char* name, std::int64_t bytes, const char* remark) {
    text += fmt::format("\n  {:<18}{:>12}  {}", name, format_bytes(bytes), remark);
  };
  row("needed, at least", shortage.held + shortage.requested,
      "held at the failure + the refused request");
  if (shortage.between_steps) {
    row("  between steps", *shortage.between_steps, "weights, gradients, optimizer state, EMA");
  }
  row("free", std::max<std::int64_t>(0, shortage.total - shortage.external - shortage.held),
      "limit - others - held at the failure");
  row("others", shortage.external, "context, libraries, other programs");
  row("limit", shortage.total, "memory_limit, or the device's memory");
  return text;
}

}  // namespace sr
