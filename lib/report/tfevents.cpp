#include "report/tfevents.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>

#include "core/error.h"

namespace sr {
namespace {

constexpr std::uint32_t kCastagnoli = 0x82F63B78;  // reflected
constexpr std::uint32_t kMaskDelta = 0xA282EAD8;

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? kCastagnoli : 0);
    }
    table[byte] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = crc_table();

template <typename T>
std::string little_endian(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
  return bytes;
}

// Protocol buffer encoding: a varint key (field number << 3 | wire type), then the value.

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) {
    bytes += static_cast<char>(static_cast<unsigned char>(value | 0x80));
  }
  return bytes + static_cast<char>(value);
}

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5 };

std::string key(std::uint64_t field, WireType type) {
  return varint(field << 3 | type);
}

std::string integer_field(std::uint64_t field, std::int64_t value) {
  return key(field, kVarint) + varint(static_cast<std::uint64_t>(value));
}
std::string double_field(std::uint64_t field, double value) {
  return key(field, kFixed64) + little_endian(std::bit_cast<std::uint64_t>(value));
}
std::string float_field(std::uint64_t field, float value) {
  return key(field, kFixed32) + little_endian(std::bit_cast<std::uint32_t>(value));
}
std::string bytes_field(std::uint64_t field, std::string_view bytes) {
  return key(field, kDelimited) + varint(bytes.size()) + std::string(bytes);
}

// Field numbers of the messages.
namespace event {
constexpr std::uint64_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr std::uint64_t kStatus = 1;
constexpr std::int64_t kStart = 1;
}  // namespace session_log
namespace summary {
constexpr std::uint64_t kValue = 1;
}
namespace value {
constexpr std::uint64_t kTag = 1, kSimpleValue = 2, kImage = 4;
}
namespace image {
constexpr std::uint64_t kHeight = 1, kWidth = 2, kColorspace = 3, kEncodedImage = 4;
constexpr std::int64_t kRgb = 3;
}  // namespace image

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string file_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) {
    host = {"unknown"};
  }
  return fmt::format("events.out.tfevents.{}.{}.{}", static_cast<std::int64_t>(now()), host.data(),
                     ::getpid());
}

/// Big-endian 32 bits, as in a PNG header.
std::int64_t big_endian(std::string_view bytes) {
  std::int64_t number = 0;
  for (const char byte : bytes.substr(0, 4)) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  }
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + kMaskDelta;
}

std::string tf_record(std::string_view bytes) {
  const std::string length = little_endian(std::uint64_t{bytes.size()});
  std::string record = length + little_endian(masked_crc32c(length));
  record += bytes;
  return record + little_endian(masked_crc32c(bytes));
}

std::string scalar_value(std::string_view tag, double number) {
  return bytes_field(
      summary::kValue,
      bytes_field(value::kTag, tag) + float_field(value::kSimpleValue, static_cast<float>(number)));
}

std::string image_value(std::string_view tag, std::string_view png) {
  // Signature (8 bytes), then the IHDR chunk: length, "IHDR", width, height.
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  if (png.size() < 24 || !png.starts_with(kSignature) || png.substr(12, 4) != "IHDR") {
    throw StorageError("cannot write TensorBoard image " + std::string(tag) + ": not a PNG");
  }
  const std::string message = integer_field(image::kHeight, big_endian(png.substr(20))) +
                              integer_field(image::kWidth, big_endian(png.substr(16))) +
                              integer_field(image::kColorspace, image::kRgb) +
                              bytes_field(image::kEncodedImage, png);
  return bytes_field(summary::kValue,
                     bytes_field(value::kTag, tag) + bytes_field(value::kImage, message));
}

EventFile::EventFile(const std::filesystem::path& folder)
    : file_(folder / file_name()),
      version_(tf_record(double_field(event::kWallTime, now()) +
                         bytes_field(event::kFileVersion, "brain.Event:2"))) {}

void EventFile::append(std::string_view message) {
  file_.append(version_ + tf_record(message));
  version_.clear();
}

void EventFile::restart_after(double time, std::int64_t step) {
  // Readers drop what they hold at the step of this message and above, hence one further.
  append(double_field(event::kWallTime, time) + integer_field(event::kStep, step + 1) +
         bytes_field(event::kSessionLog, integer_field(session_log::kStatus, session_log::kStart)));
}

void EventFile::write(double time, std::int64_t step, std::string_view values) {
  append(double_field(event::kWallTime, time) + integer_field(event::kStep, step) +
         bytes_field(event::kSummary, values));
}

}  // namespace sr
