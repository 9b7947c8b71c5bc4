#pragma once

#include "data/pair_image.h"
#include "data/pairs.h"

namespace sr {

/// One validation item in memory, RGB: GT is exactly LQ x scale, cropped where list_pairs has
/// warned of it; LQ is made by antialiased bicubic for singlegtdataset.
using ValidationImage = PairImage;

/// Decodes one item of a validation set. It is not kept: sets are walked through one image at a
/// time. Throws DataError "<file>: <reason>".
ValidationImage load_validation_image(const ImagePair& pair, int scale);

}  // namespace sr
