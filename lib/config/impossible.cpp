#include "config/impossible.h"

namespace sr::settings {

void report_impossible(const Node& map, const std::optional<arch::Impossible>& found,
                       const Site& site) {
  if (!found) {
    return;
  }
  if (const Node* node = map.find(found->option)) {
    site.problem(node->line, found->option, found->reason);
  } else {
    site.problem(map.line, "type", found->option + ": " + found->reason);
  }
}

}  // namespace sr::settings
