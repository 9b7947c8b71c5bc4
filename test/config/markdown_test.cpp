#include <cstdlib>
#include <fstream>

#include "config/configuration_markdown.h"
#include "config/schema.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

/// With SR_UPDATE_DOCS=1 the file is written anew.
void check_generated(const std::filesystem::path& file, const std::string& wanted) {
  if (std::getenv("SR_UPDATE_DOCS") != nullptr) {
    std::ofstream(file, std::ios::binary) << wanted;
  }
  INFO("run the tests once with SR_UPDATE_DOCS=1 to write " << file << " anew");
  CHECK((sr::test::read_text(file) == wanted));  // not shown: it is long
}

}  // namespace

TEST_CASE("docs/configuration.md is what the field tables say", "[config]") {
  check_generated(SR_SOURCE_DIR "/docs/configuration.md", sr::test::configuration_markdown());
}

TEST_CASE("configs/sr-train.schema.json is what the field tables say", "[config]") {
  check_generated(SR_SOURCE_DIR "/configs/sr-train.schema.json",
                  sr::configuration_schema().dump() + "\n");
}
