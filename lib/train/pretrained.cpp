#include "train/pretrained.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>

#include "checkpoint/input_file.h"
#include "checkpoint/left_out_text.h"
#include "checkpoint/match_tensors.h"
#include "checkpoint/safetensors_header.h"
#include "checkpoint/weights_file.h"
#include "config/config.h"
#include "core/error.h"
#include "nn/named_weights.h"
#include "nn/tensor_copy.h"
#include "train/networks.h"

namespace sr {
namespace {

/// What a kind of network that is not available here leaves behind, in words.
std::string known_cause(const TensorMatch& match) {
  const auto is_esrgan_plus = [](const TensorDifference& difference) {
    return difference.kind == TensorDifference::Kind::kUnexpected &&
           difference.name.find(".conv1x1.") != std::string::npos;
  };
  const auto count = std::ranges::count_if(match.differences, is_esrgan_plus);
  return count == 0 ? ""
                    : fmt::format(
                          "it is an ESRGAN+ network, whose dense blocks add a 1x1 "
                          "convolution (conv1x1, {} tensors) that the networks here do not "
                          "have: without it the images are others",
                          count);
}

void check_match(const TensorMatch& match, const TensorFile& contents,
                 const PretrainedWeights& weights) {
  const std::string file = weights.file.string();
  const bool none =
      std::ranges::none_of(match.source, [](const auto& source) { return source.has_value(); });
  if (none) {
    throw CheckpointError(fmt::format(
        "{}: no tensor in it fits the network, so nothing would be loaded; it begins with {}: {}",
        file, contents.tensors.empty() ? "nothing" : quote_name(contents.tensors.front().name),
        match.describe()));
  }
  if (!weights.strict || match.differences.empty()) {
    return;
  }
  const std::string cause = known_cause(match);
  if (!cause.empty()) {
    throw CheckpointError(
        fmt::format("{}: does not fit the network: {}\n{}", file, cause, match.describe()));
  }
  require_exact(match, file);
}

/// `target` has just been read from a file's tensor `name`.
void require_finite(const std::string& file, const std::string& name, const at::Tensor& target) {
  if (!target.is_floating_point() || target.numel() == 0) {
    return;
  }
  const at::Tensor bad = torch::isfinite(target).logical_not();
  const auto count = bad.sum().item<std::int64_t>();
  if (count > 0) {
    throw CheckpointError(fmt::format(
        "{}: tensor {} holds NaN or infinity in {} of {} places: the network it was saved from had "
        "diverged, and training would not mend it. Take an earlier file",
        file, quote_name(name), count, target.numel()));
  }
}

}  // namespace

std::vector<PretrainedNetwork> pretrained_networks(const PathConfig& path, Networks& networks) {
  std::vector<PretrainedNetwork> found;
  if (path.pretrain_network_g) {
    found.push_back({"pretrain_network_g",
                     {*path.pretrain_network_g, path.param_key_g, path.strict_load_g},
                     networks.generator.get()});
  }
  if (path.pretrain_network_d && networks.discriminator) {
    found.push_back({"pretrain_network_d",
                     {*path.pretrain_network_d, path.param_key_d, path.strict_load_d},
                     networks.discriminator.get()});
  }
  return found;
}

PretrainedNetwork pretrained_teacher(const PathConfig& path, Networks& networks) {
  return {"pretrain_network_g_teacher",
          {*path.pretrain_network_g_teacher, std::nullopt},
          networks.teacher.get()};
}

// NOLINTNEXTLINE(misc-const-correctness): its tensors are written
PretrainedReport load_pretrained(const PretrainedWeights& weights, Module& network) {
  PretrainedReport report;
  TensorFile file = read_weights(weights.file, weights.key);
  const NamedTensors targets = with_buffers(network.parameters(), network);
  if (const UsedNames used = use_names_of(network, file); used.left_out > 0) {
    report.notices.push_back(left_out_text(used.prefix, used.left_out));
  } else if (!used.prefix.empty()) {
    report.notices.push_back(fmt::format("every name in it begins with {}, which is passed over",
                                         quote_name(used.prefix)));
  }
  const TensorMatch match = match_tensors(wanted_tensors(targets), file.tensors);
  check_match(match, file, weights);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (match.source[i]) {
      const StoredTensor& stored = file.tensors[*match.source[i]];
      with_file_name(weights.file, [&] { restore(stored, targets[i].tensor); });
      require_finite(weights.file.string(), stored.name, targets[i].tensor);
    }
  }
  if (const std::string cause = known_cause(match); !cause.empty()) {
    report.warnings.push_back(cause);
  }
  if (!match.differences.empty()) {
    report.warnings.push_back(match.describe());
  }
  for (std::vector<std::string>* lines : {&report.notices, &report.warnings}) {
    for (std::string& line : *lines) {
      line = fmt::format("{}: {}", weights.file.string(), line);
    }
  }
  return report;
}

}  // namespace sr
