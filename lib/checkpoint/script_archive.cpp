#include "checkpoint/script_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "checkpoint/input_file.h"
#include "checkpoint/pickle.h"
#include "checkpoint/pth_tensor.h"
#include "checkpoint/safetensors_header.h"
#include "checkpoint/script_text.h"
#include "checkpoint/torch_archive.h"
#include "core/error.h"
#include "core/sha256.h"

namespace sr {
namespace {

using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;

constexpr std::uint64_t kMaxText = 32U << 20U;  ///< of all of a program's files together
constexpr std::uint64_t kMaxFacts = 1U << 20U;  ///< of the record of facts
constexpr std::size_t kMaxRecords = 65534;
constexpr std::size_t kMaxDepth = 200;  ///< objects in objects
constexpr std::size_t kMaxClasses = 20000;

/// Refuses objects nested so deep, or in circles, that a reader which calls itself for each would
/// run out of stack.
class DepthCheck {
 public:
  explicit DepthCheck(const Pickle& pickle) : pickle_(pickle), depths_(pickle.values.size(), 0) {}

  void run() {
    for (Ref ref = 0; ref < pickle_.values.size(); ++ref) {
      depth(ref, 1);
    }
  }

 private:
  /// Of what `ref` holds, itself included.
  std::size_t depth(Ref ref, std::size_t level) {
    std::size_t& known = depths_[ref];
    if (known == 0) {
      require(level);
      std::size_t below = 0;
      for (const Ref item : pickle_[ref].items) {
        below = std::max(below, depth(item, level + 1));
      }
      known = below + 1;
    }
    require(known);
    return known;
  }

  static void require(std::size_t depth) {
    if (depth > kMaxDepth) {
      throw CheckpointError(fmt::format("has objects nested more than {} deep", kMaxDepth));
    }
  }

  const Pickle& pickle_;
  std::vector<std::size_t> depths_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes)
      : bytes_(bytes), archive_(bytes, TorchArchive::Content::kProgram) {}

  ScriptArchive run() {
    const std::vector<std::string> names = archive_.records();
    if (names.size() > kMaxRecords) {
      throw CheckpointError(fmt::format("has {} records", names.size()));
    }
    for (const std::string& name : names) {
      keep(name);
    }
    read_objects("data");
    read_objects("constants");
    read_facts();
    return std::move(found_);
  }

 private:
  /// Debug information, other tools' records and what PyTorch's phone format adds are left out.
  void keep(const std::string& name) {
    if (name.starts_with("code/") && name.ends_with(".py")) {
      keep_text(name);
    } else if (name.starts_with("data/") || name.starts_with("constants/")) {
      found_.records[name] = archive_.read(name, bytes_.size());
      count_stored(found_.records[name].size());
    } else if (name == "version" || name == ".data/version" || name == "byteorder") {
      found_.records[name] = archive_.read_packed(name, 64);
    }
  }

  void keep_text(const std::string& name) {
    std::vector<std::byte> text = archive_.read_packed(name, kMaxText - text_bytes_);
    text_bytes_ += text.size();
    const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
    for (std::size_t at = view.find("class "); at != std::string_view::npos;
         at = view.find("class ", at + 1)) {
      if (++classes_ > kMaxClasses) {
        throw CheckpointError(fmt::format("has more than {} classes", kMaxClasses));
      }
    }
    try {
      check_script_text(view);
    } catch (const CheckpointError& error) {
      throw CheckpointError(fmt::format("its {} {}", quote_name(name), error.what()));
    }
    found_.records[name] = std::move(text);
  }

  /// Records lie side by side in the file; more bytes than it has means that they overlap.
  void count_stored(std::uint64_t bytes) {
    stored_bytes_ += bytes;
    if (stored_bytes_ > bytes_.size()) {
      throw CheckpointError("has records that overlap");
    }
  }

  /// The pickle of `folder` and the storages that its tensors lie in.
  void read_objects(const std::string& folder) {
    const std::string record = folder + ".pkl";
    std::vector<std::byte> bytes = archive_.read_packed(record, pickle::kMaxBytes);
    const Pickle pickle = pickle::parse(bytes, pickle::require_script_global);
    DepthCheck(pickle).run();
    for (Ref ref = 0; ref < pickle.values.size(); ++ref) {
      check_type_name(pickle[ref]);
      if (pickle[ref].kind == Kind::kPersistentId) {
        check_storage(storage_name(pickle, ref), folder);
      }
      if (is_tensor(pickle, ref)) {
        const TensorView view = tensor_view(pickle, ref);
        require_inside(view, storage_bytes(folder, view.storage));
      }
    }
    found_.records[record] = std::move(bytes);
  }

  /// Any text may be the name of a type, which is read by a parser that calls itself.
  static void check_type_name(const pickle::Value& value) {
    if (value.kind == Kind::kText &&
        std::ranges::count(value.text, '[') > std::ptrdiff_t{kMaxScriptNesting}) {
      throw CheckpointError("has the name of a type nested too deep");
    }
  }

  void check_storage(const StorageName& storage, const std::string& folder) const {
    const std::uint64_t bytes = storage_bytes(folder, storage.key);
    if (bytes % storage.element_size != 0 || bytes / storage.element_size != storage.elements) {
      throw CheckpointError(fmt::format("storage {} has {} bytes where {} elements of {} should be",
                                        quote_name(storage.key), bytes, storage.elements,
                                        storage.element_size));
    }
  }

  std::uint64_t storage_bytes(const std::string& folder, const std::string& key) const {
    const auto found = found_.records.find(folder + "/" + key);
    if (found == found_.records.end()) {
      throw CheckpointError("record " + quote_name(folder + "/" + key) + " is missing");
    }
    return found->second.size();
  }

  void read_facts() {
    if (!archive_.has(kScriptFactsRecord)) {
      return;
    }
    const std::vector<std::byte> bytes = archive_.read_packed(kScriptFactsRecord, kMaxFacts);
    const auto* const text = reinterpret_cast<const char*>(bytes.data());
    try {
      const auto json = nlohmann::json::parse(text, text + bytes.size());
      ScriptFacts& facts = found_.facts;
      facts.name = json.value("name", "");
      facts.scale = number(json, "scale", 64);
      facts.channels = number(json, "channels", 3 * 99);
      facts.size_multiple = number(json, "size_multiple", 1024);
      facts.not_saved = json.value("not_saved", std::vector<std::string>{});
    } catch (const nlohmann::json::exception& error) {
      throw CheckpointError(
          fmt::format("record {} is no object of facts: {}", kScriptFactsRecord, error.what()));
    }
  }

  static int number(const nlohmann::json& json, const char* key, int most) {
    const auto value = json.find(key);
    if (value == json.end()) {
      return 0;
    }
    if (!value->is_number_integer() || *value < 0 || *value > most) {
      throw CheckpointError(
          fmt::format("record {}: {} is {}", kScriptFactsRecord, key, value->dump()));
    }
    return value->get<int>();
  }

  std::span<const std::byte> bytes_;
  TorchArchive archive_;
  ScriptArchive found_;
  std::uint64_t text_bytes_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::size_t classes_ = 0;
};

}  // namespace

ScriptArchive parse_script_archive(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("PK")) {
    throw CheckpointError("is not a TorchScript file");
  }
  ScriptArchive archive = Reader(bytes).run();
  Sha256 hash;
  hash.add(bytes);
  archive.sha256 = hash.finish();
  return archive;
}

ScriptArchive read_script_archive(const std::filesystem::path& file) {
  return with_file_name(file, [&] {
    InputFile input(file);
    return parse_script_archive(input.read_up_to(input.size()));
  });
}

}  // namespace sr
