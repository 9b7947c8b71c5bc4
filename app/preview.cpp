#include "train/preview.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <opencv2/core/utility.hpp>
#include <vector>

#include "check_parts.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "image/image.h"
#include "report/json_text.h"
#include "say.h"

namespace sr::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPairs = 32;
constexpr const char* kList = "preview.json";

std::string picture_name(std::size_t number) {
  return fmt::format("preview_{:02}.png", number);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files{folder / kList};
  for (std::size_t i = 0; i < kPairs; ++i) {
    files.push_back(folder / picture_name(i));
  }
  return files;
}

/// "12 none, 3 mixup"
std::string counted(const std::map<std::string, int>& numbers) {
  std::vector<std::string> parts;
  for (const auto& [word, number] : numbers) {
    parts.push_back(fmt::format("{} {}", number, word));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

void check_preview_folder(const fs::path& folder, bool overwrite) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::exists(status) && !fs::is_directory(status)) {
    throw ConfigError(fmt::format("--preview {}: is not a folder", folder.string()));
  }
  if (!fs::exists(status) && status.type() != fs::file_type::not_found) {
    throw ConfigError(fmt::format("--preview {}: {}", folder.string(), error.message()));
  }
  for (const fs::path& file : files_in(folder)) {
    if (!overwrite && fs::exists(fs::symlink_status(file, error))) {
      throw ConfigError(
          fmt::format("--preview {}: {} is there already; name another folder, or say --overwrite",
                      folder.string(), file.filename().string()));
    }
  }
}

void write_preview(const LoadedConfig& loaded, const PairList& training, const fs::path& folder) {
  const Config& config = loaded.config;
  cv::setNumThreads(1);  // the loader's threads are enough
  Preview preview = make_preview(config, training, kPairs);
  make_folder(folder);
  int replaced = 0;
  std::error_code error;
  for (const fs::path& file : files_in(folder)) {
    replaced += fs::exists(fs::symlink_status(file, error)) ? 1 : 0;
  }
  nlohmann::ordered_json samples = nlohmann::ordered_json::array();
  std::map<std::string, int> sources, mixes;
  for (std::size_t i = 0; i < preview.pictures.size(); ++i) {
    write_png(folder / picture_name(i), preview.pictures[i]);
    nlohmann::ordered_json sample{{"file", picture_name(i)}};
    sample.update(preview.draws[i]);
    ++sources["by " + sample.at("lq_from").get<std::string>()];
    if (sample.contains("mix")) {
      ++mixes[sample["mix"].at("aug").get<std::string>()];
    }
    samples.push_back(std::move(sample));
  }
  preview.run["samples"] = std::move(samples);
  write_file_atomically(folder / kList, json_text(preview.run, 1) + "\n");
  const int lq = preview.run.at("lq_size").get<int>();
  say("preview: the first {} samples in {}: GT {}x{} | LQ {}x{}; LQ {}{}{}{}\n", kPairs,
      folder.string(), lq * config.scale, lq * config.scale, lq, lq, counted(sources),
      mixes.empty() ? "" : "; mixed: ", counted(mixes),
      replaced > 0 ? fmt::format("; {} files replaced", replaced) : "");
  if (!loaded.seeded) {
    say("preview: manual_seed is not set, so a run draws its own and begins with other samples; "
        "here "
        "it is {}\n",
        config.manual_seed);
  }
}

}  // namespace sr::app
