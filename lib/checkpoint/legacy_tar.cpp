#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/legacy_cursor.h"
#include "checkpoint/legacy_pth.h"
#include "checkpoint/pth_tensor.h"

namespace sr {
namespace {

using namespace std::string_view_literals;
using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;
using pickle::Value;

// POSIX.1-1988 ustar: blocks of 512 bytes, a header and then the member's bytes.
constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameLength = 100;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kSizeLength = 12;
constexpr std::size_t kSignAt = 257;
constexpr std::string_view kSign = "ustar"sv;

constexpr std::size_t kMostDimensions = 64;  // PyTorch's limit

[[noreturn]] void malformed() {
  throw CheckpointError("is a tar archive, but not one that torch.save wrote");
}

/// Digits up to the first byte that is none; spaces may stand before them.
std::uint64_t octal(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7') {
      break;
    }
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

/// Members by name; a later one of a name counts, as for tar.
std::map<std::string, std::span<const std::byte>, std::less<>> members(
    std::span<const std::byte> bytes) {
  std::map<std::string, std::span<const std::byte>, std::less<>> found;
  LegacyCursor cursor(bytes);
  for (std::size_t left = bytes.size(); left >= kBlock;) {
    const std::span<const std::byte> header = cursor.take(kBlock);
    left -= kBlock;
    const std::string_view text(reinterpret_cast<const char*>(header.data()), kBlock);
    if (text.front() == '\0') {
      break;  // two empty blocks end an archive
    }
    const std::string_view name = text.substr(0, kNameLength);
    const std::uint64_t size = octal(text.substr(kSizeAt, kSizeLength));
    const std::span<const std::byte> contents = cursor.take(size);
    left -= size;
    found.insert_or_assign(std::string(name.substr(0, name.find('\0'))), contents);
    const std::size_t padding = std::min((kBlock - size % kBlock) % kBlock, left);
    cursor.take(padding);
    left -= padding;
  }
  return found;
}

/// A key of the archive's tables: the address that an object had, a number or its digits.
std::string key_text(const Pickle& pickle, Ref ref) {
  const Value& value = pickle[ref];
  if (value.kind == Kind::kInt) {
    return std::to_string(value.number);
  }
  if (value.kind != Kind::kText) {
    malformed();
  }
  return value.text;
}

std::int64_t count_of(const Pickle& pickle, Ref ref) {
  if (pickle[ref].kind != Kind::kInt || pickle[ref].number < 0) {
    malformed();
  }
  return pickle[ref].number;
}

std::span<const Ref> parts_of(const Pickle& pickle, Ref ref, std::size_t count) {
  const std::vector<Ref>& items = pickle[ref].items;
  if ((pickle[ref].kind != Kind::kTuple && pickle[ref].kind != Kind::kList) ||
      items.size() != count) {
    malformed();
  }
  return items;
}

struct Storage {
  std::string key;   ///< of the storage whose bytes these are
  std::string type;  ///< its class
  std::int64_t begin = 0, elements = 0;
  std::int64_t whole = 0;  ///< elements of the storage `key`
};

struct Tensor {
  std::string storage;
  std::vector<std::int64_t> shape, strides;
  std::int64_t offset = 0;
};

/// Makes what refers to the archive's tensors into calls of torch._utils._rebuild_tensor.
class Lowering {
 public:
  explicit Lowering(LegacyPth& file) : file_(file) {}

  void read_storages(LegacyCursor cursor) {
    const Pickle count = cursor.pickle();
    for (std::int64_t left = count_of(count, count.root); left > 0; --left) {
      const Pickle pickle = cursor.pickle();
      const std::span<const Ref> parts = parts_of(pickle, pickle.root, 3);  // key, device, class
      Storage storage;
      storage.key = key_text(pickle, parts[0]);
      storage.type = pickle[parts[2]].text;
      const std::size_t element_size = size_of_element(storage.type);
      const std::span<const std::byte> bytes = cursor.storage(element_size);
      storage.elements = storage.whole = static_cast<std::int64_t>(bytes.size() / element_size);
      if (!file_.storages.emplace(storage.key, bytes).second) {
        malformed();
      }
      storages_.emplace(storage.key, storage);
    }
    read_views(cursor.pickle());
  }

  void read_tensors(LegacyCursor cursor) {
    const Pickle count = cursor.pickle();
    for (std::int64_t left = count_of(count, count.root); left > 0; --left) {
      const Pickle pickle = cursor.pickle();
      const std::span<const Ref> parts = parts_of(pickle, pickle.root, 3);  // key, storage, class
      Tensor tensor;
      tensor.storage = key_text(pickle, parts[1]);
      const auto dimensions = cursor.number<std::uint32_t>();
      cursor.take(sizeof(std::uint32_t));
      if (dimensions > kMostDimensions) {
        throw CheckpointError(fmt::format("has a tensor of {} dimensions", dimensions));
      }
      for (std::vector<std::int64_t>* numbers : {&tensor.shape, &tensor.strides}) {
        for (std::uint32_t i = 0; i < dimensions; ++i) {
          numbers->push_back(cursor.number<std::int64_t>());
        }
      }
      tensor.offset = cursor.number<std::int64_t>();
      tensors_.insert_or_assign(key_text(pickle, parts[0]), std::move(tensor));
    }
  }

  void lower() {
    const std::size_t before = file_.object.values.size();
    for (std::size_t i = 0; i < before; ++i) {
      if (file_.object.values[i].kind != Kind::kPersistentId) {
        continue;
      }
      const Ref id = file_.object.values[i].items.at(0);
      const auto found = tensors_.find(key_text(file_.object, id));
      if (found != tensors_.end()) {
        const std::vector<Ref> call = rebuilding(found->second);
        file_.object.values[i] = {.kind = Kind::kCall, .items = call};
      }
    }
  }

 private:
  static std::size_t size_of_element(const std::string& type) {
    Pickle pickle;
    pickle.values = {{.kind = Kind::kText, .text = "storage"},
                     {.kind = Kind::kGlobal, .text = type},
                     {.kind = Kind::kText},
                     {.kind = Kind::kText},
                     {.kind = Kind::kInt},
                     {.kind = Kind::kTuple, .items = {0, 1, 2, 3, 4}},
                     {.kind = Kind::kPersistentId, .items = {5}}};
    return storage_name(pickle, 6).element_size;
  }

  void read_views(const Pickle& views) {
    for (const Ref ref : views[views.root].items) {
      const std::span<const Ref> parts = parts_of(views, ref, 4);  // key, root, offset, elements
      const auto root = storages_.find(key_text(views, parts[1]));
      if (root == storages_.end()) {
        malformed();
      }
      Storage view = root->second;
      view.begin = count_of(views, parts[2]);
      view.elements = count_of(views, parts[3]);
      storages_.insert_or_assign(key_text(views, parts[0]), view);
    }
  }

  Ref add(Value value) {
    std::vector<Value>& values = file_.object.values;
    if (values.size() >= pickle::kMaxValues) {
      throw CheckpointError(fmt::format("has more than {} values", pickle::kMaxValues));
    }
    values.push_back(std::move(value));
    return static_cast<Ref>(values.size() - 1);
  }

  Ref add_number(std::int64_t number) { return add({.kind = Kind::kInt, .number = number}); }

  Ref add_numbers(const std::vector<std::int64_t>& numbers) {
    std::vector<Ref> items;
    for (const std::int64_t number : numbers) {
      items.push_back(add_number(number));
    }
    return add({.kind = Kind::kTuple, .items = std::move(items)});
  }

  /// Function and arguments of the call that later formats have for the tensor.
  std::vector<Ref> rebuilding(const Tensor& tensor) {
    const auto found = storages_.find(tensor.storage);
    if (found == storages_.end()) {
      malformed();
    }
    const Storage& storage = found->second;
    const Ref window = add({.kind = Kind::kTuple,
                            .items = {add({.kind = Kind::kText}), add_number(storage.begin),
                                      add_number(storage.elements)}});
    const Ref id = add({.kind = Kind::kTuple,
                        .items = {add({.kind = Kind::kText, .text = "storage"}),
                                  add({.kind = Kind::kGlobal, .text = storage.type}),
                                  add({.kind = Kind::kText, .text = storage.key}),
                                  add({.kind = Kind::kText}), add_number(storage.whole), window}});
    const Ref persistent = add({.kind = Kind::kPersistentId, .items = {id}});
    const Ref arguments = add({.kind = Kind::kTuple,
                               .items = {persistent, add_number(tensor.offset),
                                         add_numbers(tensor.shape), add_numbers(tensor.strides)}});
    return {add({.kind = Kind::kGlobal, .text = "torch._utils._rebuild_tensor"}), arguments};
  }

  LegacyPth& file_;
  std::map<std::string, Storage> storages_;  ///< and views of them
  std::map<std::string, Tensor> tensors_;
};

}  // namespace

bool is_legacy_tar(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kBlock));
  return text.size() == kBlock && text.substr(kSignAt).starts_with(kSign);
}

LegacyPth parse_legacy_tar(std::span<const std::byte> bytes) {
  const auto all = members(bytes);
  const auto member = [&](std::string_view name) {
    const auto found = all.find(name);
    if (found == all.end()) {
      malformed();
    }
    return LegacyCursor(found->second);
  };
  require_little_endian(member("sys_info").pickle());
  LegacyPth file{member("pickle").pickle()};
  Lowering lowering(file);
  lowering.read_storages(member("storages"));
  lowering.read_tensors(member("tensors"));
  lowering.lower();
  return file;
}

}  // namespace sr
