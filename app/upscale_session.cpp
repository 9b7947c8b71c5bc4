#include "upscale_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/lines.h"
#include "core/units.h"
#include "device/device_stream.h"
#include "infer/reach.h"
#include "report/json_fields.h"
#include "train/must_fit.h"
#include "train/precision.h"

namespace sr::app {
namespace {

using Json = nlohmann::ordered_json;

/// Of the run's configuration; `otherwise` where the run, the key or the type is another.
bool setting(const std::optional<RunRecord>& run, const char* key, bool otherwise) {
  return run ? flag_field(run->config, key, otherwise) : otherwise;
}

/// LQ pixels of the run's validation, within what a configuration may hold.
int pixels_of(const Json& val, const char* key, int otherwise) {
  return whole(field(val, key), 0, 65536).value_or(otherwise);
}

std::optional<std::int64_t> limit_of(const UpscaleOptions& options) {
  if (!options.memory_limit) {
    return std::nullopt;
  }
  const std::optional<std::int64_t> bytes = parse_bytes(*options.memory_limit);
  if (!bytes || *bytes == 0) {
    throw ConfigError("--memory-limit: '" + *options.memory_limit + "' is no size such as 4GiB");
  }
  return bytes;
}

/// What the user should hear of the choice goes to `notes`.
at::Device device_of(DeviceChoice choice, std::vector<std::string>& notes) {
  if (!choice.note.empty()) {
    notes.push_back(std::move(choice.note));
  }
  return choice.device;
}

bool compares(const UpscaleOptions& options) {
  return options.gt || options.checkpoints;
}

bool allows_fp16(const IdentifiedNetwork& network) {
  const arch::Architecture* row = arch::find_architecture(network.architecture);
  return row == nullptr || row->allows_fp16;
}

/// `auto`: as the run validates when its scores are to be repeated; else fp16 on a GPU, where it
/// is faster and an 8-bit image shows no difference.
std::optional<at::ScalarType> precision(const UpscaleOptions& options, at::Device device,
                                        const IdentifiedNetwork& network,
                                        const std::optional<RunRecord>& run) {
  switch (options.dtype) {
    case DType::kFp32:
      return std::nullopt;
    case DType::kBf16:
      return at::kBFloat16;
    case DType::kFp16:
      return at::kHalf;
    case DType::kAuto:
      break;
  }
  if (!compares(options)) {
    return device.is_cuda() && allows_fp16(network) ? std::optional(at::kHalf) : std::nullopt;
  }
  return autocast_type(setting(run, "use_amp", false), setting(run, "amp_bf16", false), device);
}

/// Of the clip that the network takes, 1 for an image.
int frames_of(const arch::Options& options, const std::filesystem::path& model) {
  const int channels = arch::input_channels(options);
  const int frames = channels / arch::kRgb;
  if (channels % arch::kRgb != 0 || frames % 2 == 0) {
    throw CheckpointError(
        fmt::format("{}: its network takes {} channels; what there is to give are the {} of an "
                    "image, or those of a clip with a middle frame ({}, {} ...)",
                    model.string(), channels, arch::kRgb, 3 * arch::kRgb, 5 * arch::kRgb));
  }
  return frames;
}

}  // namespace

UpscaleSession::UpscaleSession(const UpscaleOptions& options, const std::filesystem::path& model,
                               const std::optional<std::string>& key,
                               const std::optional<RunRecord>& run, std::function<bool()> stop)
    : device_(device_of(open_device(options.device), notes_)),
      memory_(open_device_memory(device_, limit_of(options))),
      model_(load_model(model, key, std::nullopt, options.network)),
      frames_(frames_of(model_.identified.options, model)) {
  if (!model_.note.empty()) {
    notes_.push_back(model_.note);
  }
  use_usable_cpus();
  use_device(device_);
  memory_->set_limit(limit_of(options));  // load_model() has left the CPU without one
  InferenceOptions inference = inference_options(options, run);
  if (device_.is_cpu()) {
    threads_.emplace();
  }
  inference.stop = [this, stop = std::move(stop)] {
    if (threads_) {
      threads_->after_step();  // what it says is news to who trains for hours
    }
    return stop && stop();
  };
  must_fit("the network", *memory_, [&] { model_.network->to(device_, inference.channels_last); });
  engine_ = std::make_unique<Engine>(inference, *memory_, [this](const SmallerTiles& tiles) {
    notes_.push_back(
        fmt::format("out of memory: going on with tiles of {} pixels", tiles.tile_size));
  });
}

InferenceOptions UpscaleSession::inference_options(const UpscaleOptions& options,
                                                   const std::optional<RunRecord>& run) const {
  InferenceOptions inference;
  inference.device = device_;
  inference.autocast = precision(options, device_, model_.identified, run);
  // The rule of training's `auto`, unless the run was told otherwise.
  inference.channels_last = setting(run, "use_channels_last",
                                    auto_channels_last(inference.autocast.has_value(), device_));
  inference.tile_size = options.tile;
  inference.around_tile = surroundings_of(model_.identified.options, model_.identified.scale);
  if (compares(options) && options.tile == 0 && run) {  // tiles show in the last digits
    const Json& val = field(run->config, "val");
    inference.tile_size = pixels_of(val, "tile_size", inference.tile_size);
    inference.around_tile.least_overlap =
        pixels_of(val, "tile_overlap", inference.around_tile.least_overlap);
  }
  inference.eight_flips = options.tta;
  return inference;
}

Resolver UpscaleSession::resolver() {
  return {model_.identified.scale, frames_,
          [this](const cv::Mat& lq, int depth, const std::string& name) {
            ResolvedImage resolved = engine_->run(*model_.network, lq, name, depth);
            if (!resolved.finite) {
              throw DataError(name + ": the network makes NaN or Inf of it, in fp32 too");
            }
            if (resolved.recomputed) {
              recomputed_.push_back(name);
            }
            return resolved.image;
          }};
}

std::vector<std::string> UpscaleSession::take_notes() {
  constexpr std::size_t kShown = 5;
  if (!recomputed_.empty()) {
    notes_.push_back("not finite in this precision, computed again in fp32: " +
                     shortened_list(std::exchange(recomputed_, {}), kShown));
  }
  return std::exchange(notes_, {});
}

CompareSettings UpscaleSession::compare_settings(const UpscaleOptions& options,
                                                 const Comparison& by) const {
  return app::compare_settings(options, by, device_, *memory_);
}

}  // namespace sr::app
