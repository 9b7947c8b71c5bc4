#include "checkpoint/experiment_layout.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "core/file_name.h"
#include "core/path_status.h"

namespace sr {
namespace {

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t value = 0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  const bool plain = !digits.empty() && digits.front() != '-';
  return plain && error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

/// Behind the last '_' of a name without its extension.
std::optional<std::int64_t> number_at_end(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t last = stem.rfind('_');
  return last == std::string::npos ? std::nullopt
                                   : whole_number(std::string_view(stem).substr(last + 1));
}

const char* ending(WeightsFormat format) {
  return format == WeightsFormat::kPth ? ".pth" : ".safetensors";
}

std::string weights_name(const char* network, std::int64_t step, bool ema, WeightsFormat format) {
  const bool own_file = ema && format == WeightsFormat::kSafetensors;
  return fmt::format("{}_{}{}{}", network, own_file ? "ema_" : "", step, ending(format));
}

/// With room for "_<step>.png.sr-tmp" in 255 bytes.
constexpr std::size_t kLongestStem = 200;

}  // namespace

std::filesystem::path ExperimentLayout::weights_path(std::int64_t step, bool ema,
                                                     WeightsFormat format) const {
  return models_folder() / weights_name("net_g", step, ema, format);
}

std::filesystem::path ExperimentLayout::discriminator_path(std::int64_t step, bool ema,
                                                           WeightsFormat format) const {
  return models_folder() / weights_name("net_d", step, ema, format);
}

std::filesystem::path ExperimentLayout::best_path(WeightsFormat format) const {
  return models_folder() / fmt::format("net_g_best{}", ending(format));
}

std::filesystem::path ExperimentLayout::state_path(std::int64_t step) const {
  return states_folder() / fmt::format("{}.state", step);
}

std::filesystem::path ExperimentLayout::visualization_path(const std::string& dataset,
                                                           const std::string& image,
                                                           std::int64_t step) const {
  const std::filesystem::path name(image);
  return visualization_folder() / dataset / name.parent_path() /
         fmt::format("{}_{}.png", short_name(name.filename().native(), kLongestStem), step);
}

ExperimentLayout layout_of_state(const std::filesystem::path& state) {
  return ExperimentLayout(normal_path(state).parent_path().parent_path());
}

std::optional<std::int64_t> step_of_state(const std::filesystem::path& file) {
  return file.extension() == ".state" ? whole_number(file.stem().native()) : std::nullopt;
}

std::optional<std::int64_t> step_of_picture(const std::filesystem::path& file) {
  return file.extension() == ".png" ? number_at_end(file) : std::nullopt;
}

std::optional<std::int64_t> step_of_weights(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  constexpr std::string_view kBegin = "net_";
  const bool weights = (file.extension() == ".safetensors" || file.extension() == ".pth") &&
                       stem.starts_with(kBegin) && stem.rfind('_') >= kBegin.size();
  return weights ? number_at_end(file) : std::nullopt;
}

}  // namespace sr
