#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sr {

/// Random access to the bytes of an encoded image, for the header readers. Whatever is wrong with
/// them is a DataError
/// "<name>: <reason>"; reading past the end is "truncated".
class ByteSource {
 public:
  ByteSource(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  std::uint64_t size() const { return size_; }
  bool has(std::uint64_t offset, std::uint64_t count) const {
    return offset <= size_ && count <= size_ - offset;
  }

  void read(std::uint64_t offset, std::span<std::uint8_t> to);
  std::uint8_t u8(std::uint64_t offset);
  std::uint16_t be16(std::uint64_t offset);
  std::uint32_t be32(std::uint64_t offset);
  std::uint16_t le16(std::uint64_t offset);
  std::uint32_t le24(std::uint64_t offset);
  std::uint32_t le32(std::uint64_t offset);
  /// True when the bytes at offset are these; false also when the source ends before.
  bool matches(std::uint64_t offset, std::string_view bytes);

  [[noreturn]] void fail(const std::string& reason) const;

 private:
  virtual void fetch(std::uint64_t offset, std::span<std::uint8_t> to) = 0;
  template <std::size_t kBytes>
  std::array<std::uint8_t, kBytes> take(std::uint64_t offset);

  std::string name_;
  std::uint64_t size_;
};

/// A file, read in small windows where it is looked at: a header costs one or two reads however
/// large the file is.
class FileSource : public ByteSource {
 public:
  /// Throws DataError when the file cannot be opened or is no regular file.
  explicit FileSource(const std::filesystem::path& file);

  /// The whole contents.
  std::vector<std::uint8_t> read_all();

 private:
  class Descriptor {
   public:
    explicit Descriptor(const std::filesystem::path& file);
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : value_(other.value_) { other.value_ = -1; }
    int value() const { return value_; }

   private:
    int value_;
  };
  FileSource(const std::filesystem::path& file, Descriptor descriptor);
  void fetch(std::uint64_t offset, std::span<std::uint8_t> to) override;
  void read_exactly(std::uint64_t offset, std::span<std::uint8_t> to) const;

  static constexpr std::size_t kWindow = 4096;

  Descriptor descriptor_;
  std::array<std::uint8_t, kWindow> window_{};
  std::uint64_t window_begin_ = 0;
  std::size_t window_size_ = 0;
};

/// Bytes in memory, which must outlive the source.
class MemorySource : public ByteSource {
 public:
  MemorySource(std::string name, std::span<const std::uint8_t> bytes)
      : ByteSource(std::move(name), bytes.size()), bytes_(bytes) {}

 private:
  void fetch(std::uint64_t offset, std::span<std::uint8_t> to) override;

  std::span<const std::uint8_t> bytes_;
};

}  // namespace sr
