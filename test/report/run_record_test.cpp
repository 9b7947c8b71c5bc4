#include "report/run_record.h"

#include <sys/stat.h>

#include <string>

#include "core/error.h"
#include "core/line_file.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using nlohmann::ordered_json;
using sr::test::TempFolder;

namespace {

std::string line(const std::string& event, int step, double elapsed, const std::string& more = "") {
  return R"({"event": ")" + event + R"(", "step": )" + std::to_string(step) +
         R"(, "time": "2026-01-01T00:00:00.000Z", "elapsed_s": )" + std::to_string(elapsed) + more +
         "}\n";
}

const std::string kStart = R"(, "version": "1.0", "device": "cpu", "parameters": 12, "config":
  {"name": "toy", "scale": 2, "network_g": {"type": "compact"}, "train": {"total_iter": 40},
   "training_automations": {"DynamicBatchSizeOptimizer": {"target_vram_usage": 0.8, "safety_margin": 0.1}}})";

std::string one_line(std::string text) {
  std::erase(text, '\n');
  return text;
}

std::string progress(int step, double elapsed) {
  return line("progress", step, elapsed,
              R"(, "lr": 0.1, "losses": {"l_g_l1": 0.5}, "lq_size": 32, "batch_size": 8)");
}

std::string validation(int step, double elapsed, double psnr, double best) {
  return line("validation", step, elapsed,
              R"(, "dataset": "set", "metrics": {"psnr": )" + std::to_string(psnr) +
                  R"(, "ssim": 0.9}, "best": )" + std::to_string(best));
}

}  // namespace

TEST_CASE("a run is read from its events", "[report]") {
  const TempFolder folder;
  folder.write("events.jsonl", line("start", 0, 0, one_line(kStart)) + progress(10, 1) +
                                   validation(10, 2, 30, 30) + progress(20, 3) +
                                   validation(20, 4, 29, 30) +
                                   line("end", 20, 5, R"(, "reason": "done", "exit_code": 0)"));
  folder.write("config.yml", "name: toy\n");
  const ordered_json run = sr::read_run(folder.path());
  CHECK(run["name"] == "toy");
  CHECK(run["network"] == "compact");
  CHECK(run["total_iter"] == 40);
  CHECK(run["progress"].size() == 2);
  CHECK(run["validations"].size() == 2);
  CHECK(run["best"]["name"] == "set psnr");
  CHECK(run["best"]["value"] == 30);
  CHECK(run["best"]["step"] == 10);
  CHECK(run["final"]["set psnr"] == 29);
  CHECK(run["seconds"] == 5);
  CHECK(run["band"][0].get<double>() == Approx(0.7));
  CHECK(run["band"][1].get<double>() == Approx(0.9));
  CHECK(run["end"]["reason"] == "done");
  CHECK(run["config"] == "name: toy\n");
}

TEST_CASE("steps that a resume made void are gone and time adds up over processes", "[report]") {
  const TempFolder folder;
  folder.write("events.jsonl",
               line("start", 0, 0, one_line(kStart)) + progress(10, 1) + progress(20, 2) +
                   progress(30, 3) +
                   line("start", 20, 0.5, one_line(kStart) + R"(, "resumed_from": "20.state")") +
                   progress(30, 1.5) + R"({"event": "progress", "step": 4)");
  const ordered_json run = sr::read_run(folder.path());
  REQUIRE(run["progress"].size() == 3);
  CHECK(run["progress"][2]["step"] == 30);
  CHECK(run["progress"][2]["seconds"].get<double>() == Approx(2 + 1.5));
  CHECK(run["end"].is_null());
}

TEST_CASE("decisions and out of memory are told with their sizes and reasons", "[report]") {
  const TempFolder folder;
  const std::string from = R"("from": {"lq_size": 32, "batch_size": 8}, )";
  folder.write(
      "events.jsonl",
      line("start", 0, 0, one_line(kStart)) +
          line("size_decision", 5, 1,
               R"(, "action": "grow_lq", "reason": "below the band", )" + from +
                   R"("to": {"lq_size": 40, "batch_size": 8})") +
          line(
              "oom", 6, 2,
              R"(, "where": "train", "class": "genuine", "lq_size": 40, "batch_size": 8, "to": {"lq_size": 32, "batch_size": 8, "micro_batch": 4})"));
  const ordered_json run = sr::read_run(folder.path());
  CHECK(run["decisions"][0]["text"] == "32 x 8 -> 40 x 8: below the band");
  CHECK(run["ooms"][0]["text"] == "train (genuine) at 40 x 8, goes on with 32 x 8 in parts of 4");
}

TEST_CASE("a folder without a run is named", "[report]") {
  const TempFolder folder;
  CHECK_THROWS_AS(sr::read_run(folder.path()), sr::DataError);
  folder.write("events.jsonl", "not json\n" + progress(1, 1));
  CHECK_THROWS_AS(sr::read_run(folder.path()), sr::DataError);
}

TEST_CASE("a field of another kind counts as absent, so that the page can draw the rest",
          "[report]") {
  const TempFolder folder;
  const std::string config =
      R"(, "config": {"name": 7, "network_g": [], "train": "", "val": {"best_by": 1},
         "training_automations": {"DynamicBatchSizeOptimizer": {"target_vram_usage": "high"}}})";
  folder.write("events.jsonl",
               line("start", 0, 0, one_line(config)) + line("progress", 10, 1, R"(, "lr": "low")") +
                   line("progress", 20, 2, R"(, "losses": {"l_g_l1": 0.5, "l_g_l2": "small"})") +
                   line("validation", 20, 2) +
                   line("validation", 30, 3, R"(, "dataset": 7, "metrics": [30])") +
                   line("oom", 31, 4, R"(, "lq_size": "big", "to": {"batch_size": 4294967297})") +
                   line("lr_decision", 32, 5, R"(, "action": 3, "reason": [])") +
                   line("end", 33, 6, R"(, "reason": 0)"));
  const ordered_json run = sr::read_run(folder.path());
  CHECK(run["network"] == "-");
  CHECK(run["total_iter"].is_null());
  CHECK(run["band"][0].get<double>() == Approx(0.8));
  CHECK(run["progress"][0]["lr"].is_null());
  CHECK(run["progress"][0]["losses"] == ordered_json::object());
  CHECK(run["progress"][1]["losses"] == ordered_json{{"l_g_l1", 0.5}, {"l_g_l2", nullptr}});
  CHECK(run["validations"][0]["metrics"] == ordered_json::object());
  CHECK(run["validations"][1]["metrics"] == ordered_json::object());
  CHECK(run["validations"][1]["dataset"] == "");
  CHECK(run["ooms"][0]["text"] == " () at 0 x 0, goes on with 0 x 4294967297");
  CHECK(run["decisions"][0]["action"] == "lr_decision");
  CHECK(run["end"]["reason"] == "");
}

TEST_CASE("pipes, devices and lines without end in a run's folder hold nothing up", "[report]") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "events.jsonl").c_str(), 0600) == 0);
  CHECK_THROWS_AS(sr::read_run(folder.path()), sr::DataError);
  std::filesystem::remove(folder / "events.jsonl");
  folder.write("events.jsonl", line("start", 0, 0, one_line(kStart)) +
                                   std::string(sr::LineFile::kLongest + 1, '[') + "\n" +
                                   progress(10, 1));
  std::filesystem::create_symlink("/dev/zero", folder / "config.yml");
  const ordered_json run = sr::read_run(folder.path());
  CHECK(run["progress"].size() == 1);
  CHECK(run["config"] == "");
}
