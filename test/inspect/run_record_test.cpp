#include "inspect/run_record.h"

#include <sys/stat.h>

#include "support/address_space_limit.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace {

const char* const kEvents = R"({"event":"start","step":0,"device":"A","config":{"name":"x"}}
{"event":"validation","step":100,"dataset":"s","metrics":{"psnr":30.5}}
{"event":"validation","step":200,"dataset":"s","metrics":{"psnr":31.5}}
{"event":"validation","step":200,"dataset":"t","metrics":{"psnr":20}}
no json
[1,2]
{"event":"validation","step":"many"}
{"event":"start","step":100,"device":"B","config":{"name":"y"}}
{"event":"validation","step":200,"dataset":"s","metrics":{"psnr":32.25}}
{"event":"progress","step":250,"samples":2000}
{"event":"end","step":300,"samples":2400,"reason":"total_iter reached"}
{"event":"progress","st)";

}  // namespace

TEST_CASE("a run's record counts steps that were done again once, the last time", "[inspect]") {
  const sr::test::TempFolder folder;
  folder.write("events.jsonl", kEvents);
  const auto record = sr::read_run_record(folder.path());
  REQUIRE(record);
  CHECK(record->config.at("name") == "y");
  CHECK(record->device == "B");
  CHECK(record->last_step == 300);
  CHECK(record->samples == 2400);
  CHECK(record->end_reason == "total_iter reached");
  REQUIRE(record->validations.size() == 2);
  CHECK(record->validations.at(200).dump() == R"({"s":{"psnr":32.25}})");
  CHECK_FALSE(sr::read_run_record(folder / "none"));
}

TEST_CASE("samples of steps that a resume made void do not count", "[inspect]") {
  const sr::test::TempFolder folder;
  folder.write("events.jsonl", R"({"event":"start","step":0}
{"event":"progress","step":100,"samples":800}
{"event":"progress","step":200,"samples":1600}
{"event":"start","step":100}
)");
  const auto record = sr::read_run_record(folder.path());
  REQUIRE(record);
  CHECK(record->samples == 800);
  CHECK(record->last_step == 100);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose heaps refuse nothing
TEST_CASE("the events of a long run are not held together", "[inspect]") {
  const sr::test::TempFolder folder;
  constexpr int kSteps = 40'000;
  const std::string reason(1000, 'r');
  std::ofstream file(folder.write("events.jsonl", ""));
  for (int step = 1; step <= kSteps; ++step) {
    file << R"({"event":"size_decision","step":)" << step << R"(,"reason":")" << reason << "\"}\n";
  }
  file.close();
  const sr::test::AddressSpaceLimit limit(rlim_t{16} << 20U);
  const auto record = sr::read_run_record(folder.path());
  REQUIRE(record);
  CHECK(record->last_step == kSteps);
}
#endif

TEST_CASE("a field of an event that is of another kind counts as absent", "[inspect]") {
  const sr::test::TempFolder folder;
  folder.write("events.jsonl", R"({"event":"start","step":0,"config":["name"],"device":7}
{"event":"progress","step":100,"samples":800}
{"event":"validation","step":100,"dataset":"s","metrics":30.5}
{"event":"end","step":100,"samples":1e300,"reason":null}
)");
  const auto record = sr::read_run_record(folder.path());
  REQUIRE(record);
  CHECK(record->config.is_null());
  CHECK(record->device.empty());
  CHECK(record->samples == 800);
  CHECK(record->validations.at(100).dump() == R"({"s":{}})");
  CHECK(record->end_reason.empty());
}

TEST_CASE("a file knows its run by the folder it lies in", "[inspect]") {
  const sr::test::TempFolder folder;
  const auto run = folder / "run";
  folder.write("run/events.jsonl", "");
  CHECK(sr::run_folder_of(run / "models/net_g_1.safetensors") == run);
  CHECK(sr::run_folder_of(run / "training_states/1.state") == run);
  CHECK_FALSE(sr::run_folder_of(run / "other/net_g_1.safetensors"));
  CHECK_FALSE(sr::run_folder_of(folder / "models/net_g_1.safetensors"));
}

TEST_CASE("a pipe in the place of events is no record and not waited for", "[inspect]") {
  const sr::test::TempFolder folder;
  REQUIRE(::mkfifo((folder / "events.jsonl").c_str(), 0600) == 0);
  CHECK_FALSE(sr::read_run_record(folder.path()));
}
