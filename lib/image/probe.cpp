#include "image/decode_bytes.h"
#include "image/header.h"

namespace sr {

ImageInfo probe_image(const std::filesystem::path& file) {
  FileSource source(file);
  ImageInfo info = read_header(source).info;
  check_decode_memory(source, info, most_decode_bytes());
  return info;
}

}  // namespace sr
