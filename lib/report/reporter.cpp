#include "report/reporter.h"

#include <chrono>
#include <exception>
#include <utility>

#include "report/time_text.h"

namespace sr {

void Report::add(std::unique_ptr<Reporter> reporter) {
  outlets_.push_back({std::move(reporter)});
}

std::vector<std::string> Report::hand_out(const Event& event) {
  std::vector<std::string> problems;
  for (Outlet& outlet : outlets_) {
    std::string problem;
    try {
      outlet.reporter->on(event);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    if (!problem.empty() && !outlet.failing) {
      problems.push_back(problem);
    }
    outlet.failing = !problem.empty();
  }
  return problems;
}

void Report::operator()(std::int64_t step, EventData data) {
  Event event{.step = step,
              .elapsed_s = std::chrono::duration<double>(Clock::now() - start_).count(),
              .time = utc_text(std::chrono::system_clock::now()),
              .data = std::move(data)};
  for (const std::string& problem : hand_out(event)) {
    event.data = WarningEvent{problem + " (this is left out of the report, the run goes on)", ""};
    hand_out(event);  // where this fails too, nobody is left to tell
  }
}

}  // namespace sr
