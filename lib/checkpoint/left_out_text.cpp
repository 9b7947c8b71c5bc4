#include "checkpoint/left_out_text.h"

#include <fmt/format.h>

#include "checkpoint/safetensors_header.h"

namespace sr {

std::string left_out_text(const std::string& prefix, std::size_t others) {
  return fmt::format(
      "the tensors whose names begin with {} are the network's; {} others are left out",
      quote_name(prefix), others);
}

}  // namespace sr
