#include "device/idle_team.h"

#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <string_view>
#include <system_error>

namespace sr {
namespace {

/// A container with few of very many processors would need more; libgomp ends the process when it
/// cannot start a thread.
constexpr int kMostThreads = 256;

using Parallel = void (*)(void (*function)(void*), void* data, unsigned threads, unsigned flags);

/// What `#pragma omp parallel` calls, in the library that LibTorch has loaded; null in another one
/// than libgomp, which may have the function too. Looked up, because LibTorch need not have been
/// built with libgomp at all.
Parallel find_parallel() {
  void* const symbol = ::dlsym(RTLD_DEFAULT, "GOMP_parallel");
  Dl_info library{};
  if (symbol == nullptr || ::dladdr(symbol, &library) == 0 || library.dli_fname == nullptr ||
      std::string_view(library.dli_fname).find("libgomp") == std::string_view::npos) {
    return nullptr;
  }
  return reinterpret_cast<Parallel>(symbol);  // NOLINT(*-reinterpret-cast)
}

/// As libgomp counts them.
int processors() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  return ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

}  // namespace

bool IdleTeam::works() {
  return find_parallel() != nullptr;
}

void IdleTeam::hold(int computing) {
  const Parallel parallel = find_parallel();
  if (held_ || parallel == nullptr) {
    return;
  }
  // The team's first thread is not counted: computing + threads - 1 are to be more than there are
  // processors.
  const int threads = std::max(processors() - computing + 2, 2);
  if (threads > kMostThreads) {
    return;
  }
  held_ = true;
  try {
    thread_ = std::thread([this, parallel, threads] {
      parallel([](void* self) { static_cast<IdleTeam*>(self)->rest(); }, this,
               static_cast<unsigned>(threads), 0);
    });
  } catch (const std::system_error&) {
    held_ = false;
  }
}

void IdleTeam::release() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void IdleTeam::rest() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !held_; });
}

}  // namespace sr
