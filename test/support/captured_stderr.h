#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace sr::test {

/// While in scope, what the process writes to stderr goes to a file.
class CapturedStderr {
 public:
  explicit CapturedStderr(const std::filesystem::path& file) : saved_(::dup(2)) {
    const int to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0) {
      throw std::runtime_error("cannot write " + file.string());
    }
    ::dup2(to, 2);
    ::close(to);
  }
  ~CapturedStderr() {
    ::dup2(saved_, 2);
    ::close(saved_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

 private:
  int saved_;
};

}  // namespace sr::test
