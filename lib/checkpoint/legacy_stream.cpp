#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "checkpoint/legacy_cursor.h"
#include "checkpoint/legacy_pth.h"
#include "checkpoint/pth_tensor.h"
#include "checkpoint/safetensors_header.h"

namespace sr {
namespace {

using namespace std::string_view_literals;
using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;
using pickle::Value;

/// torch/serialization.py: MAGIC_NUMBER as its bytes, PROTOCOL_VERSION.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr std::int64_t kProtocolVersion = 1001;
/// Begin of a file: a pickle of one long number. Protocols 4 and 5 may put a frame around it.
constexpr std::size_t kBeginning = 32;

/// The storages that the object refers to, each once.
std::map<std::string, StorageName> named_storages(const Pickle& object) {
  std::map<std::string, StorageName> named;
  for (Ref ref = 0; ref < object.values.size(); ++ref) {
    if (object[ref].kind != Kind::kPersistentId) {
      continue;
    }
    StorageName storage = storage_name(object, ref);
    const auto [known, fresh] = named.try_emplace(storage.key, storage);
    if (!fresh && (known->second.elements != storage.elements ||
                   known->second.element_size != storage.element_size)) {
      throw CheckpointError("describes storage " + quote_name(storage.key) + " in two ways");
    }
  }
  return named;
}

void read_storages(LegacyCursor& cursor, LegacyPth& file) {
  const Pickle keys = cursor.pickle();
  if (keys[keys.root].kind != Kind::kList) {
    throw CheckpointError("has no list of its storages");
  }
  const std::map<std::string, StorageName> named = named_storages(file.object);
  for (const Ref ref : keys[keys.root].items) {
    const std::string& key = keys[ref].text;
    const auto found = keys[ref].kind == Kind::kText ? named.find(key) : named.end();
    if (found == named.end()) {
      throw CheckpointError("has a storage " + quote_name(key) + " that nothing in it refers to");
    }
    const std::span<const std::byte> bytes = cursor.storage(found->second.element_size);
    if (!file.storages.emplace(key, bytes).second) {
      throw CheckpointError("has storage " + quote_name(key) + " twice");
    }
  }
}

}  // namespace

void require_little_endian(const Pickle& sys_info) {
  const std::vector<Ref>& items = sys_info[sys_info.root].items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const Value& value = sys_info[items[i + 1]];
    if (sys_info[items[i]].text == "little_endian" &&
        (value.kind != Kind::kBool || value.number == 0)) {
      throw CheckpointError(
          "was written by a big-endian machine; only little-endian files can be read");
    }
  }
}

bool is_legacy_stream(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kBeginning));
  return text.starts_with('\x80') && text.find(kMagic) != std::string_view::npos;
}

LegacyPth parse_legacy_stream(std::span<const std::byte> bytes) {
  LegacyCursor cursor(bytes);
  const Pickle magic = cursor.pickle();
  if (magic[magic.root].kind != Kind::kHugeInt || magic[magic.root].text != kMagic) {
    throw CheckpointError("is not a file that torch.save wrote");
  }
  const Pickle version = cursor.pickle();
  if (const Value& number = version[version.root];
      number.kind != Kind::kInt || number.number != kProtocolVersion) {
    throw CheckpointError(fmt::format("is of version {} of PyTorch's old format; {} can be read",
                                      number.number, kProtocolVersion));
  }
  require_little_endian(cursor.pickle());
  LegacyPth file{cursor.pickle()};
  read_storages(cursor, file);
  return file;
}

}  // namespace sr
