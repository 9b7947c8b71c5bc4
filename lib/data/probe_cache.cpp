#include "data/probe_cache.h"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <mutex>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/file_stamp.h"
#include "core/folder_lock.h"
#include "core/name_hash.h"
#include "data/probe_table.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "probes-4.bin";
constexpr const char* kFormerFileName = "probes-2.bin";
constexpr std::int64_t kDayNs = std::int64_t{24} * 60 * 60 * 1'000'000'000;
constexpr std::int32_t kWeek = 7;

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::int32_t day_of(std::int64_t ns) {
  return static_cast<std::int32_t>(ns / kDayNs);
}

ProbeTable read_table(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return {};  // nor is a pipe waited for
  }
  const std::uintmax_t size = fs::file_size(file, error);
  constexpr std::uintmax_t kLargest = std::uintmax_t{1} << 30;  // some 5 times what is written
  std::string bytes(error || size > kLargest ? 0 : size, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return ProbeTable::parse(bytes).value_or(ProbeTable{});
}

}  // namespace

struct ProbeCache::Impl {
  NameHash key(const std::string& path) const {
    return path.starts_with('/') ? name_hash(path) : name_hash(working_folder, path);
  }

  bool knows(const NameHash& name) {
    const std::lock_guard lock(mutex);
    return unsettled.find(name) != nullptr || entries.find(name) != nullptr;
  }

  fs::path file;
  Options options;
  std::string working_folder;  ///< ends with '/'

  std::mutex mutex;
  ProbeTable entries;
  /// Right for this process, but too young for the next one (Options::settle).
  ProbeTable unsettled;
  bool changed = false;
};

ProbeCache::ProbeCache(fs::path file) : ProbeCache(std::move(file), Options{}) {}

ProbeCache::ProbeCache(fs::path file, const Options& options) : impl_(std::make_unique<Impl>()) {
  std::error_code ignored;
  impl_->file = std::move(file);
  impl_->options = options;
  impl_->working_folder = (fs::current_path(ignored) / "").native();
  if (!impl_->file.empty()) {
    impl_->entries = read_table(impl_->file);
  }
}

ProbeCache::~ProbeCache() = default;

std::optional<ProbeCache::Entry> ProbeCache::find(const std::string& image) const {
  const NameHash name = impl_->key(image);
  if (!impl_->knows(name)) {
    return std::nullopt;  // at a first start: to look at the file would cost more than all else
                          // here
  }
  const auto stamp = inode_stamp_of(image);
  if (!stamp) {
    return std::nullopt;
  }
  const std::uint64_t hash = hash_of(*stamp);
  const std::int32_t today = day_of(now_ns());
  const std::lock_guard lock(impl_->mutex);
  for (ProbeTable* table : {&impl_->unsettled, &impl_->entries}) {
    ProbeRecord* known = table->find(name);
    if (known != nullptr && known->stamp == hash) {
      // A set that is used but never changes must not become the oldest in the file.
      impl_->changed = impl_->changed || today - known->seen_day >= kWeek;
      known->seen_day = today;
      return Entry{known->width, known->height, known->frames,
                   std::string(table->note(known->note))};
    }
  }
  return std::nullopt;
}

void ProbeCache::store(const std::string& image, const Entry& entry) {
  const auto stamp = inode_stamp_of(image);
  if (!stamp) {
    return;
  }
  const bool settled = has_settled(*stamp, impl_->options.settle);
  const ProbeRecord record{.name = impl_->key(image),
                           .stamp = hash_of(*stamp),
                           .frames = entry.frames,
                           .width = entry.width,
                           .height = entry.height,
                           .seen_day = day_of(now_ns())};
  const std::lock_guard lock(impl_->mutex);
  // What either table still has of an earlier state of the file is never found: its stamp differs.
  if (!settled || impl_->unsettled.find(record.name) != nullptr) {
    impl_->unsettled.put(record, entry.note);
  }
  if (settled) {
    impl_->entries.put(record, entry.note);
    impl_->changed = true;
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
    impl_->entries.add_missing(read_table(impl_->file));  // of processes that saved meanwhile
    std::error_code ignored;
    fs::remove(impl_->file.parent_path() / kFormerFileName, ignored);
    write_file_atomically(impl_->file, impl_->entries.serialized(impl_->options.most_entries));
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
