#include "core/cpu_contention.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/proc_text.h"

namespace sr {

ThreadTimesReader::ThreadTimesReader()
    : file_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

ThreadTimesReader::~ThreadTimesReader() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

std::optional<ThreadTimes> ThreadTimesReader::read() const {
  std::array<char, 96> bytes{};  // "ran waited timeslices"
  const ssize_t length = ::pread(file_, bytes.data(), bytes.size(), 0);
  if (length <= 0) {
    return std::nullopt;
  }
  const std::string_view text(bytes.data(), static_cast<std::size_t>(length));
  const auto ran = leading_number(text);
  const auto waited = leading_number(text.substr(std::min(text.find(' '), text.size())));
  return ran && waited ? std::optional(ThreadTimes{*ran, *waited}) : std::nullopt;
}

void CpuContention::add(const ThreadTimes& now) {
  if (!begin_) {
    begin_ = now;
    return;
  }
  const std::int64_t waited = now.waited_ns - begin_->waited_ns;
  const std::int64_t ready = now.ran_ns - begin_->ran_ns + waited;
  if (ready < (contended_ ? kLeaveAfterNs : kEnterAfterNs)) {
    return;
  }
  share_ = static_cast<double>(waited) / static_cast<double>(ready);
  contended_ = share_ > (contended_ ? kLeave : kEnter);
  begin_ = now;
}

}  // namespace sr
