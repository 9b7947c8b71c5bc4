#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a fuzz target consists of: driver.cpp is the rest of the program.
//   fuzz_x --seconds N [--seed S] [sample...]     (built by GCC: changes made here)
//   fuzz_x folder-of-samples -max_total_time=N    (built by clang: libFuzzer, led by coverage)
// Not part of ctest. Built with sanitizers: cmake --build --preset asan-notorch --target fuzz_x

namespace sr::test {

/// Tries one input: true when it was read, false when it was refused by the exception that is for
/// that. Any other exception is a finding, as are a crash and a sanitizer's report.
bool try_input(const std::string& bytes);

/// What to change when the command line names no files; may be empty.
std::vector<std::string> built_in_samples();

/// Words that inputs are made of, for changes to insert; may be empty.
std::span<const std::string_view> words_of_inputs();

}  // namespace sr::test
