#include "device/step_threads.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>

#include "device/idle_team.h"
#include "support/catch.h"

namespace sr {
namespace {

std::ptrdiff_t threads_of_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

/// Ended threads are gone a moment after they were let go.
bool becomes(std::ptrdiff_t threads) {
  for (int i = 0; i < 1000 && threads_of_process() != threads; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return threads_of_process() == threads;
}

/// Processor time of all threads while two of LibTorch's compute a little and rest a lot, seconds.
double processor_time() {
  const at::Tensor values = at::ones({1 << 20});
  const std::clock_t begin = std::clock();
  for (int i = 0; i < 50; ++i) {
    values.add_(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST_CASE("An idle team is there while it is held and gone afterwards", "[device]") {
  if (!IdleTeam::works()) {
    SR_SKIP("LibTorch's OpenMP is not libgomp");
  }
  IdleTeam team;
  const std::ptrdiff_t before = threads_of_process();
  for (int i = 0; i < 3; ++i) {
    team.hold(1);
    team.hold(1);
    CHECK(threads_of_process() > before);
    team.release();
    CHECK(becomes(before));
    team.release();
  }
}

TEST_CASE("A held idle team leaves the threads and the results of LibTorch as they were",
          "[device]") {
  at::set_num_threads(2);
  const at::Tensor values = torch::randn({1 << 20});
  const at::Tensor sum = values.sum();
  IdleTeam team;
  team.hold(2);
  CHECK(at::get_num_threads() == 2);
  CHECK(at::equal(values.sum(), sum));
}

// The environment of ctest keeps OpenMP threads from spinning at all, and is read once.
TEST_CASE("While an idle team is held LibTorch's threads do not spin", "[device]") {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command =
      "env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT '" + program + "' '[spinning]' > /dev/null";
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("Processor time with and without an idle team", "[.spinning]") {
  at::set_num_threads(2);
  processor_time();  // the threads are started, pages are there
  const double spinning = processor_time();
  if (!IdleTeam::works() || spinning < 0.1) {
    SR_SKIP("LibTorch's threads do not spin here");
  }
  IdleTeam team;
  team.hold(2);
  const double held = processor_time();
  team.release();
  INFO(spinning << " s spinning, " << held << " s held");
  CHECK(held < 0.5 * spinning);
  CHECK(processor_time() > 0.5 * spinning);
}

TEST_CASE("A full machine is said once", "[device]") {
  StepThreads threads;
  CHECK_FALSE(threads.after_step());  // nothing is known yet
}

}  // namespace
}  // namespace sr
