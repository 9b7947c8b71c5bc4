#include "checkpoint/zip_writer.h"

#include <libdeflate.h>

#include <bit>
#include <limits>

#include "core/error.h"

// Record layouts: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

namespace sr {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they are");

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kMaxBytes = std::numeric_limits<std::uint32_t>::max() - 1;
constexpr std::size_t kMaxEntries = std::numeric_limits<std::uint16_t>::max() - 1;

constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kNamesAreUtf8 = 0x0800;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kTime = 0;
constexpr std::uint16_t kDate = (1U << 5U) | 1U;  // 1980-01-01
constexpr std::size_t kLocalHeader = 30;
constexpr std::size_t kExtraHeader = 4;
constexpr std::uint16_t kPaddingField =
    0x4246;  // "FB", PyTorch's; readers skip what they do not know

/// A record of the format: numbers one after the other without gaps.
class Record {
 public:
  Record& u16(std::uint64_t value) { return append(value, 2); }
  Record& u32(std::uint64_t value) { return append(value, 4); }
  Record& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  std::string_view bytes() const { return bytes_; }

 private:
  Record& append(std::uint64_t value, std::size_t count) {
    bytes_.append(reinterpret_cast<const char*>(&value), count);
    return *this;
  }
  std::string bytes_;
};

}  // namespace

void ZipWriter::write(std::span<const std::byte> bytes) {
  output_.write(bytes);
  position_ += bytes.size();
}

void ZipWriter::write(std::string_view text) {
  write(std::as_bytes(std::span(text)));
}

void ZipWriter::add(const std::string& name, std::string_view text) {
  add(name, std::as_bytes(std::span(text)));
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> data) {
  const std::uint64_t unpadded = position_ + kLocalHeader + name.size() + kExtraHeader;
  const std::uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  if (entries_.size() == kMaxEntries || unpadded + padding > kMaxBytes ||
      data.size() > kMaxBytes - unpadded - padding) {
    throw CheckpointError(
        "takes more than the 4 GiB or 65534 tensors of a .pth file: use safetensors");
  }
  const Entry entry{name, libdeflate_crc32(0, data.data(), data.size()),
                    static_cast<std::uint32_t>(data.size()), static_cast<std::uint32_t>(position_)};
  Record header;
  header.text("PK\3\4").u16(kVersion).u16(kNamesAreUtf8).u16(kStored).u16(kTime).u16(kDate);
  header.u32(entry.crc).u32(entry.size).u32(entry.size);
  header.u16(name.size()).u16(kExtraHeader + padding).text(name);
  header.u16(kPaddingField).u16(padding).text(std::string(padding, 'Z'));
  write(header.bytes());
  write(data);
  entries_.push_back(entry);
}

std::uint64_t ZipWriter::finish() {
  const std::uint64_t begin = position_;
  for (const Entry& entry : entries_) {
    Record header;
    header.text("PK\1\2").u16(kVersion).u16(kVersion).u16(kNamesAreUtf8).u16(kStored);
    header.u16(kTime).u16(kDate).u32(entry.crc).u32(entry.size).u32(entry.size);
    header.u16(entry.name.size()).u16(0).u16(0).u16(0).u16(0).u32(0);
    header.u32(entry.offset).text(entry.name);
    write(header.bytes());
  }
  if (position_ > kMaxBytes) {
    throw CheckpointError("takes more than the 4 GiB of a .pth file: use safetensors");
  }
  Record end;
  end.text("PK\5\6").u16(0).u16(0).u16(entries_.size()).u16(entries_.size());
  end.u32(position_ - begin).u32(begin).u16(0);
  write(end.bytes());
  output_.commit();
  return position_;
}

}  // namespace sr
