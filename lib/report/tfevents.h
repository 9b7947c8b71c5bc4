#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "report/append_file.h"

// TensorBoard's event files, written without TensorFlow. A file is a sequence of TFRecords
//   uint64 length | uint32 masked crc of length | bytes | uint32 masked crc of bytes      (little
//   endian)
// each holding one Event message in protocol buffer encoding (tensorflow/core/util/event.proto,
// tensorflow/core/framework/summary.proto); the first holds file_version "brain.Event:2".

namespace sr {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
std::uint32_t crc32c(std::string_view bytes);

/// The checksum of TFRecords: rotated and shifted, so that a checksum over data with checksums
/// stays useful.
std::uint32_t masked_crc32c(std::string_view bytes);

/// One framed record.
std::string tf_record(std::string_view bytes);

/// One event file under <folder>/events.out.tfevents.<unix time>.<host>.<pid>, appended record by
/// record.
class EventFile {
 public:
  explicit EventFile(const std::filesystem::path& folder);

  /// Steps above `step` that earlier files of the folder hold are dropped by readers (a resumed
  /// run).
  void restart_after(double time, std::int64_t step);
  /// `values`: concatenated results of scalar_value and image_value, at least one.
  void write(double time, std::int64_t step, std::string_view values);

 private:
  void append(std::string_view message);

  AppendFile file_;
  std::string version_;  ///< the record that the file begins with, until one has been written
};

/// Summary.Value messages, framed as elements of Summary.
std::string scalar_value(std::string_view tag, double value);
/// png: an encoded RGB PNG. Throws StorageError naming the tag when it is not a PNG.
std::string image_value(std::string_view tag, std::string_view png);

}  // namespace sr
