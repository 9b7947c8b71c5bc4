#include <filesystem>

#include "core/error.h"
#include "report/events.h"
#include "report/reporter.h"
#include "report/tfevents.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace std::string_literals;
using namespace sr::test;

namespace {

/// A PNG's beginning: all that the reporter reads of it.
const std::string kPng = "\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR\0\0\0\x04\0\0\0\x03"s;

std::string contents(const TempFolder& folder) {
  return read_text(std::filesystem::directory_iterator(folder / "tb_logger")->path());
}

}  // namespace

TEST_CASE("progress becomes one record of scalars", "[report]") {
  const TempFolder folder;
  sr::make_tensorboard_reporter(folder.path())->on(at(100, progress()));
  const std::string bytes = contents(folder);
  for (const std::string& value :
       {sr::scalar_value("losses/l1loss", 0.0234567), sr::scalar_value("lr", 5e-4),
        sr::scalar_value("size/lq_size", 48), sr::scalar_value("size/batch_size", 16),
        sr::scalar_value("memory_usage", 0.834), sr::scalar_value("step_ms", 110),
        sr::scalar_value("data_wait_ms", 0.4)}) {
    CHECK(bytes.find(value) != std::string::npos);
  }
}

TEST_CASE("validation becomes scalars by set and metric and images", "[report]") {
  const TempFolder folder;
  sr::ValidationEvent event = validation();
  event.images = {{"baby", folder.write("baby_100.png", kPng).string()}};
  sr::make_tensorboard_reporter(folder.path())->on(at(100, event));
  const std::string bytes = contents(folder);
  CHECK(bytes.find(sr::scalar_value("metrics/Set14/psnr", 32.4412)) != std::string::npos);
  CHECK(bytes.find(sr::scalar_value("metrics/Set14/ssim", 0.90561)) != std::string::npos);
  CHECK(bytes.find(sr::image_value("images/Set14/baby", kPng)) != std::string::npos);
}

TEST_CASE("an image that cannot be read is a storage error with its path", "[report]") {
  const TempFolder folder;
  sr::ValidationEvent event = validation();
  event.images = {{"baby", (folder / "missing.png").string()}};
  const auto reporter = sr::make_tensorboard_reporter(folder.path());
  try {
    reporter->on(at(100, event));
    FAIL("no error");
  } catch (const sr::StorageError& error) {
    CHECK(std::string(error.what()).find("missing.png") != std::string::npos);
  }
  CHECK(contents(folder).find(sr::scalar_value("metrics/Set14/psnr", 32.4412)) !=
        std::string::npos);
}

TEST_CASE("an image that cannot be read back is a storage error with its path", "[report]") {
  const TempFolder folder;
  sr::ValidationEvent event = validation();
  event.images = {{"baby", folder.path().string()}};  // a folder: opens, and read() fails
  CHECK_THROWS_WITH(sr::make_tensorboard_reporter(folder.path())->on(at(100, event)),
                    Catch::Contains("cannot read " + folder.path().string()));
}

TEST_CASE("tags are valid UTF-8 whatever files are called", "[report]") {
  const TempFolder folder;
  sr::ValidationEvent event = validation();
  event.dataset = "s\xe9t";
  event.images = {{"caf\xe9", folder.write("a.png", kPng).string()}};
  sr::make_tensorboard_reporter(folder.path())->on(at(100, event));
  const std::string bytes = contents(folder);
  CHECK(bytes.find(sr::scalar_value("metrics/s\\xe9t/psnr", 32.4412)) != std::string::npos);
  CHECK(bytes.find(sr::image_value("images/s\\xe9t/caf\\xe9", kPng)) != std::string::npos);
}

TEST_CASE("a fresh start writes nothing and a resumed one a restart", "[report]") {
  const TempFolder folder;
  const auto reporter = sr::make_tensorboard_reporter(folder.path());
  const std::size_t before = contents(folder).size();
  reporter->on(at(0, start()));
  reporter->on(at(0, sr::NoticeEvent{"x"}));
  CHECK(contents(folder).size() == before);
  sr::StartEvent resumed = start();
  resumed.resumed_from = "100.state";
  reporter->on(at(100, resumed));
  CHECK(contents(folder).size() > before);
}
