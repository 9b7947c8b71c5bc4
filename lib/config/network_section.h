#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "config/tables.h"
#include "fields/fields.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// network_g and network_g_teacher: `type` names a row of arch::architectures(), the other keys are
// the options of that row's family.

namespace sr::settings {

/// Its `upscale` must equal the scale, and its input channels must be those of a clip. Mixed
/// precision becomes bfloat16, with a notice, where the network does not allow float16.
void read_network(const Node& root, Config& config, Findings& findings);

/// network_g_teacher, which may be missing.
void read_teacher(const Node& root, Config& config, Findings& findings);

/// A network that an option of something else describes (AnyOptions).
struct NestedNetwork {
  NetworkConfig network;
  friend bool operator==(const NestedNetwork&, const NestedNetwork&) = default;
  template <class Visitor>
  static void describe(Visitor& /*visitor*/) {}
};

/// One of this scale that sees RGB; nothing, with a problem, when `map` describes none.
std::optional<NestedNetwork> read_nested_network(const Node& map, int scale, const Site& site);

Node write_network(const NetworkConfig& network);

/// For docs/configuration.md: `type`, then the options of each family.
std::vector<SectionText> network_sections();
std::vector<TypeText> network_types();

}  // namespace sr::settings
