#include "prepare/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/path_status.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

/// Raised when the same settings begin to give other pixels or names.
constexpr int kFormat = 1;
constexpr int kMaxSourceSide = 1 << 20;  ///< pixels, as image and video readers accept them
constexpr int kMaxFrames = 100'000'000;  ///< of a video: a month at 30 a second

Json to_json(const Source& source) {
  return {{"path", source.path},
          {"bytes", source.stamp.bytes},
          {"modified_ns", source.stamp.modified_ns},
          {"width", source.width},
          {"height", source.height},
          {"frames", source.frames}};
}

/// What no run of `prepare` writes: working with it could delete or wait without end.
[[noreturn]] void refuse(const std::string& reason) {
  throw DataError("cannot have been written by prepare: " + reason);
}

/// Whole numbers within these bounds; a number of another kind is not taken for one.
int bounded(const Json& json, const char* key, int least, int most) {
  const Json& value = json.at(key);
  if (!value.is_number_integer() || value < least || value > most) {
    refuse(fmt::format("'{}' is {}, not within {} to {}", key, value.dump(), least, most));
  }
  return value;
}

std::int64_t whole(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if (!value.is_number_integer()) {
    refuse(fmt::format("'{}' is {}", key, value.dump()));
  }
  return value;
}

Source source_of(const Json& json) {
  Source source{
      .path = json.at("path"),
      .stamp = {static_cast<std::uint64_t>(whole(json, "bytes")), whole(json, "modified_ns")},
      .width = bounded(json, "width", 1, kMaxSourceSide),
      .height = bounded(json, "height", 1, kMaxSourceSide),
      .frames = bounded(json, "frames", 0, kMaxFrames)};
  const std::filesystem::path path = source.path;
  const bool inside = !path.empty() && path.is_relative() &&
                      std::find(path.begin(), path.end(), "..") == path.end();
  if (!inside) {
    refuse(fmt::format("it names a source outside its input, '{}'", source.path));
  }
  return source;
}

Json to_json(const Recipe& recipe) {
  return {{"crop", recipe.crop},
          {"step", recipe.step},
          {"min_rest", recipe.min_rest},
          {"scales", recipe.scales},
          {"filter", name_of(recipe.filter)},
          {"compression", recipe.compression},
          {"lr_only", recipe.lr_only}};
}

/// As `prepare` has written it, so that it can be worked with like one from the command line.
Recipe recipe_of(const Json& json) {
  const auto filter = filter_named(json.at("filter").get<std::string>());
  if (!filter) {
    throw std::runtime_error("names an unknown filter");
  }
  Recipe recipe{.crop = bounded(json, "crop", 0, kMaxCrop),
                .step = bounded(json, "step", 0, kMaxCrop),
                .min_rest = bounded(json, "min_rest", 0, kMaxCrop),
                .scales = {},
                .filter = *filter,
                .compression = bounded(json, "compression", 0, 9),
                .lr_only = json.at("lr_only")};
  for (const Json& scale : json.at("scales")) {
    recipe.scales.push_back(scale.is_number_integer() ? scale.get<int>() : 0);
  }
  const bool cut = recipe.crop > 0;
  if (cut != (recipe.step > 0) || recipe.scales.size() > 4 ||
      !std::all_of(recipe.scales.begin(), recipe.scales.end(), is_scale) ||
      recipe.crop % alignment(recipe.scales) != 0 || recipe.step % alignment(recipe.scales) != 0) {
    refuse("its recipe is " + to_text(recipe));
  }
  return recipe;
}

/// Files that the sources make by the recipe, a little too many.
double count_files(const Manifest& manifest) {
  const Recipe& recipe = manifest.recipe;
  const auto tiles = [&](int side) {
    return recipe.crop > 0 && side >= recipe.crop ? (side - recipe.crop) / recipe.step + 2.0 : 1.0;
  };
  double files = 0;
  for (const Source& source : manifest.sources) {
    files += tiles(source.width) * tiles(source.height) *
             static_cast<double>(std::max<std::int64_t>(source.frames, 1)) *
             static_cast<double>(recipe.scales.size() + 1);
  }
  return files;
}

Manifest parse(std::istream& stream) {
  const Json json = Json::parse(stream);
  if (json.at("format") != kFormat) {
    throw std::runtime_error(
        fmt::format("is of format {}, this program writes {}", json.at("format").dump(), kFormat));
  }
  Manifest manifest{
      .recipe = recipe_of(json.at("recipe")), .complete = json.at("complete"), .sources = {}};
  for (const Json& source : json.at("sources")) {
    manifest.sources.push_back(source_of(source));
  }
  constexpr double kMostFiles = 2e7;
  if (const double files = count_files(manifest); files > kMostFiles) {
    refuse(fmt::format("its sources make {:.3g} files", files));
  }
  return manifest;
}

}  // namespace

std::optional<Manifest> read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kManifestName;
  std::error_code ignored;
  if (!is_there(file)) {
    return std::nullopt;
  }
  if (!std::filesystem::is_regular_file(file, ignored)) {
    throw DataError(file.string() + ": is not a regular file");
  }
  try {
    std::ifstream stream(file, std::ios::binary);
    return parse(stream);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}; remove it if its folder may be made anew", file.string(),
                                error.what()));
  } catch (const std::exception& error) {
    throw ConfigError(fmt::format("{}: {}; choose another --output, or --overwrite", file.string(),
                                  error.what()));
  }
}

void write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  std::string text = fmt::format("{{\n \"format\": {},\n \"complete\": {},\n \"recipe\": {},\n",
                                 kFormat, manifest.complete, to_json(manifest.recipe).dump());
  text += " \"sources\": [";
  const char* separator = "\n";
  for (const Source& source : manifest.sources) {
    text += separator + ("  " + to_json(source).dump());
    separator = ",\n";
  }
  write_file_atomically(folder / kManifestName, text + "\n ]\n}\n");
}

}  // namespace sr
