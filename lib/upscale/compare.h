#pragma once

#include "upscale/picture_source.h"

namespace sr {

/// Measures a picture that has GT: by the metrics that have a network, or by the others. One that
/// is too small for a metric is a problem and keeps the other scores. Throws DataError when GT is
/// smaller than the output; what a larger one has more is left out, as in validation.
void compare(const CompareSettings& how, bool by_networks, const std::string& file,
             PictureItem& item, Problems& problems);

}  // namespace sr
