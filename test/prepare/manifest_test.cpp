#include "prepare/manifest.h"

#include "prepare/trees.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::contains;
using test::TempFolder;

Manifest sample() {
  Manifest manifest;
  manifest.recipe = {.crop = 480,
                     .step = 240,
                     .min_rest = 5,
                     .scales = {2, 4},
                     .filter = Filter::kLanczos3,
                     .compression = 9,
                     .lr_only = true};
  manifest.complete = true;
  manifest.sources = {{"a \"b\"/\xC3\xBC.png", {123, 1'700'000'000'123'456'789}, 640, 480, 0},
                      {"v.mp4", {1, -5}, 64, 48, 250}};
  return manifest;
}

}  // namespace

TEST_CASE("a manifest is read back as it was written", "[prepare]") {
  const TempFolder folder;
  write_manifest(folder.path(), sample());
  const auto read = read_manifest(folder.path());
  REQUIRE(read);
  CHECK(read->recipe == sample().recipe);
  CHECK(read->complete);
  CHECK(read->sources == sample().sources);
}

TEST_CASE("a folder without a manifest has none", "[prepare]") {
  const TempFolder folder;
  CHECK_FALSE(read_manifest(folder.path()));
  CHECK_FALSE(read_manifest(folder / "missing"));
}

TEST_CASE("a manifest that cannot be understood is an error that names it", "[prepare]") {
  const TempFolder folder;
  const auto message = [&](const std::string& text) {
    folder.write(kManifestName, text);
    return test::message_of<ConfigError>([&] { read_manifest(folder.path()); });
  };
  write_manifest(folder.path(), sample());
  const std::string good = test::read_text(folder / kManifestName);
  std::string later = good;
  later.replace(later.find("\"format\": 1"), 11, "\"format\": 2");
  std::string filter = good;
  filter.replace(filter.find("lanczos3"), 8, "lanczos9");
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string(),
                                  good.substr(0, good.size() / 2), later, filter}) {
    INFO(text);
    CHECK(contains(message(text), (folder / kManifestName).string() + ": "));
  }
  CHECK(contains(message(later), "format 2"));
}

TEST_CASE("a manifest that no run has written is refused, whatever the option", "[prepare]") {
  const TempFolder folder;
  Manifest manifest = sample();
  manifest.recipe.lr_only = false;
  write_manifest(folder.path(), manifest);
  const std::string good = test::read_text(folder / kManifestName);
  const auto with = [&](const std::string& part, const std::string& other) {
    std::string text = good;
    REQUIRE(text.find(part) != std::string::npos);
    return text.replace(text.find(part), part.size(), other);
  };
  const std::vector<std::string> forged = {
      with("\"step\":240", "\"step\":0"),
      with("\"step\":240", "\"step\":-240"),
      with("\"step\":240", "\"step\":241"),
      with("\"step\":240", "\"step\":1e300"),
      with("\"crop\":480", "\"crop\":0"),
      with("\"crop\":480", "\"crop\":4611686018427387904"),
      with("\"min_rest\":5", "\"min_rest\":-5"),
      with("[2,4]", "[2,0]"),
      with("[2,4]", "[2,2.5]"),
      with("\"compression\":9", "\"compression\":90"),
      with("\"width\":640", "\"width\":0"),
      with("\"height\":480", "\"height\":2000000000"),
      with("\"frames\":250", "\"frames\":-1"),
      with("\"frames\":250", "\"frames\":90000000"),  // in range, but beyond every disk
      with("v.mp4", "../v.mp4"),
      with("v.mp4", "/etc/v.mp4"),
      with("\"bytes\":123", "\"bytes\":1e300"),
  };
  for (const std::string& text : forged) {
    INFO(text);
    folder.write(kManifestName, text);
    const std::string message = test::message_of<DataError>([&] { read_manifest(folder.path()); });
    CHECK(contains(message, (folder / kManifestName).string() + ": cannot have been written"));
  }
}

TEST_CASE("a manifest that cannot be looked at is none", "[prepare]") {
  const TempFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_FALSE(read_manifest(folder / "loop"));
}

}  // namespace sr
