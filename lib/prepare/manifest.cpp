#include "prepare/manifest.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

/// Raised when the same settings begin to give other pixels or names.
constexpr int kFormat = 1;

Json to_json(const Source& source) {
  return {{"path", source.path},
          {"bytes", source.stamp.bytes},
          {"modified_ns", source.stamp.modified_ns},
          {"width", source.width},
          {"height", source.height},
          {"frames", source.frames}};
}

Source source_of(const Json& json) {
  return {.path = json.at("path"),
          .stamp = {json.at("bytes"), json.at("modified_ns")},
          .width = json.at("width"),
          .height = json.at("height"),
          .frames = json.at("frames")};
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

Recipe recipe_of(const Json& json) {
  const auto filter = filter_named(json.at("filter").get<std::string>());
  if (!filter) {
    throw std::runtime_error("names an unknown filter");
  }
  return {.crop = json.at("crop"),
          .step = json.at("step"),
          .min_rest = json.at("min_rest"),
          .scales = json.at("scales"),
          .filter = *filter,
          .compression = json.at("compression"),
          .lr_only = json.at("lr_only")};
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
  return manifest;
}

}  // namespace

std::optional<Manifest> read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kManifestName;
  if (!std::filesystem::exists(file)) {
    return std::nullopt;
  }
  try {
    std::ifstream stream(file, std::ios::binary);
    return parse(stream);
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
