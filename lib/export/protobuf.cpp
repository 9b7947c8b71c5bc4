#include "export/protobuf.h"

#include <bit>

#include "core/error.h"

namespace sr {
namespace {

// Wire types.
constexpr unsigned kVarint = 0;
constexpr unsigned kEightBytes = 1;
constexpr unsigned kWithLength = 2;
constexpr unsigned kFourBytes = 5;

constexpr unsigned kBitsInByte = 7;
constexpr unsigned kMoreFollow = 0x80;

std::uint64_t key_of(int field, unsigned wire_type) {
  return (static_cast<std::uint64_t>(field) << 3U) | wire_type;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

void ProtobufWriter::varint(std::uint64_t value) {
  while (value >= kMoreFollow) {
    bytes_ += static_cast<char>((value & (kMoreFollow - 1)) | kMoreFollow);
    value >>= kBitsInByte;
  }
  bytes_ += static_cast<char>(value);
}

void ProtobufWriter::integer(int field, std::int64_t value) {
  varint(key_of(field, kVarint));
  varint(static_cast<std::uint64_t>(value));
}

void ProtobufWriter::real(int field, float value) {
  varint(key_of(field, kFourBytes));
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes_ += static_cast<char>((bits >> shift) & 0xffU);
  }
}

void ProtobufWriter::bytes(int field, std::string_view value) {
  varint(key_of(field, kWithLength));
  varint(value.size());
  bytes_ += value;
}

std::uint64_t ProtobufReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += kBitsInByte) {
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    value |= static_cast<std::uint64_t>(byte & (kMoreFollow - 1)) << shift;
    if (byte < kMoreFollow) {
      return value;
    }
  }
  throw CheckpointError("holds an integer that does not end");
}

std::string_view ProtobufReader::take(std::uint64_t count) {
  if (count > rest_.size()) {
    throw CheckpointError("ends inside a message");
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::optional<ProtobufField> ProtobufReader::next() {
  if (rest_.empty()) {
    return std::nullopt;
  }
  const std::uint64_t key = varint();
  ProtobufField field;
  field.number = static_cast<int>(key >> 3U);
  switch (key & 7U) {
    case kVarint:
      field.integer = varint();
      break;
    case kEightBytes:
      field.integer = little_endian(take(8));
      break;
    case kWithLength:
      field.bytes = take(varint());
      break;
    case kFourBytes:
      field.integer = little_endian(take(4));
      break;
    default:
      throw CheckpointError("holds a field of an unknown kind");
  }
  return field;
}

}  // namespace sr
