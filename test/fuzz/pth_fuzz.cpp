// Changed .pth files for the reader; whatever they say, it may only read or refuse them.
//   fuzz_pth --seconds 600 test/checkpoint/samples/*.pth

#include <span>

#include "checkpoint/pth_reader.h"
#include "checkpoint/pth_samples.h"
#include "core/error.h"
#include "fuzz/driver.h"

namespace sr::test {
namespace {

bool is_read(std::span<const std::byte> bytes) {
  try {
    parse_pth(bytes);
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

}  // namespace

/// As it is, then with its checksums made right, so that what the records say is reached.
bool try_input(const std::string& bytes) {
  std::vector<std::byte> file = bytes_of(bytes);
  const bool as_it_is = is_read(file);
  repair_checksums(file);
  return is_read(file) || as_it_is;
}

std::vector<std::string> built_in_samples() {
  return {};
}

std::span<const std::string_view> words_of_inputs() {
  return {};
}

}  // namespace sr::test
