// Changed .pth files for the reader; whatever they say, it may only read or refuse them.
//   fuzz_pth --seconds 600 test/checkpoint/samples/*.pth

#include <span>

#include "checkpoint/pth_reader.h"
#include "fuzz/archive_input.h"
#include "fuzz/driver.h"

namespace sr::test {

bool try_input(const std::string& bytes) {
  return try_archive(bytes, [](std::span<const std::byte> file) { parse_pth(file); });
}

std::vector<std::string> built_in_samples() {
  return {};
}

std::span<const std::string_view> words_of_inputs() {
  return {};
}

}  // namespace sr::test
