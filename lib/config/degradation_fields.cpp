#include <algorithm>

#include "config/tables.h"
#include "fields/option_fields.h"

namespace sr::settings {

const Fields<DegradationConfig>& degradation_fields() {
  static const Fields<DegradationConfig> kFields = [] {
    Fields<DegradationConfig> fields = option_fields<DegradationConfig>();
    for (Field<DegradationConfig>& field : fields) {
      if (field.key == "blur_prob2") {  // Real-ESRGAN's name is not that of the others
        field.aliases = {"second_blur_prob"};
      }
    }
    return fields;
  }();
  return kFields;
}

bool is_degradation_key(const std::string& key) {
  const auto& fields = degradation_fields();
  return std::any_of(fields.begin(), fields.end(),
                     [&](const FieldText& field) { return field.is_named(key); });
}

}  // namespace sr::settings
