#include "checkpoint/pth_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "checkpoint/input_file.h"
#include "checkpoint/legacy_pth.h"
#include "checkpoint/pickle.h"
#include "checkpoint/pth_tensor.h"
#include "checkpoint/pth_writer.h"
#include "checkpoint/safetensors_header.h"
#include "checkpoint/torch_archive.h"
#include "core/error.h"

namespace sr {
namespace {

using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;

constexpr std::uint64_t kTensorBytesPerFileByte = 8;
constexpr std::uint64_t kMostMetadataBytes = 1U << 20U;
constexpr std::uint64_t kTensorBytesBeside = 16U << 20U;

/// The entries of a dict whose keys are text.
std::vector<std::pair<std::string_view, Ref>> entries(const Pickle& pickle, Ref dict) {
  std::vector<std::pair<std::string_view, Ref>> found;
  if (pickle[dict].kind == Kind::kDict) {
    const std::vector<Ref>& items = pickle[dict].items;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if (pickle[items[i]].kind == Kind::kText) {
        found.emplace_back(pickle[items[i]].text, items[i + 1]);
      }
    }
  }
  return found;
}

bool is_state_dict(const Pickle& pickle, Ref ref) {
  return std::ranges::any_of(entries(pickle, ref),
                             [&](const auto& entry) { return is_tensor(pickle, entry.second); });
}

/// Gives a storage's bytes, which stay where they are, by its key.
using Storages = std::function<std::span<const std::byte>(const std::string& key)>;

/// The storages of an archive, each read once.
class ArchiveStorages {
 public:
  ArchiveStorages(const TorchArchive& archive, std::uint64_t file_bytes)
      : archive_(archive), bytes_left_(file_bytes) {}

  std::span<const std::byte> operator()(const std::string& key) {
    const auto found = storages_.find(key);
    if (found != storages_.end()) {
      return found->second;
    }
    // Records lie side by side in the file; more bytes than it has means that they overlap.
    std::vector<std::byte> bytes = archive_.read("data/" + key, bytes_left_);
    bytes_left_ -= bytes.size();
    return storages_.emplace(key, std::move(bytes)).first->second;
  }

 private:
  const TorchArchive& archive_;
  std::uint64_t bytes_left_;
  std::map<std::string, std::vector<std::byte>> storages_;
};

/// Makes tensors out of views.
class TensorReader {
 public:
  TensorReader(Storages storages, std::uint64_t file_bytes)
      : storages_(std::move(storages)),
        tensor_bytes_left_(kTensorBytesBeside + kTensorBytesPerFileByte * file_bytes) {}

  StoredTensor read(std::string_view name, const TensorView& view) {
    const std::uint64_t bytes = byte_count(view);
    if (bytes > tensor_bytes_left_) {
      throw CheckpointError(
          "takes more memory than a file of this size can honestly need: its elements are claimed, "
          "not stored");
    }
    tensor_bytes_left_ -= bytes;
    return {std::string(name), view.type, view.shape, gather(view, storages_(view.storage))};
  }

 private:
  Storages storages_;
  std::uint64_t tensor_bytes_left_;
};

std::vector<StoredTensor> read_group(const Pickle& pickle, Ref dict, TensorReader& reader) {
  std::vector<StoredTensor> tensors;
  std::set<std::string_view> names;
  for (const auto& [name, value] : entries(pickle, dict)) {
    if (!is_tensor(pickle, value)) {
      continue;
    }
    try {
      if (!names.insert(name).second) {
        throw CheckpointError("comes twice");
      }
      tensors.push_back(reader.read(name, tensor_view(pickle, value)));
    } catch (const CheckpointError& error) {
      throw CheckpointError(fmt::format("tensor {} {}", quote_name(name), error.what()));
    }
  }
  return tensors;
}

/// The state dicts of a file, and what reads their tensors.
class GroupReader {
 public:
  GroupReader(const Pickle& pickle, TensorReader reader)
      : pickle_(pickle), reader_(std::move(reader)) {}

  /// Those that a dict holds. With `deeper` also those in dicts within it, by "outer.inner".
  void read(Ref dict, const std::string& prefix, bool deeper) {
    if (!seen_.insert(dict).second) {
      return;  // a dict may hold itself, or another one a million times
    }
    for (const auto& [key, value] : entries(pickle_, dict)) {
      const std::string name = prefix + std::string(key);
      if (is_state_dict(pickle_, value)) {
        add(name, value);
      } else if (deeper && std::ranges::count(name, '.') < kDeepest) {
        read(value, name + ".", deeper);
      }
    }
  }

  void add(const std::string& key, Ref dict) {
    if (!file_.groups.emplace(key, read_group(pickle_, dict, reader_)).second) {
      throw CheckpointError("key " + quote_name(key) + " comes twice");
    }
  }

  bool empty() const { return file_.groups.empty(); }
  void forget() { seen_.clear(); }
  PthFile take() { return std::move(file_); }

 private:
  static constexpr std::ptrdiff_t kDeepest = 4;  // levels

  const Pickle& pickle_;
  TensorReader reader_;
  PthFile file_;
  std::set<Ref> seen_;
};

PthFile read_groups(const Pickle& pickle, TensorReader tensors) {
  GroupReader reader(pickle, std::move(tensors));
  reader.read(pickle.root, "", /*deeper=*/false);
  if (reader.empty() && is_state_dict(pickle, pickle.root)) {
    reader.add("", pickle.root);
  }
  if (reader.empty()) {
    reader.forget();
    reader.read(pickle.root, "", /*deeper=*/true);
  }
  PthFile file = reader.take();
  if (file.groups.empty()) {
    throw CheckpointError("holds no state dict: no table of named tensors is in it");
  }
  return file;
}

PthFile read_legacy(const LegacyPth& legacy, std::uint64_t file_bytes) {
  const auto storage = [&](const std::string& key) {
    const auto found = legacy.storages.find(key);
    if (found == legacy.storages.end()) {
      throw CheckpointError("lies in a storage that the file does not have");
    }
    return found->second;
  };
  return read_groups(legacy.object, TensorReader(storage, file_bytes));
}

}  // namespace

PthFile parse_pth(std::span<const std::byte> bytes) {
  if (is_legacy_stream(bytes)) {
    return read_legacy(parse_legacy_stream(bytes), bytes.size());
  }
  if (is_legacy_tar(bytes)) {
    return read_legacy(parse_legacy_tar(bytes), bytes.size());
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with('\x80')) {
    throw CheckpointError("is a bare pickle, not a file that torch.save wrote");
  }
  if (!text.starts_with("PK")) {
    throw CheckpointError("is not a file that torch.save wrote");
  }
  const TorchArchive archive(bytes);
  const Pickle pickle = pickle::parse(archive.read("data.pkl", pickle::kMaxBytes));
  ArchiveStorages storages(archive, bytes.size());
  return read_groups(pickle, TensorReader(std::ref(storages), bytes.size()));
}

PthFile read_pth(const std::filesystem::path& file) {
  return with_file_name(file, [&] {
    InputFile input(file);
    return parse_pth(input.read_up_to(input.size()));
  });
}

std::vector<std::string> pth_keys(const std::filesystem::path& file) {
  std::vector<std::string> keys;
  for (const auto& [key, tensors] : read_pth(file).groups) {
    keys.push_back(key);
  }
  return keys;
}

Metadata read_pth_metadata(const std::filesystem::path& file) {
  try {
    InputFile input(file);
    const std::vector<std::byte> bytes = input.read_up_to(input.size());
    const TorchArchive archive(bytes);
    if (!archive.has(kPthMetadataRecord)) {
      return {};
    }
    const std::vector<std::byte> record = archive.read(kPthMetadataRecord, kMostMetadataBytes);
    const std::string_view text(reinterpret_cast<const char*>(record.data()), record.size());
    return nlohmann::json::parse(text).get<Metadata>();
  } catch (const CheckpointError&) {
    return {};
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

}  // namespace sr
