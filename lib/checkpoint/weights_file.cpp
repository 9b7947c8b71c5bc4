#include "checkpoint/weights_file.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/input_file.h"
#include "checkpoint/legacy_pth.h"
#include "checkpoint/pth_reader.h"
#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "core/lower_case.h"
#include "core/path_status.h"

namespace sr {
namespace {

constexpr std::size_t kKeysShown = 20;

std::string key_list(const PthFile& file) {
  std::string list;
  std::size_t shown = 0;
  for (const auto& [key, tensors] : file.groups) {
    if (shown++ == kKeysShown) {
      list += ", ...";
      break;
    }
    list += (list.empty() ? "" : ", ") + quote_name(key);
  }
  return list;
}

std::vector<StoredTensor> choose(PthFile file, const std::optional<std::string>& param_key) {
  const auto only = file.groups.begin();
  if (file.groups.size() == 1 && (!param_key || only->first.empty())) {
    return std::move(only->second);
  }
  if (param_key) {
    const auto found = file.groups.find(*param_key);
    if (found == file.groups.end()) {
      throw CheckpointError(
          fmt::format("has no {}; it has {}", quote_name(*param_key), key_list(file)));
    }
    return std::move(found->second);
  }
  for (const char* const key : {"params_ema", "params"}) {
    if (const auto found = file.groups.find(key); found != file.groups.end()) {
      return std::move(found->second);
    }
  }
  throw CheckpointError("holds several networks: choose one of the keys " + key_list(file));
}

/// What a folder is, with the file in it that was probably meant.
std::string folder_text(const std::filesystem::path& folder) {
  const ExperimentLayout run(folder);
  if (!is_folder(run.models_folder())) {
    return "is a folder, not a weight file";
  }
  for (const auto format : {WeightsFormat::kSafetensors, WeightsFormat::kPth}) {
    if (is_there(run.best_path(format))) {
      return fmt::format(
          "is a run's folder; take one of its weight files, {} for instance, or compare them all: "
          "sr-train upscale --checkpoints {}",
          run.best_path(format).string(), folder.string());
    }
  }
  return fmt::format("is a run's folder; take one of the weight files in {}",
                     run.models_folder().string());
}

enum class Format { kSafetensors, kPth };

/// A safetensors file begins with 8 bytes of length and a '{', which none of the others does.
Format format_of(const std::filesystem::path& file) {
  if (is_folder(file)) {
    throw CheckpointError(folder_text(file));
  }
  InputFile input(file);
  const std::vector<std::byte> bytes = input.read_up_to(512);
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (start.size() > 8 && start[8] == '{') {
    return Format::kSafetensors;
  }
  if (start.starts_with("PK") || start.starts_with('\x80') || is_legacy_tar(bytes)) {
    return Format::kPth;
  }
  if (start.empty()) {
    throw CheckpointError("is empty");
  }
  if (start.starts_with("version https://git-lfs")) {
    throw CheckpointError("is a Git LFS pointer: the file itself was not fetched (git lfs pull)");
  }
  if (start.starts_with('<')) {
    throw CheckpointError("is a web page: save the file that its download button gives");
  }
  constexpr std::string_view kNcnn = "7767517\n";
  if (lower_extension(file) == ".onnx" || start.starts_with(kNcnn)) {
    throw CheckpointError(
        "is an ONNX or ncnn file, which is for other programs: take the .safetensors or .pth that "
        "it was made of");
  }
  throw CheckpointError("is neither a safetensors file nor one that torch.save wrote");
}

}  // namespace

bool is_safetensors(const std::filesystem::path& file) {
  return with_file_name(file, [&] { return format_of(file); }) == Format::kSafetensors;
}

TensorFile read_weights(const std::filesystem::path& file,
                        const std::optional<std::string>& param_key) {
  if (is_safetensors(file)) {
    return read_safetensors(file);
  }
  PthFile contents = read_pth(file);
  return with_file_name(file, [&] {
    return TensorFile{choose(std::move(contents), param_key), {}};
  });
}

}  // namespace sr
