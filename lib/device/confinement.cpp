#include "device/confinement.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ATen/Parallel.h>

#include "core/random.h"
#include "device/has_threads.h"

namespace sr {
namespace {

/// Share of the time from which on a processor is one that idles.
constexpr double kIdles = 0.25;

/// The calling thread and those that divide work with it.
void move_threads(const cpu_set_t& processors) {
  const int threads = at::get_num_threads();
  at::parallel_for(0, threads, 1, [&](std::int64_t, std::int64_t) {
    ::sched_setaffinity(0, sizeof processors, &processors);
  });
}

std::vector<int> numbers_of(const cpu_set_t& processors) {
  std::vector<int> numbers;
  for (int number = 0; number < CPU_SETSIZE; ++number) {
    if (CPU_ISSET(number, &processors)) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

}  // namespace

Confinement::Confinement(const std::filesystem::path& root) : idleness_(root) {
  if (::sched_getaffinity(0, sizeof usable_, &usable_) != 0) {
    CPU_ZERO(&usable_);
  }
  allowed_ = usable_;
  idleness_.since_last_call();
}

bool Confinement::idles(bool allowed) {
  const std::vector<double> idle = idleness_.since_last_call();
  return std::ranges::any_of(numbers_of(usable_), [&](int number) {
    const auto at = static_cast<std::size_t>(number);
    return (CPU_ISSET(number, &allowed_) != 0) == allowed && at < idle.size() && idle[at] > kIdles;
  });
}

void Confinement::confine(double crowd) {
  const std::vector<int> usable = numbers_of(usable_);
  const int threads = at::get_num_threads();
  const auto needed =
      static_cast<std::size_t>(std::ceil(threads / std::max(std::ceil(crowd), 1.0)));
  if (idles(/*allowed=*/true) || confined_ || !kHasThreads || needed >= usable.size()) {
    return;
  }
  // Others that do the same go elsewhere, and after a release so does this one.
  const auto first = static_cast<std::size_t>(
      hash(static_cast<std::uint64_t>(::getpid()), times_++, Stream::kStep) % usable.size());
  CPU_ZERO(&allowed_);
  for (std::size_t i = 0; i < needed; ++i) {
    CPU_SET(usable[(first + i) % usable.size()], &allowed_);
  }
  move_threads(allowed_);
  confined_ = true;
}

bool Confinement::wasteful() {
  return confined_ && idles(/*allowed=*/false);
}

void Confinement::release() {
  if (confined_) {
    confined_ = false;
    allowed_ = usable_;
    move_threads(usable_);
  }
}

}  // namespace sr
