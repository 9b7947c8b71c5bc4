#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The wire format of Protocol Buffers, as far as ONNX files use it: fields of a message are a
// number and a value, which is a variable-length integer, four bytes, or bytes with their length in
// front (a text, a message, packed numbers).

namespace sr {

/// Builds a message. Fields come out in the order in which they are added.
class ProtobufWriter {
 public:
  void integer(int field, std::int64_t value);
  void real(int field, float value);
  void bytes(int field, std::string_view value);
  void message(int field, const ProtobufWriter& value) { bytes(field, value.bytes_); }
  const std::string& text() const { return bytes_; }

 private:
  void varint(std::uint64_t value);

  std::string bytes_;
};

/// One field of a message.
struct ProtobufField {
  int number = 0;
  std::uint64_t integer = 0;  ///< of a variable-length integer; of four or eight bytes their bits
  std::string_view bytes;     ///< of one with a length; of the reader's buffer
};

/// Reads a message from a buffer, which must outlive it. Throws CheckpointError for bytes that are
/// no message.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view bytes) : rest_(bytes) {}
  /// Nothing at the end.
  std::optional<ProtobufField> next();

 private:
  std::uint64_t varint();
  std::string_view take(std::uint64_t count);

  std::string_view rest_;
};

}  // namespace sr
