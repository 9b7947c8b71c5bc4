#pragma once

#include <mutex>
#include <set>
#include <string>

namespace sr::test {

/// Collects what threads find: Catch2's own checks are for one thread.
class Findings {
 public:
  void expect(bool good, const std::string& what) {
    if (!good) {
      const std::lock_guard lock(mutex_);
      bad_.insert(what);
    }
  }
  std::string text() const {
    std::string all;
    for (const std::string& what : bad_) {
      all += what + "; ";
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> bad_;
};

}  // namespace sr::test
