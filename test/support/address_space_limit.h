#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace sr::test {

/// This process may map no more than `more` bytes beside what it has while this lives: allocations
/// above that are refused.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(rlim_t more) {
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit small = before_;
    small.rlim_cur = mapped() + more;
    ::setrlimit(RLIMIT_AS, &small);
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

 private:
  static rlim_t mapped() {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  }

  rlimit before_{};
};

}  // namespace sr::test
