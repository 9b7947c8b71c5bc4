#include "device/confinement.h"

#include <sched.h>

#include <filesystem>
#include <fstream>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "core/host.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

/// A machine as large as this one, which so far has been busy for `busy` ticks and idle for `idle`.
void write_stat(const test::TempFolder& root, int busy, int idle) {
  std::filesystem::create_directories(root / "proc");
  std::ofstream file(root / "proc/stat");
  for (int number = 0; number < CPU_SETSIZE; ++number) {
    file << "cpu" << number << ' ' << busy << " 0 0 " << idle << " 0 0 0 0\n";
  }
}

int processors() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  return ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 0;
}

TEST_CASE("Threads share processors while no other idles", "[device]") {
  const int all = processors();
  if (all < 2 || usable_cpus() < 2) {
    SR_SKIP("there is one processor");
  }
  at::set_num_threads(2);
  const at::Tensor values = torch::randn({1 << 20});
  const at::Tensor sum = values.sum();
  const test::TempFolder root;
  write_stat(root, 100, 100);
  Confinement confinement(root.path());

  write_stat(root, 150, 150);
  confinement.confine(2);
  CHECK_FALSE(confinement.holds());  // there is room

  write_stat(root, 250, 150);
  confinement.confine(1);
  CHECK((confinement.holds() ? processors() : all) == (all > 2 ? 2 : all));
  confinement.release();
  CHECK(processors() == all);

  write_stat(root, 350, 150);
  confinement.confine(1.4);
  REQUIRE(confinement.holds());
  CHECK(processors() == 1);
  CHECK(at::equal(values.sum(), sum));
  write_stat(root, 450, 150);
  CHECK_FALSE(confinement.wasteful());
  write_stat(root, 500, 200);
  CHECK(confinement.wasteful());
  confinement.release();
  CHECK_FALSE(confinement.holds());
  CHECK(processors() == all);
}

TEST_CASE("Where nothing is known of other processors threads stay together", "[device]") {
  const test::TempFolder root;
  Confinement confinement(root.path());
  CHECK_FALSE(confinement.wasteful());
  confinement.release();
}

}  // namespace
}  // namespace sr
