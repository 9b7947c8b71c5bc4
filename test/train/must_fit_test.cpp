#include "train/must_fit.h"

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "core/error.h"
#include "core/units.h"
#include "data/host_buffer.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "support/thrown.h"

namespace sr {
namespace {

class Limited {
 public:
  explicit Limited(std::int64_t bytes)
      : memory((install_cpu_allocator(), open_device_memory(c10::kCPU, bytes))) {}
  ~Limited() { memory->set_limit(std::nullopt); }
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;

  std::string refusal_of(const std::function<void()>& work) const {
    return test::message_of<DoesNotFitError>([&] { must_fit("it", *memory, work); });
  }

  const std::unique_ptr<DeviceMemory> memory;
};

TEST_CASE("a tensor above the limit is refused with the device's table", "[train]") {
  const Limited limited(2 * kMiB);
  const std::string text = limited.refusal_of([] { torch::zeros({kMiB}); });
  CHECK(test::contains(text, "it does not fit into the device's memory"));
  CHECK(test::contains(text, "needed, at least"));
  CHECK(test::contains(text, "limit                  2.0 MiB"));
}

TEST_CASE("host memory that runs out is refused with the machine's table", "[train]") {
  const Limited limited(2 * kMiB);
  const std::string text = limited.refusal_of([] { throw std::bad_alloc(); });
  CHECK(test::contains(text, "it does not fit into the machine's memory"));
  CHECK_FALSE(test::contains(text, "limit                  2.0 MiB"));
}

TEST_CASE("a batch whose page-locked memory is refused does not fit", "[train]") {
  const Limited limited(64 * kMiB);
  HostBuffer buffer([](std::size_t) -> std::shared_ptr<std::byte> { throw std::bad_alloc(); });
  CHECK(test::contains(limited.refusal_of([&] { buffer.reserve(100); }), "the machine's memory"));
}

TEST_CASE("what is no lack of memory passes through and what fits is done", "[train]") {
  const Limited limited(64 * kMiB);
  bool done = false;
  must_fit("it", *limited.memory, [&] { done = true; });
  CHECK(done);
  CHECK_THROWS_AS(must_fit("it", *limited.memory, [] { throw std::runtime_error("other"); }),
                  std::runtime_error);
  CHECK_THROWS_AS(must_fit("it", *limited.memory,
                           [] {
                             torch::zeros({2, 3}).mm(torch::zeros({2, 3}));
                           }),
                  c10::Error);
}

}  // namespace
}  // namespace sr
