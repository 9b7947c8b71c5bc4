#include "checkpoint/torch_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {
namespace {

constexpr std::string_view kPickle = "/data.pkl";

zip_t* open_archive(std::span<const std::byte> bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source != nullptr ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive == nullptr) {
    if (source != nullptr) {
      zip_source_free(source);
    }
    throw CheckpointError("is damaged or cut short: " + reason);
  }
  return archive;
}

/// "archive/" for "archive/data.pkl".
std::string find_prefix(zip_t* archive) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* const raw = zip_get_name(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    const std::string_view name = raw != nullptr ? raw : "";
    if (name.ends_with(kPickle) && name.find('/') == name.size() - kPickle.size()) {
      return std::string(name.substr(0, name.find('/') + 1));
    }
  }
  throw CheckpointError(
      "is a zip archive without <name>/data.pkl: not a file that torch.save wrote");
}

}  // namespace

TorchArchive::TorchArchive(std::span<const std::byte> bytes, Content content)
    : archive_(open_archive(bytes), zip_discard), prefix_(find_prefix(archive_.get())) {
  const bool program = has("constants.pkl") || has("model.json");
  if (content == Content::kProgram && !has("constants.pkl")) {
    throw CheckpointError(
        program
            ? "is a TorchScript program of PyTorch before 1.4: load and save it with a later one"
            : "is not a TorchScript program (it lacks constants.pkl)");
  }
  if (content == Content::kWeights && program) {
    throw CheckpointError(
        "is a TorchScript program, not a file of weights. To get its weights: "
        "torch.save(torch.jit.load(path).state_dict(), new_path)");
  }
  if (has("byteorder")) {
    const std::vector<std::byte> record = read("byteorder", 16);
    const std::string_view order(reinterpret_cast<const char*>(record.data()), record.size());
    if (order != "little") {
      throw CheckpointError("its numbers have byte order " + quote_name(order) +
                            "; only little-endian files can be read");
    }
  }
}

TorchArchive::~TorchArchive() = default;

std::string TorchArchive::entry_name(std::string_view record) const {
  return prefix_ + std::string(record);
}

bool TorchArchive::has(std::string_view record) const {
  return zip_name_locate(archive_.get(), entry_name(record).c_str(), ZIP_FL_ENC_RAW) >= 0;
}

std::vector<std::string> TorchArchive::records() const {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* const raw =
        zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    const std::string name = raw != nullptr ? raw : "";
    if (!name.starts_with(prefix_)) {
      throw CheckpointError("has " + quote_name(name) + " beside its folder " +
                            quote_name(prefix_));
    }
    names.push_back(name.substr(prefix_.size()));
  }
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    throw CheckpointError("record " + quote_name(*twice) + " comes twice");
  }
  return names;
}

std::vector<std::byte> TorchArchive::read(std::string_view record, std::uint64_t most) const {
  return read(record, most, /*packed=*/false);
}

std::vector<std::byte> TorchArchive::read_packed(std::string_view record,
                                                 std::uint64_t most) const {
  return read(record, most, /*packed=*/true);
}

std::vector<std::byte> TorchArchive::read(std::string_view record, std::uint64_t most,
                                          bool packed) const {
  const auto refuse = [&](const std::string& reason) {
    throw CheckpointError(fmt::format("record {} {}", quote_name(record), reason));
  };
  const zip_int64_t index =
      zip_name_locate(archive_.get(), entry_name(record).c_str(), ZIP_FL_ENC_RAW);
  zip_stat_t facts;
  zip_stat_init(&facts);
  if (index < 0 ||
      zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(index), 0, &facts) != 0) {
    refuse("is missing");
  }
  if (facts.encryption_method != ZIP_EM_NONE) {
    refuse("is encrypted");
  }
  const bool deflated = packed && facts.comp_method == ZIP_CM_DEFLATE;
  if (!deflated && (facts.comp_method != ZIP_CM_STORE || facts.size != facts.comp_size)) {
    refuse("is compressed: unpack the archive and zip it again without compression (zip -0 -r)");
  }
  if (facts.size > most) {
    refuse(fmt::format("has {} bytes where {} can be", facts.size, most));
  }
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> input(
      zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0), zip_fclose);
  if (input == nullptr) {
    refuse(std::string("cannot be read: ") + zip_strerror(archive_.get()));
  }
  std::vector<std::byte> bytes(facts.size);
  // One byte more than there is: libzip compares the CRC when it meets the end.
  std::byte beyond{};
  const bool whole = zip_fread(input.get(), bytes.data(), bytes.size()) ==
                         static_cast<zip_int64_t>(bytes.size()) &&
                     zip_fread(input.get(), &beyond, 1) == 0;
  if (!whole) {
    refuse("is damaged: its bytes do not match its checksum");
  }
  return bytes;
}

}  // namespace sr
