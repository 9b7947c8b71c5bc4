#include <cstdlib>
#include <fstream>

#include "config/configuration_markdown.h"
#include "support/catch.h"
#include "support/temp_folder.h"

TEST_CASE("docs/configuration.md is what the field tables say", "[config]") {
  const std::filesystem::path file = SR_SOURCE_DIR "/docs/configuration.md";
  if (std::getenv("SR_UPDATE_DOCS") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << sr::test::configuration_markdown();
  }
  INFO("run the tests once with SR_UPDATE_DOCS=1 to write the page anew");
  CHECK(sr::test::read_text(file) == sr::test::configuration_markdown());
}
