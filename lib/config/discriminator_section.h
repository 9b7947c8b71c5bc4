#pragma once

#include "config/config.h"
#include "fields/typed_section.h"

// network_d: its type names a row of arch::kDiscriminators.

namespace sr::settings {

const TypedSection<DiscriminatorConfig>& discriminator_section();

}  // namespace sr::settings
