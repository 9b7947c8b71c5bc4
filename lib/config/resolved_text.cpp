#include "config/resolved_text.h"

#include "config/tables.h"
#include "yaml/write_yaml.h"

namespace sr {

std::string resolved_yaml(const Config& config) {
  return settings::to_yaml(settings::write_section(settings::top_fields(), config));
}

nlohmann::ordered_json resolved_json(const Config& config) {
  return settings::to_json(settings::write_section(settings::top_fields(), config));
}

}  // namespace sr
