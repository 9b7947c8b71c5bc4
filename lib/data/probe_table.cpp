#include "data/probe_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/checksum.h"

namespace sr {
namespace {

// The version is raised when a file that was found good could be found bad, or with other findings.
// The file: this line, the number of notes, each with its length, the records, and at the end the
// checksum of all that. Numbers as this processor keeps them: a cache does not travel.
constexpr std::string_view kMagic = "sr-train probe cache 6\n";
constexpr std::size_t kFewestSlots = 64;

static_assert(std::has_unique_object_representations_v<ProbeRecord>, "its bytes are checksummed");

bool is_free(const ProbeRecord& record) {
  return record.name == NameHash{};
}

/// Takes values out of a byte string; `ok` turns false at its end.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

  std::uint32_t number() {
    std::uint32_t result = 0;
    if (const std::string_view bytes = text(sizeof(result)); ok_) {
      std::memcpy(&result, bytes.data(), sizeof(result));
    }
    return result;
  }

  std::string_view text(std::size_t size) {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) {
      return {};
    }
    const std::string_view result = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return result;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

template <typename Value>
void append_value(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(Value));
}

std::uint64_t checksum_of(std::string_view bytes) {
  return checksum(std::as_bytes(std::span(bytes)));
}

/// At most so many, those asked for last.
std::vector<const ProbeRecord*> latest(const std::vector<ProbeRecord>& slots, std::size_t most) {
  std::vector<const ProbeRecord*> chosen;
  for (const ProbeRecord& record : slots) {
    if (!is_free(record)) {
      chosen.push_back(&record);
    }
  }
  if (chosen.size() > most) {
    const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(chosen.begin(), end, chosen.end(),
                     [](const auto* a, const auto* b) { return a->seen_day > b->seen_day; });
    chosen.erase(end, chosen.end());
  }
  return chosen;
}

}  // namespace

std::uint32_t NumberedTexts::number_of(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  const auto next = static_cast<std::uint32_t>(texts_.size() + 1);
  const auto [place, is_new] = numbers_.try_emplace(std::string(text), next);
  if (is_new) {
    texts_.emplace_back(text);
  }
  return place->second;
}

std::string_view NumberedTexts::text(std::uint32_t number) const {
  return number == 0 || number > texts_.size() ? std::string_view() : texts_[number - 1];
}

ProbeRecord& ProbeTable::slot_of(const NameHash& name) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = name.low & mask;
  while (!is_free(slots_[place]) && slots_[place].name != name) {
    place = (place + 1) & mask;
  }
  return slots_[place];
}

void ProbeTable::grow(std::size_t records) {
  const std::size_t wanted = std::bit_ceil(std::max(records * 4 / 3 + 1, kFewestSlots));
  if (wanted <= slots_.size()) {
    return;
  }
  std::vector<ProbeRecord> old = std::exchange(slots_, std::vector<ProbeRecord>(wanted));
  for (const ProbeRecord& record : old) {
    if (!is_free(record)) {
      slot_of(record.name) = record;
    }
  }
}

ProbeRecord* ProbeTable::find(const NameHash& name) {
  if (slots_.empty()) {
    return nullptr;
  }
  ProbeRecord& record = slot_of(name);
  return is_free(record) ? nullptr : &record;
}

void ProbeTable::put(ProbeRecord record, std::string_view note) {
  grow(size_ + 1);
  record.note = notes_.number_of(note);
  ProbeRecord& slot = slot_of(record.name);
  size_ += is_free(slot) ? 1 : 0;
  slot = record;
}

void ProbeTable::add_missing(const ProbeTable& other) {
  grow(size_ + other.size_);
  for (const ProbeRecord& record : other.slots_) {
    if (!is_free(record) && find(record.name) == nullptr) {
      put(record, other.note(record.note));
    }
  }
}

std::string ProbeTable::serialized(std::size_t most) const {
  const std::vector<const ProbeRecord*> chosen = latest(slots_, most);
  NumberedTexts used;
  std::string records;
  records.reserve(chosen.size() * sizeof(ProbeRecord));
  for (const ProbeRecord* record : chosen) {
    ProbeRecord written = *record;
    written.note = used.number_of(note(record->note));
    append_value(records, written);
  }
  std::string bytes(kMagic);
  append_value(bytes, static_cast<std::uint32_t>(used.all().size()));
  for (const std::string& text : used.all()) {
    append_value(bytes, static_cast<std::uint32_t>(text.size()));
    bytes += text;
  }
  bytes += records;
  append_value(bytes, checksum_of(bytes));
  return bytes;
}

std::optional<ProbeTable> ProbeTable::parse(std::string_view bytes) {
  std::uint64_t sum = 0;
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + sizeof(sum)) {
    return std::nullopt;
  }
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(sum));
  std::memcpy(&sum, bytes.data() + body.size(), sizeof(sum));
  if (sum != checksum_of(body)) {
    return std::nullopt;
  }
  Cursor cursor(body.substr(kMagic.size()));
  ProbeTable table;
  for (std::uint32_t left = cursor.number(); left > 0 && cursor.ok(); --left) {
    table.notes_.number_of(cursor.text(cursor.number()));
  }
  const std::string_view records = cursor.rest();
  if (!cursor.ok() || records.size() % sizeof(ProbeRecord) != 0) {
    return std::nullopt;
  }
  table.grow(records.size() / sizeof(ProbeRecord));
  for (std::size_t at = 0; at < records.size(); at += sizeof(ProbeRecord)) {
    ProbeRecord record;
    std::memcpy(&record, records.data() + at, sizeof(record));
    ProbeRecord& slot = table.slot_of(record.name);
    table.size_ += is_free(slot) && !is_free(record) ? 1 : 0;
    slot = record;
  }
  return table;
}

}  // namespace sr
