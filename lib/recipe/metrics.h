#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

// Every metric without its arithmetic, which is in metric/ and, where it looks through a network,
// in perception/.

namespace sr::recipe {

/// One that reads a file is measured only when the configuration names it.
struct MetricRow {
  std::string_view type;         ///< YAML name, lower case
  std::string_view description;  ///< one phrase
  bool higher_is_better = true;
  std::string_view made_by{};              ///< what makes the file that it reads; empty: reads none
  std::string_view made_with = "PyTorch";  ///< and what has to be installed there
  bool chooses_best = false;               ///< against a discriminator, when val.best_by names none
  bool of_whole_image = false;  ///< unless crop_border says otherwise, as in traiNNer-redux

  bool reads_file() const { return !made_by.empty(); }
};

/// In the order of the documentation.
inline constexpr std::array kMetrics = std::to_array<MetricRow>({
    {.type = "calculate_psnr", .description = "dB, higher is better"},
    {.type = "calculate_ssim", .description = "0 to 1, higher is better"},
    {.type = "calculate_niqe",
     .description =
         "lower is better; of the output alone; its parameters are in a file (`weights`)",
     .higher_is_better = false,
     .made_by = "a line of Python",
     .made_with = "BasicSR"},
    {.type = "calculate_lpips",
     .description = "lower is better; the weights of its networks are in a file (`weights`)",
     .higher_is_better = false,
     .made_by = "scripts/fetch_weights.py lpips-alex (lpips-vgg, lpips-squeeze)",
     .chooses_best = true},
    {.type = "calculate_dists",
     .description = "lower is better; the weights of its network are in a file (`weights`)",
     .higher_is_better = false,
     .made_by = "scripts/fetch_weights.py dists",
     .chooses_best = true},
    {.type = "calculate_topiq",
     .description = "higher is better; the weights of its network are in a file (`weights`)",
     .made_by = "scripts/fetch_weights.py topiq",
     .chooses_best = true,
     .of_whole_image = true},
    {.type = "calculate_topiq_nr",
     .description = "higher is better; of the output alone; the weights of its network are in a "
                    "file (`weights`)",
     .made_by = "scripts/fetch_weights.py topiq-nr",
     .of_whole_image = true},
});

/// By type in lower case; null for others.
constexpr const MetricRow* find_metric(std::string_view type) {
  const auto* const found = std::ranges::find(kMetrics, type, &MetricRow::type);
  return found == kMetrics.end() ? nullptr : found;
}

/// The types of those rows of which `holds` is true.
template <typename Holds>
std::vector<std::string> metrics_that(const Holds& holds) {
  std::vector<std::string> types;
  for (const MetricRow& row : kMetrics) {
    if (holds(row)) {
      types.emplace_back(row.type);
    }
  }
  return types;
}

/// Those that read a file.
inline std::vector<std::string> metrics_with_weights() {
  return metrics_that([](const MetricRow& row) { return row.reads_file(); });
}

}  // namespace sr::recipe
