#include <cstddef>
#include <optional>

#include "image/attachments.h"

// EXIF 2.32 section 4.6: directories of 12-byte entries (tag, type, count, value).

namespace sr {
namespace {

/// An EXIF block whose tags can be looked up and overwritten.
class ExifBlock {
 public:
  explicit ExifBlock(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}

  bool valid() const {
    return bytes_.size() >= 8 && bytes_[0] == bytes_[1] && (bytes_[0] == 'I' || bytes_[0] == 'M');
  }
  std::size_t first_directory() const { return get(4, 4); }

  /// The place of the first value of a tag of an integer type, when it lies within the entry.
  struct Field {
    std::size_t at = 0;
    int bytes = 0;
  };
  std::optional<Field> find(std::size_t directory, std::uint32_t tag) const {
    if (directory + 2 > bytes_.size()) {
      return std::nullopt;
    }
    const std::size_t count = get(directory, 2);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t entry = directory + 2 + 12 * i;
      if (entry + 12 > bytes_.size()) {
        return std::nullopt;
      }
      const int bytes = size_of(get(entry + 2, 2));
      if (get(entry, 2) == tag && bytes > 0) {
        return Field{entry + 8, bytes};
      }
    }
    return std::nullopt;
  }

  std::uint32_t get(std::size_t at, int count) const {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      value = value << 8 | bytes_[at + place(i, count)];
    }
    return value;
  }
  void set(const std::optional<Field>& field, std::uint32_t value) {
    if (!field || std::uint64_t{value} >> 8 * field->bytes != 0) {
      return;
    }
    for (int i = 0; i < field->bytes; ++i) {
      const int shift = 8 * (field->bytes - 1 - i);
      bytes_[field->at + place(i, field->bytes)] = static_cast<std::uint8_t>(value >> shift);
    }
  }

 private:
  /// Of a number of this type, signed or not: BYTE, SHORT, LONG; 0 for any other.
  static int size_of(std::uint32_t type) {
    switch (type) {
      case 1:
      case 6:
        return 1;
      case 3:
      case 8:
        return 2;
      case 4:
      case 9:
        return 4;
      default:
        return 0;
    }
  }
  /// Of byte i, most significant first, of a number.
  std::size_t place(int i, int count) const {
    return static_cast<std::size_t>(bytes_[0] == 'I' ? count - 1 - i : i);
  }

  std::vector<std::uint8_t>& bytes_;
};

}  // namespace

void describe_upright(std::vector<std::uint8_t>& exif, PictureSides sides) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kExifDirectory = 0x8769;
  constexpr std::uint32_t kPixelXDimension = 0xa002;
  constexpr std::uint32_t kPixelYDimension = 0xa003;
  ExifBlock block(exif);
  if (!block.valid()) {
    return;
  }
  const std::size_t first = block.first_directory();
  block.set(block.find(first, kOrientation), 1);
  if (const auto pointer = block.find(first, kExifDirectory)) {
    const std::size_t directory = block.get(pointer->at, pointer->bytes);
    block.set(block.find(directory, kPixelXDimension), static_cast<std::uint32_t>(sides.width));
    block.set(block.find(directory, kPixelYDimension), static_cast<std::uint32_t>(sides.height));
  }
}

}  // namespace sr
