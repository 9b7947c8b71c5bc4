// Changed TorchScript files for the reader that comes before LibTorch's; whatever they say, it may
// only read or refuse them.
//   fuzz_script --seconds 600 data/tiny_network.pt

#include <span>

#include "checkpoint/script_archive.h"
#include "fuzz/archive_input.h"
#include "fuzz/driver.h"

namespace sr::test {

bool try_input(const std::string& bytes) {
  return try_archive(bytes, [](std::span<const std::byte> file) { parse_script_archive(file); });
}

std::vector<std::string> built_in_samples() {
  return {};
}

std::span<const std::string_view> words_of_inputs() {
  static constexpr std::string_view kWords[] = {
      "__setstate__", "torch.classes", "ops.c10d.", "((((", "\x85", "\x81", "b",
      "ctorch\n",     "data/0"};
  return kWords;
}

}  // namespace sr::test
