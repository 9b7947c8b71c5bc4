#include "core/processor_idleness.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

void write_stat(const test::TempFolder& root, const std::string& text) {
  std::filesystem::create_directories(root / "proc");
  std::ofstream(root / "proc/stat") << text;
}

TEST_CASE("A processor idles for the share of the time in which nothing ran", "[core]") {
  const test::TempFolder root;
  write_stat(root,
             "cpu  300 0 0 700 0 0 0 0 0 0\n"
             "cpu0 100 0 0 300 100 0 0 0 100 0\n"  // the time of guests is user's already
             "cpu2 200 0 50 250 0 0 0 0 0 0\n"
             "intr 5 0 1\nctxt 77\n");
  ProcessorIdleness idleness(root.path());
  CHECK(idleness.since_last_call() == std::vector<double>{0.8, 0, 0.5});
  write_stat(root, "cpu0 200 0 0 300 100 0 0 0 200 0\ncpu2 200 0 50 275 25 0 0 50 0 0\n");
  CHECK(idleness.since_last_call() == std::vector<double>{0, 0, 0.5});
  CHECK(idleness.since_last_call() == std::vector<double>{0, 0, 0});  // no time has passed
}

TEST_CASE("Nothing is known of processors without /proc/stat, or with another text in it",
          "[core]") {
  const test::TempFolder root;
  ProcessorIdleness idleness(root.path());
  CHECK(idleness.since_last_call().empty());
  write_stat(root, "cpu\ncpux 1 2 3 4\ncpu99999999999999999999 1 2 3 4\ncpufreq 1\n");
  CHECK(idleness.since_last_call().empty());
}

}  // namespace
}  // namespace sr
