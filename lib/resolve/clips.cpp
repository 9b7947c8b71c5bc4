#include "resolve/clips.h"

#include <fmt/format.h>

#include "arch/catalogue.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

bool gives_frames(const Node& root, const std::string& set) {
  const Node* datasets = root.find("datasets");
  const Node* found = datasets != nullptr ? datasets->find(set) : nullptr;
  const Node* frames = found != nullptr ? found->find("clip_size") : nullptr;
  return frames != nullptr && !frames->is_null();
}

}  // namespace

const char* frames_option(const arch::Options& options) {
  return std::visit(
      []<typename O>(const O&) -> const char* {
        if constexpr (requires { O::kFramesOption; }) {
          return O::kFramesOption;
        }
        return nullptr;
      },
      options);
}

void settle_clips(const Node& root, Config& config, Findings& findings) {
  const char* option = frames_option(config.network_g.options);
  DatasetConfig& training = config.train_set;
  if (option == nullptr || gives_frames(root, training.key)) {
    return;
  }
  const int frames = arch::input_channels(config.network_g.options) / arch::kRgb;
  if (frames == training.clip_size) {
    return;
  }
  training.clip_size = frames;
  for (DatasetConfig& set : config.val_sets) {
    if (!gives_frames(root, set.key)) {
      set.clip_size = frames;
    }
  }
  findings.notice(
      fmt::format("datasets.train.clip_size: {}, as network_g.{} ({}) asks for, because it is not "
                  "given",
                  frames, option, config.network_g.type));
}

}  // namespace sr::settings
