#include "report/reporter.h"

#include <chrono>
#include <exception>

#include "report/time_text.h"

namespace sr {
namespace {

/// Of a clock that is never set back.
double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Report::Report(std::vector<std::unique_ptr<Reporter>> reporters)
    : reporters_(std::move(reporters)), start_s_(now_s()) {}

void Report::add(std::unique_ptr<Reporter> reporter) {
  reporters_.push_back(std::move(reporter));
}

double Report::elapsed_s() const {
  return now_s() - start_s_;
}

void Report::operator()(std::int64_t step, EventData data) {
  const Event event{.step = step,
                    .elapsed_s = elapsed_s(),
                    .time = utc_text(std::chrono::system_clock::now()),
                    .data = std::move(data)};
  std::exception_ptr first;
  for (const std::unique_ptr<Reporter>& reporter : reporters_) {
    try {
      reporter->on(event);
    } catch (...) {  // kept and rethrown: a full disk must not silence the console
      if (!first) {
        first = std::current_exception();
      }
    }
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

}  // namespace sr
