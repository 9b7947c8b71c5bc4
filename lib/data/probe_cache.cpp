#include "data/probe_cache.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <span>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "core/checksum.h"
#include "core/error.h"
#include "core/file_stamp.h"
#include "core/folder_lock.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

// The version is raised when a file that was found good could be found bad, or with other findings.
// The file: this line, for each entry its fixed part, its path and its note, and at the end the
// checksum of all that. Numbers as this processor keeps them: a cache does not travel.
constexpr std::string_view kMagic = "sr-train probe cache 3\n";
constexpr const char* kFileName = "probes-2.bin";
constexpr std::int64_t kDayNs = std::int64_t{24} * 60 * 60 * 1'000'000'000;
constexpr std::int64_t kWeek = 7;

struct Known {
  InodeStamp stamp;
  std::int64_t seen_day = 0;  ///< when a run last asked for it, days since 1970
  ProbeCache::Entry entry;
};

using Entries = std::unordered_map<std::string, Known>;

struct FixedPart {
  InodeStamp stamp;
  std::int64_t seen_day, frames;
  std::int32_t width, height;
  std::uint32_t path_size, note_size;
};
static_assert(std::has_unique_object_representations_v<FixedPart>, "its bytes are checksummed");

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

/// Takes values out of a byte string; `ok` turns false at its end.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  bool ok() const { return ok_; }

  template <typename Value>
  Value value() {
    Value result{};
    const std::string_view bytes = text(sizeof(Value));
    if (ok_) {
      std::memcpy(&result, bytes.data(), bytes.size());
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

/// Nothing when the bytes are not a whole cache of this version.
std::optional<Entries> parse(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + sizeof(std::uint64_t)) {
    return std::nullopt;
  }
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(std::uint64_t));
  if (Cursor(bytes.substr(body.size())).value<std::uint64_t>() != checksum_of(body)) {
    return std::nullopt;
  }
  Entries entries;
  entries.reserve(body.size() / (sizeof(FixedPart) + 64));
  Cursor cursor(body.substr(kMagic.size()));
  while (cursor.ok() && !cursor.done()) {
    const auto fixed = cursor.value<FixedPart>();
    std::string path(cursor.text(fixed.path_size));
    std::string note(cursor.text(fixed.note_size));
    entries.insert_or_assign(std::move(path),
                             Known{fixed.stamp,
                                   fixed.seen_day,
                                   {fixed.width, fixed.height, fixed.frames, std::move(note)}});
  }
  return cursor.ok() ? std::optional(std::move(entries)) : std::nullopt;
}

Entries read_entries(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return {};  // nor is a pipe waited for
  }
  const std::uintmax_t size = fs::file_size(file, error);
  constexpr std::uintmax_t kLargest = std::uintmax_t{1} << 30;  // some 300 times what is written
  std::string bytes(error || size > kLargest ? 0 : size, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return parse(bytes).value_or(Entries{});
}

using Selection = std::vector<const Entries::value_type*>;

/// At most so many, those asked for last.
Selection latest(const Entries& entries, std::size_t count) {
  Selection selection;
  selection.reserve(entries.size());
  for (const Entries::value_type& item : entries) {
    selection.push_back(&item);
  }
  if (selection.size() > count) {
    const auto end = selection.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(selection.begin(), end, selection.end(), [](const auto* a, const auto* b) {
      return a->second.seen_day > b->second.seen_day;
    });
    selection.erase(end, selection.end());
  }
  return selection;
}

std::string serialized(const Selection& selection) {
  std::string bytes(kMagic);
  for (const Entries::value_type* item : selection) {
    const auto& [path, known] = *item;
    append_value(bytes,
                 FixedPart{known.stamp, known.seen_day, known.entry.frames, known.entry.width,
                           known.entry.height, static_cast<std::uint32_t>(path.size()),
                           static_cast<std::uint32_t>(known.entry.note.size())});
    bytes += path;
    bytes += known.entry.note;
  }
  append_value(bytes, checksum_of(bytes));
  return bytes;
}

}  // namespace

struct ProbeCache::Impl {
  std::string key(const fs::path& path) const {
    return path.is_absolute() ? path.native() : (working_folder / path).native();
  }

  fs::path file;
  Options options;
  fs::path working_folder;

  std::mutex mutex;
  Entries entries;
  /// Right for this process, but too young for the next one (Options::settle).
  Entries unsettled;
  bool changed = false;
};

ProbeCache::ProbeCache(fs::path file) : ProbeCache(std::move(file), Options{}) {}

ProbeCache::ProbeCache(fs::path file, const Options& options) : impl_(std::make_unique<Impl>()) {
  std::error_code ignored;
  impl_->file = std::move(file);
  impl_->options = options;
  impl_->working_folder = fs::current_path(ignored);
  if (!impl_->file.empty()) {
    impl_->entries = read_entries(impl_->file);
  }
}

ProbeCache::~ProbeCache() = default;

std::optional<ProbeCache::Entry> ProbeCache::find(const fs::path& image) const {
  const std::string path = impl_->key(image);
  const auto stamp = inode_stamp_of(path);
  if (!stamp) {
    return std::nullopt;
  }
  const std::int64_t today = now_ns() / kDayNs;
  const std::lock_guard lock(impl_->mutex);
  for (Entries* entries : {&impl_->unsettled, &impl_->entries}) {
    const auto known = entries->find(path);
    if (known != entries->end() && known->second.stamp == *stamp) {
      // A set that is used but never changes must not become the oldest in the file.
      impl_->changed = impl_->changed || today - known->second.seen_day >= kWeek;
      known->second.seen_day = today;
      return known->second.entry;
    }
  }
  return std::nullopt;
}

void ProbeCache::store(const fs::path& image, const Entry& entry) {
  const std::string path = impl_->key(image);
  const auto stamp = inode_stamp_of(path);
  if (!stamp) {
    return;
  }
  const std::int64_t now = now_ns();
  const std::int64_t last_change = std::max(stamp->file.modified_ns, stamp->changed_ns);
  const bool settled = now - last_change >= std::chrono::nanoseconds(impl_->options.settle).count();
  const Known known{*stamp, now / kDayNs, entry};
  const std::lock_guard lock(impl_->mutex);
  impl_->unsettled.erase(path);
  if (settled) {
    impl_->entries.insert_or_assign(path, known);
    impl_->changed = true;
  } else {
    impl_->entries.erase(path);
    impl_->unsettled.insert_or_assign(path, known);
  }
}

bool ProbeCache::save() {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->changed) {
    return true;
  }
  if (impl_->file.empty()) {
    return false;
  }
  try {
    make_folder(impl_->file.parent_path());
    const FolderLock lock_of_folder(impl_->file.parent_path());  // not waited for: others may save
    impl_->entries.merge(read_entries(impl_->file));  // of processes that saved meanwhile
    write_file_atomically(impl_->file,
                          serialized(latest(impl_->entries, impl_->options.most_entries)));
  } catch (const StorageError&) {
    return false;
  }
  impl_->changed = false;
  return true;
}

fs::path probe_cache_file() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  // XDG Base Directory Specification: a relative XDG_CACHE_HOME is to be ignored.
  const fs::path cache = variable("XDG_CACHE_HOME");
  const fs::path home = variable("HOME");
  const fs::path base = cache.is_absolute()  ? cache
                        : home.is_absolute() ? home / ".cache"
                                             : fs::path();
  return base.empty() ? base : base / "sr-train" / kFileName;
}

}  // namespace sr
