#include "arch/discriminators.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sr::arch {
namespace {

std::optional<Impossible> unequal_lists(const char* option, const std::vector<int>& entries,
                                        const std::vector<int>& dims) {
  if (entries.size() == dims.size()) {
    return std::nullopt;
  }
  return Impossible{
      option, fmt::format("expected {} entries as in dims, got {}", dims.size(), entries.size())};
}

}  // namespace

std::optional<Impossible> DunetOptions::impossible() const {
  // Its four groups of samples share twice as many features.
  if (num_feat % 2 == 0) {
    return std::nullopt;
  }
  return Impossible{"num_feat", fmt::format("dunet needs a multiple of 2, got {}", num_feat)};
}

std::optional<Impossible> MetaGan2Options::impossible() const {
  if (dims.empty()) {
    return Impossible{"dims", "expected one entry or more, got none"};
  }
  if (auto found = unequal_lists("blocks", blocks, dims)) {
    return found;
  }
  if (auto found = unequal_lists("downs", downs, dims)) {
    return found;
  }
  for (std::size_t i = 0; i < downs.size(); ++i) {
    if (downs[i] != (i == 0 ? 4 : 2)) {
      return Impossible{"downs", fmt::format("expected 4, then 2 for every other stage, as "
                                             "traiNNer-redux's class can compute; got {}",
                                             fmt::join(downs, ", "))};
    }
  }
  return std::nullopt;
}

std::optional<Impossible> MetaGan3Options::impossible() const {
  if (dims.size() < 2) {
    return Impossible{"dims", fmt::format("expected two entries or more, got {}", dims.size())};
  }
  return unequal_lists("blocks", blocks, dims);
}

}  // namespace sr::arch
