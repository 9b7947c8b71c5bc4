#include "core/processor_idleness.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <utility>

#include "core/proc_text.h"

namespace sr {
namespace {

constexpr std::size_t kMostProcessors = 1 << 16;

/// Fields of a line of /proc/stat: user nice system idle iowait ..., of which the last two,
/// guest and guest_nice, are counted in user and nice already.
constexpr int kIdle = 3, kWaitsForDisk = 4, kFields = 8;

}  // namespace

ProcessorIdleness::ProcessorIdleness(std::filesystem::path root)
    : file_(std::move(root) / "proc/stat") {}

std::vector<double> ProcessorIdleness::since_last_call() {
  std::istringstream lines(read_small_file(file_));
  std::vector<Times> now;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::size_t number = 0;
    if (!line.starts_with("cpu") || !(words >> name) || name.size() == 3 ||
        !(std::istringstream(name.substr(3)) >> number) || number >= kMostProcessors) {
      continue;
    }
    Times times;
    double ticks = 0;
    for (int field = 0; field < kFields && words >> ticks; ++field) {
      times.all += ticks;
      times.idle += field == kIdle || field == kWaitsForDisk ? ticks : 0;
    }
    now.resize(std::max(now.size(), number + 1));
    now[number] = times;
  }
  before_.resize(now.size());
  std::vector<double> idle(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    const double passed = now[i].all - before_[i].all;
    idle[i] = passed > 0 ? std::clamp((now[i].idle - before_[i].idle) / passed, 0.0, 1.0) : 0;
  }
  before_ = std::move(now);
  return idle;
}

}  // namespace sr
