#include "resolve/crop_size.h"

#include <fmt/format.h>

#include "fields/field_kinds.h"

namespace sr::settings {
namespace {

/// Real-ESRGAN's options name gt_size at the top level too, the one that its crops have.
struct CropSize {
  const Node* node = nullptr;
  bool is_lq = false;
  bool at_top = false;
};
CropSize find_crop_size(const Node& root, const Node& map, const Config& config, const Site& site) {
  const Node* inside = pick(map, {"lq_size", "gt_size"}, site);
  const Node* top = root.find("gt_size");
  const bool has_inside = inside != nullptr && !inside->is_null();
  if (top == nullptr || top->is_null() || !config.train_set.is_degraded()) {
    if (top != nullptr && !top->is_null()) {
      site.findings().no_effect("gt_size", "datasets.train has the size of the crop");
    }
    return {has_inside ? inside : nullptr, inside == map.find("lq_size"), false};
  }
  if (!has_inside) {
    return {top, false, true};
  }
  const bool is_lq = inside == map.find("lq_size");
  const auto wanted = parse_number<std::int64_t>(*inside).value_or(0) * (is_lq ? config.scale : 1);
  if (inside->line != kCommandLine && top->integer() != wanted) {
    site.findings().problem(
        top->line, "gt_size",
        fmt::format("differs from the size in datasets.train ({}), got {}", wanted, top->shown()));
  }
  return {inside, is_lq, false};
}

}  // namespace

void resolve_lq_size(const Node& root, const Node& map, Config& config, Findings& findings) {
  const Site site(findings, "datasets.train", "datasets");
  const CropSize crop = find_crop_size(root, map, config, site);
  const Node* size = crop.node;
  if (size == nullptr || crop.is_lq || config.scale == 0) {
    return;
  }
  const std::int64_t gt_size = size->integer().value_or(0);
  const std::int64_t largest = std::int64_t{8192} * config.scale;
  if (gt_size < 1 || gt_size > largest || gt_size % config.scale != 0) {
    findings.problem(size->line, crop.at_top ? "gt_size" : site.full("gt_size"),
                     fmt::format("expected a multiple of scale ({}) from {} to {}, got {}",
                                 config.scale, config.scale, largest, size->shown()));
    return;
  }
  config.train_set.lq_size = static_cast<int>(gt_size / config.scale);
}

}  // namespace sr::settings
