#include <cstddef>
#include <optional>

#include "image/attachments.h"
#include "image/exif_block.h"

namespace sr {
namespace {

/// Overwrites numbers of an EXIF block.
class ExifWriter {
 public:
  explicit ExifWriter(std::vector<std::uint8_t>& bytes)
      : bytes_(bytes), source_("EXIF", bytes), block_(source_, 0, bytes.size()) {}

  ExifBlock& block() { return block_; }

  /// A tag that is not there stays away, one that cannot hold the value as it is.
  void set(std::uint64_t directory, std::uint16_t tag, std::uint32_t value) {
    const std::optional<ExifBlock::Field> field = block_.find(directory, tag);
    if (!field || std::uint64_t{value} >> 8 * field->bytes != 0) {
      return;
    }
    for (int i = 0; i < field->bytes; ++i) {
      const int shift = 8 * (block_.little_endian() ? i : field->bytes - 1 - i);
      bytes_[field->at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> shift);
    }
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  MemorySource source_;
  ExifBlock block_;
};

}  // namespace

void describe_upright(std::vector<std::uint8_t>& exif, PictureSides sides) {
  constexpr std::uint16_t kPixelXDimension = 0xa002;
  constexpr std::uint16_t kPixelYDimension = 0xa003;
  ExifWriter writer(exif);
  if (!writer.block().usable()) {
    return;
  }
  const std::uint64_t first = writer.block().first_directory();
  writer.set(first, ExifBlock::kOrientation, 1);
  if (const auto directory = writer.block().directory_at(first, ExifBlock::kExif)) {
    writer.set(*directory, kPixelXDimension, static_cast<std::uint32_t>(sides.width));
    writer.set(*directory, kPixelYDimension, static_cast<std::uint32_t>(sides.height));
  }
}

}  // namespace sr
