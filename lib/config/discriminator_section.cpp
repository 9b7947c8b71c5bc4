#include "config/discriminator_section.h"

#include "arch/discriminators.h"

namespace sr::settings {

const TypedSection<DiscriminatorConfig>& discriminator_section() {
  using D = DiscriminatorConfig;
  static const TypedSection<D> kSection(
      Fields<D>{type_field(TypeKind::kDiscriminator, &D::type, "Architecture.").require()},
      options_tables(arch::kDiscriminators));
  return kSection;
}

}  // namespace sr::settings
