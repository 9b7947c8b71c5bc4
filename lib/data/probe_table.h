#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/name_hash.h"

namespace sr {

/// What ProbeCache keeps of one file, in memory as on disk.
struct ProbeRecord {
  NameHash name{};          ///< of the absolute path
  std::uint64_t stamp = 0;  ///< hash of its InodeStamp
  std::int64_t frames = 0;  ///< of a video; 0 for an image
  std::int32_t width = 0;   ///< pixels, as displayed
  std::int32_t height = 0;
  std::int32_t seen_day = 0;  ///< when a run last asked for it, days since 1970
  std::uint32_t note = 0;     ///< 0: none; else ProbeTable::note(note)
  friend bool operator==(const ProbeRecord&, const ProbeRecord&) = default;
};

/// Texts by numbers from 1 on, each once.
class NumberedTexts {
 public:
  /// 0 for an empty one.
  std::uint32_t number_of(std::string_view text);
  /// Empty for a number that was not given.
  std::string_view text(std::uint32_t number) const;
  /// In the order of their numbers.
  const std::vector<std::string>& all() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Records by name, for millions of files: a hash table in one piece, and each note once.
class ProbeTable {
 public:
  /// Nullptr without one. Valid until the next put().
  ProbeRecord* find(const NameHash& name);
  /// Takes the place of one of the same name. `note` of the record is replaced by that of the text.
  void put(ProbeRecord record, std::string_view note);
  std::string_view note(std::uint32_t number) const { return notes_.text(number); }
  std::size_t size() const { return size_; }

  /// The records and their notes as bytes, at most so many: those with the latest seen_day.
  std::string serialized(std::size_t most) const;
  /// Nothing when the bytes are not a whole table of this version.
  static std::optional<ProbeTable> parse(std::string_view bytes);
  /// Puts what `other` has and this has not.
  void add_missing(const ProbeTable& other);

 private:
  ProbeRecord& slot_of(const NameHash& name);
  void grow(std::size_t records);

  std::vector<ProbeRecord> slots_;  ///< a power of two, at most 3/4 taken; name all 0: free
  std::size_t size_ = 0;
  NumberedTexts notes_;
};

}  // namespace sr
