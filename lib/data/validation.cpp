#include "data/validation.h"

namespace sr {

ValidationImage load_validation_image(const ImagePair& pair, int scale) {
  return decode_pair(pair, scale);
}

}  // namespace sr
