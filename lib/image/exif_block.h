#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "image/byte_source.h"

namespace sr {

/// The TIFF block that EXIF is, within a source (EXIF 2.32 section 4.6: directories of 12-byte
/// entries of tag, type, count and value). Reading outside of it fails as any reading behind the
/// end does.
class ExifBlock {
 public:
  static constexpr std::uint16_t kOrientation = 0x0112;  ///< which way the stored pixels lie
  static constexpr std::uint16_t kExif = 0x8769;         ///< points to EXIF's own directory

  /// What stands in front of it in a JPEG, and by some writers elsewhere.
  static constexpr std::string_view kStart{"Exif\0\0", 6};

  /// With or without kStart.
  ExifBlock(ByteSource& source, std::uint64_t offset, std::uint64_t size);

  /// False: nothing else may be asked.
  bool usable() const { return usable_; }
  bool little_endian() const { return little_; }
  std::uint64_t first_directory() { return u32(begin_ + 4); }

  /// Where the value of a tag lies in its entry.
  struct Field {
    std::uint64_t at = 0;  ///< in the source
    int bytes = 0;         ///< of an integer, of whatever type the writer took for it; else 0
  };
  /// Nothing when the directory or the tag is not there.
  std::optional<Field> find(std::uint64_t directory, std::uint16_t tag);
  /// The first number of an integer field.
  std::optional<std::uint32_t> number(const Field& field);
  /// The directory that a tag of another one points to.
  std::optional<std::uint64_t> directory_at(std::uint64_t directory, std::uint16_t tag);
  bool matches(const Field& field, std::string_view text) {
    return source_.matches(field.at, text);
  }

 private:
  std::uint16_t u16(std::uint64_t at) { return little_ ? source_.le16(at) : source_.be16(at); }
  std::uint32_t u32(std::uint64_t at) { return little_ ? source_.le32(at) : source_.be32(at); }

  ByteSource& source_;
  std::uint64_t begin_, size_;
  bool little_ = false, usable_ = false;
};

}  // namespace sr
