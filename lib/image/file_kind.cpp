#include "image/file_kind.h"

#include "image/header.h"
#include "image/other_formats.h"
#include "image/video_container.h"

namespace sr {

FileKind kind_by_content(const std::filesystem::path& file) {
  FileSource source(file);
  const std::string_view format = sniff_format(source);
  if (format == "tiff") {
    const TiffKind kind = tiff_kind(source);
    return kind == TiffKind::kPicture ? FileKind::kImage
           : kind == TiffKind::kRaw   ? FileKind::kRaw
                                      : FileKind::kReducedFirst;
  }
  if (!format.empty()) {
    return FileKind::kImage;
  }
  const std::string_view other = sniff_other_format(source);
  if (other == kRawFormat) {
    return FileKind::kRaw;
  }
  if (!other.empty()) {
    return FileKind::kUnreadMedia;
  }
  return sniff_container(source).empty() ? FileKind::kOther : FileKind::kVideo;
}

}  // namespace sr
