#include "image/header.h"

namespace sr {

bool looks_like_image(const std::filesystem::path& file) {
  FileSource source(file);
  return !sniff_format(source).empty();
}

ImageInfo probe_image(const std::filesystem::path& file) {
  FileSource source(file);
  return read_header(source).info;
}

}  // namespace sr
