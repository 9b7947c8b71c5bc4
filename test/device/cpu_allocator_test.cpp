#include "device/cpu_allocator.h"

#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "core/host_memory.h"
#include "core/units.h"
#include "device/heap.h"
#include "device/memory.h"
#include "device/toy_step.h"
#include "support/catch.h"
#include "support/temp_folder.h"

namespace sr {
namespace {

CpuAllocator& installed() {
  install_cpu_allocator();
  return cpu_allocator();
}

/// Bytes alive and allocate() calls since construction; injection and limit are off at both ends.
class Span {
 public:
  Span() : start_(allocator_.counters()) {}
  ~Span() {
    allocator_.stop_failing();
    allocator_.set_limit(std::nullopt);
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  std::int64_t bytes() const { return allocator_.counters().allocated - start_.allocated; }
  std::uint64_t calls() const { return allocator_.counters().allocations - start_.allocations; }
  std::uint64_t refusals() const { return allocator_.counters().refusals - start_.refusals; }
  /// Leaves room for `room` more bytes.
  void limit_to(std::int64_t room) { allocator_.set_limit(allocator_.counters().allocated + room); }

 private:
  CpuAllocator& allocator_ = installed();
  CpuAllocator::Counters start_;
};

torch::Tensor bytes_tensor(std::int64_t size) {
  return torch::empty({size}, torch::kUInt8);
}

TEST_CASE("LibTorch takes its memory from the counting allocator after installation", "[device]") {
  install_cpu_allocator();
  install_cpu_allocator();
  CHECK(c10::GetAllocator(c10::DeviceType::CPU) == &cpu_allocator());
}

TEST_CASE("Requested bytes are counted exactly and come back to the baseline", "[device]") {
  const Span span;
  for (const std::int64_t size :
       {1, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097, 1 << 20, (1 << 27) + 3}) {
    INFO(size);
    {
      const auto tensor = bytes_tensor(size);
      CHECK(span.bytes() == size);
      CHECK(reinterpret_cast<std::uintptr_t>(tensor.data_ptr()) % 64 == 0);
    }
    CHECK(span.bytes() == 0);
  }
  CHECK(span.calls() == 12);
}

TEST_CASE("Writing a whole block leaves its count alone", "[device]") {
  const Span span;
  std::vector<torch::Tensor> tensors;
  std::int64_t sum = 0;
  for (std::int64_t size = 1; size < 3000; size += 7) {
    tensors.push_back(bytes_tensor(size).fill_(255));
    sum += size;
  }
  CHECK(span.bytes() == sum);
  tensors.clear();
  CHECK(span.bytes() == 0);
}

TEST_CASE("Empty tensors are neither counted nor refused", "[device]") {
  Span span;
  span.limit_to(0);
  const auto tensor = torch::empty({0});
  CHECK(span.bytes() == 0);
  CHECK(span.calls() == 0);
}

TEST_CASE("The peak is the most that was alive since the last reset", "[device]") {
  const Span span;
  const std::int64_t base = cpu_allocator().counters().allocated;
  { const auto large = bytes_tensor(5000); }
  const auto kept = bytes_tensor(1000);
  cpu_allocator().reset_peak();
  CHECK(cpu_allocator().counters().allocated_peak == base + 1000);
  {
    const auto first = bytes_tensor(300);
    const auto second = bytes_tensor(40);
  }
  const auto later = bytes_tensor(200);
  CHECK(cpu_allocator().counters().allocated_peak == base + 1340);
}

TEST_CASE("The limit is exact to the byte", "[device]") {
  Span span;
  span.limit_to(1000);
  { const auto all = bytes_tensor(1000); }
  CHECK_THROWS_AS(bytes_tensor(1001), c10::OutOfMemoryError);
  const auto part = bytes_tensor(600);
  CHECK_THROWS_AS(bytes_tensor(401), c10::OutOfMemoryError);
  const auto rest = bytes_tensor(400);
  CHECK(span.bytes() == 1000);
  CHECK(span.refusals() == 2);
  CHECK(cpu_allocator().counters().last_refused == 401);
}

TEST_CASE("A refusal says what was requested and allocated and what the limit is", "[device]") {
  const Span span;
  cpu_allocator().set_limit(kMiB);
  try {
    bytes_tensor(3 * kMiB);
    FAIL("nothing was refused");
  } catch (const c10::OutOfMemoryError& error) {
    const std::string message = error.what_without_backtrace();
    CHECK_THAT(message, Catch::Contains("Tried to allocate 3145728 bytes (3.0 MiB)"));
    CHECK_THAT(message, Catch::Contains("above the memory limit"));
    CHECK_THAT(message, Catch::Contains("Allocated "));
    CHECK_THAT(message, Catch::Contains("limit 1.0 MiB"));
  }
}

TEST_CASE("A limit below what is alive frees nothing and refuses until enough is freed",
          "[device]") {
  Span span;
  auto held = bytes_tensor(1000);
  span.limit_to(-500);
  CHECK_THROWS_AS(bytes_tensor(1), c10::OutOfMemoryError);
  CHECK(span.bytes() == 1000);
  held.reset();
  CHECK_NOTHROW(bytes_tensor(500));
}

TEST_CASE("An absurd size is refused instead of overflowing", "[device]") {
  const Span span;
  for (const std::size_t size : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 - 8}) {
    CHECK_THROWS_AS(cpu_allocator().allocate(size), c10::OutOfMemoryError);
  }
  CHECK(span.bytes() == 0);
  CHECK(span.refusals() == 3);
}

TEST_CASE("Without a limit the machine's memory is one", "[device]") {
  const Span span;
  const CpuAllocator::Machine machine = cpu_allocator().measure_machine();
  CHECK(machine.total > 0);
  CHECK(machine.external >= 0);
  CHECK(machine.ceiling < machine.total);
  // Far beyond physical memory, yet small enough that the kernel would have promised it.
  CHECK_THROWS_AS(bytes_tensor(machine.total), c10::OutOfMemoryError);
  CHECK(span.refusals() == 1);
}

TEST_CASE("Memory the heap keeps for reuse does not count as external", "[device]") {
  const Span span;
  std::int64_t least = 256 * kMiB;
  for (int i = 0; i < 10 && least >= 128 * kMiB; ++i) {  // other processes come and go meanwhile
    cpu_allocator().trim();
    const std::int64_t before = cpu_allocator().measure_machine().external;
    bytes_tensor(256 * kMiB).fill_(1);
    least = std::min(least, cpu_allocator().measure_machine().external - before);
  }
  CHECK(least < 128 * kMiB);
}

/// Measurements find a machine of 1000 MiB of which 60 can still be had, whatever is freed, and all
/// that the heap ever held resident; less than the ceiling's reserve, that is 30 MiB of new pages.
class FullMachine {
 public:
  FullMachine() {
    root_.write("proc/meminfo", "MemTotal:     1024000 kB\nMemAvailable:     61440 kB\n");
    root_.write("proc/self/statm", "1000000 1000000 0 0 0 0 0\n");
    cpu_allocator().measure_under(root_.path());
  }
  ~FullMachine() { cpu_allocator().measure_under("/"); }
  FullMachine(const FullMachine&) = delete;
  FullMachine& operator=(const FullMachine&) = delete;

 private:
  test::TempFolder root_;
};

TEST_CASE("Pages that the machine has not got are never promised", "[device]") {
  const Span span;
  { const auto never_touched = bytes_tensor(400 * kMiB); }  // the heap seems to hold enough
  const FullMachine machine;
  CHECK_NOTHROW(bytes_tensor(16 * kMiB));
  CHECK_THROWS_AS(bytes_tensor(64 * kMiB), c10::OutOfMemoryError);
  CHECK(span.refusals() == 1);
  CHECK(span.bytes() == 0);
}

#ifndef __SANITIZE_ADDRESS__  // its heap keeps no freed block for the next one
TEST_CASE("Pages that the heap has kept are had on a full machine", "[device]") {
  const Span span;
  torch::Tensor hole = bytes_tensor(62 * kMiB);  // as cases before this one may leave them
  const torch::Tensor behind_it = bytes_tensor(kMiB);
  hole.reset();
  cpu_allocator().trim();
  {  // whichever pieces of the heap blocks of this size are put into
    const torch::Tensor larger = bytes_tensor(64 * kMiB).fill_(1);
    const torch::Tensor equal = bytes_tensor(60 * kMiB).fill_(1);
  }
  const FullMachine machine;
  CHECK_NOTHROW(bytes_tensor(60 * kMiB));
  CHECK(span.refusals() == 0);
}

/// What the process gives back of a block when it is freed, bytes.
std::int64_t given_back_of(std::int64_t bytes) {
  const HostMemoryReader memory;
  torch::Tensor block = bytes_tensor(bytes).fill_(1);
  const std::int64_t held = memory.own_resident();
  block.reset();
  return held - memory.own_resident();
}

TEST_CASE("Freed blocks stay in the process until large ones are to be given back", "[device]") {
  installed().trim();
  CHECK(given_back_of(256 * kMiB) < 32 * kMiB);
  give_back_large_blocks();
  cpu_allocator().trim();
  CHECK(given_back_of(512 * kMiB) > 480 * kMiB);
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(1 * kGiB));  // as other tests expect it
}
#endif

TEST_CASE("oneDNN's raw interface works and is counted", "[device]") {
  const Span span;
  auto& allocator = cpu_allocator();
  void* block = allocator.raw_allocate(123);
  CHECK(span.bytes() == 123);
  allocator.raw_deallocate(block);
  CHECK(span.bytes() == 0);
}

TEST_CASE("Counts stay exact with many threads", "[device]") {
  const Span span;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([thread] {
        for (std::size_t i = 1; i < 2000; ++i) {
          const auto block = cpu_allocator().allocate(i * static_cast<std::size_t>(thread + 1));
        }
      });
    }
  }
  CHECK(span.bytes() == 0);
  CHECK(span.calls() == 4 * 1999);
}

TEST_CASE("The Nth allocation from now fails once or from there on", "[device]") {
  const Span span;
  auto& allocator = cpu_allocator();
  allocator.fail_at(3, CpuAllocator::Failing::kOnce);
  CHECK_NOTHROW(allocator.allocate(8));
  CHECK_NOTHROW(allocator.allocate(8));
  CHECK_THROWS_AS(allocator.allocate(8), c10::OutOfMemoryError);
  CHECK_NOTHROW(allocator.allocate(8));
  allocator.fail_at(1, CpuAllocator::Failing::kFromThere);
  CHECK_THROWS_AS(allocator.allocate(8), c10::OutOfMemoryError);
  CHECK_THROWS_AS(allocator.allocate(8), c10::OutOfMemoryError);
  allocator.stop_failing();
  CHECK_NOTHROW(allocator.allocate(8));
  CHECK(span.refusals() == 3);
  CHECK(span.bytes() == 0);
}

TEST_CASE("In-place arithmetic is seen to allocate nothing", "[device]") {
  install_cpu_allocator();
  const auto weight = torch::ones({64});
  const auto gradient = torch::ones({64});
  const Span span;
  weight.add_(gradient, -0.1);
  CHECK(span.calls() == 0);
  const auto copy = weight + gradient;
  CHECK(span.calls() > 0);
}

TEST_CASE("A refusal that a caller swallows stays visible", "[device]") {
  const Span span;
  cpu_allocator().fail_at(1, CpuAllocator::Failing::kOnce);
  torch::Tensor result;
  try {
    result = bytes_tensor(4096);
  } catch (const c10::OutOfMemoryError&) {
    result = bytes_tensor(64);  // as a library does that has a slower way with less memory
  }
  CHECK(result.numel() == 64);
  CHECK(span.refusals() == 1);
  CHECK(cpu_allocator().counters().last_refused == 4096);
}

TEST_CASE("A failed allocation of a step throws or is swallowed without a trace", "[device]") {
  const Span span;
  test::ToyStep step;
  step.zero_gradients();
  step.run();
  const auto expected = step.gradients();
  for (std::uint64_t nth = 1;; ++nth) {
    INFO("allocation " << nth);
    step.zero_gradients();
    const std::uint64_t refused = span.refusals();
    bool thrown = false;
    cpu_allocator().fail_at(nth, CpuAllocator::Failing::kOnce);
    try {
      step.run();
    } catch (const c10::OutOfMemoryError&) {
      thrown = true;
    }
    cpu_allocator().stop_failing();
    if (span.refusals() == refused) {
      CHECK(nth > 10);  // the step has more allocations than that: failures were really injected
      CHECK_FALSE(thrown);
      return;
    }
    // Whether LibTorch has a second way depends on the processor; that it counts does not.
    CHECK(span.refusals() == refused + 1);
    const auto got = step.gradients();
    for (std::size_t i = 0; i < got.size() && !thrown; ++i) {
      CHECK(torch::equal(got[i], expected[i]));
    }
  }
}

}  // namespace
}  // namespace sr
