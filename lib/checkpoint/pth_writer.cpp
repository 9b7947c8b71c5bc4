#include "checkpoint/pth_writer.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "checkpoint/input_file.h"
#include "checkpoint/pickle_code.h"
#include "checkpoint/safetensors_header.h"
#include "checkpoint/zip_writer.h"
#include "core/error.h"

namespace sr {
namespace {

using pickle::Op;

constexpr std::string_view kFolder = "archive/";

/// In the order of DType.
constexpr std::array<std::string_view, 10> kStorages = {
    "BoolStorage", "ByteStorage", "CharStorage",     "ShortStorage", "IntStorage",
    "LongStorage", "HalfStorage", "BFloat16Storage", "FloatStorage", "DoubleStorage"};
static_assert(static_cast<std::size_t>(DType::kFloat64) + 1 == kStorages.size());

/// Writes a pickle of protocol 2. Nothing is remembered for a second use (the memo): a repeated
/// name costs a few bytes, and every reader takes it.
class PickleWriter {
 public:
  std::string finish() {
    op(Op::kStop);
    return std::move(bytes_);
  }

  PickleWriter() {
    op(Op::kProto);
    raw<std::uint8_t>(2);
  }
  void op(Op code) { raw(static_cast<std::uint8_t>(code)); }
  void text(std::string_view text) {
    op(Op::kBinUnicode);
    raw(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  void number(std::int64_t value) {
    if (value >= 0 && value <= std::numeric_limits<std::int32_t>::max()) {
      op(Op::kBinInt);
      raw(static_cast<std::int32_t>(value));
    } else {
      op(Op::kLong1);
      raw<std::uint8_t>(sizeof value);
      raw(value);
    }
  }
  void numbers(const std::vector<std::int64_t>& values) {
    op(Op::kMark);
    for (const std::int64_t value : values) {
      number(value);
    }
    op(Op::kTuple);
  }
  void global(std::string_view module, std::string_view name) {
    op(Op::kGlobal);
    bytes_ += fmt::format("{}\n{}\n", module, name);
  }
  void empty_ordered_dict() {
    global("collections", "OrderedDict");
    op(Op::kEmptyTuple);
    op(Op::kReduce);
  }

 private:
  template <typename Number>
  void raw(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  std::string bytes_;
};

std::vector<std::int64_t> row_major_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

/// _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
void add_tensor(PickleWriter& pickle, const StoredTensor& tensor, const std::string& storage) {
  const std::uint64_t elements = tensor.bytes.size() / size_of(tensor.type);
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.op(Op::kMark);
  pickle.op(Op::kMark);
  pickle.text("storage");
  pickle.global("torch", kStorages.at(static_cast<std::size_t>(tensor.type)));
  pickle.text(storage);
  pickle.text("cpu");
  pickle.number(static_cast<std::int64_t>(elements));
  pickle.op(Op::kTuple);
  pickle.op(Op::kBinPersId);
  pickle.number(0);
  pickle.numbers(tensor.shape);
  pickle.numbers(row_major_strides(tensor.shape));
  pickle.op(Op::kNewFalse);
  pickle.empty_ordered_dict();
  pickle.op(Op::kTuple);
  pickle.op(Op::kReduce);
}

void check(std::span<const PthGroup> groups) {
  std::set<std::string_view> keys;
  for (const PthGroup& group : groups) {
    if (!keys.insert(group.key).second) {
      throw CheckpointError("key " + quote_name(group.key) + " comes twice");
    }
    std::set<std::string_view> names;
    for (const StoredTensor& tensor : group.tensors) {
      if (!names.insert(tensor.name).second) {
        throw CheckpointError("tensor " + quote_name(tensor.name) + " comes twice");
      }
      if (byte_count(tensor.type, tensor.shape) != tensor.bytes.size()) {
        throw CheckpointError(fmt::format("tensor {}: {} bytes are not what its shape takes",
                                          quote_name(tensor.name), tensor.bytes.size()));
      }
    }
  }
}

/// The dict of state dicts; storages are numbered in the order of the tensors.
std::string make_pickle(std::span<const PthGroup> groups) {
  PickleWriter pickle;
  std::size_t storage = 0;
  pickle.op(Op::kEmptyDict);
  pickle.op(Op::kMark);
  for (const PthGroup& group : groups) {
    pickle.text(group.key);
    pickle.empty_ordered_dict();
    pickle.op(Op::kMark);
    for (const StoredTensor& tensor : group.tensors) {
      pickle.text(tensor.name);
      add_tensor(pickle, tensor, std::to_string(storage++));
    }
    pickle.op(Op::kSetItems);
  }
  pickle.op(Op::kSetItems);
  return pickle.finish();
}

}  // namespace

std::uint64_t write_pth(const std::filesystem::path& file, std::span<const PthGroup> groups,
                        const Metadata& metadata) {
  return with_file_name(file, [&] {
    check(groups);
    if (file.has_parent_path()) {
      make_folder(file.parent_path());
    }
    ZipWriter zip(file);
    const std::string folder(kFolder);
    zip.add(folder + "data.pkl", make_pickle(groups));
    zip.add(folder + ".format_version", "1");
    zip.add(folder + ".storage_alignment", "64");
    zip.add(folder + "byteorder", "little");
    std::size_t storage = 0;
    for (const PthGroup& group : groups) {
      for (const StoredTensor& tensor : group.tensors) {
        zip.add(folder + "data/" + std::to_string(storage++), tensor.bytes);
      }
    }
    if (!metadata.empty()) {
      zip.add(folder + kPthMetadataRecord, nlohmann::json(metadata).dump());
    }
    zip.add(folder + "version", "3\n");
    return zip.finish();
  });
}

}  // namespace sr
