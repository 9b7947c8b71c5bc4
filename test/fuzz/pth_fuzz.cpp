// Feeds changed .pth files to the reader; whatever they say, it may only read or refuse them.
//   fuzz_pth --seconds N [--seed S] sample.pth...      (built by GCC: changes made here)
//   fuzz_pth folder-of-samples -max_total_time=N       (built by clang: libFuzzer, led by coverage)
// Not part of ctest. Build it with sanitizers: cmake --build --preset asan-notorch --target
// fuzz_pth

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/pth_reader.h"
#include "checkpoint/pth_samples.h"
#include "core/error.h"
#include "core/random.h"

namespace {

using Bytes = std::vector<std::byte>;

struct Counts {
  std::uint64_t read = 0, refused = 0;
} counts;

template <typename Read>
void attempt(Read read) {
  try {
    read();
    ++counts.read;
  } catch (const sr::CheckpointError&) {
    ++counts.refused;
  }
}

/// As it is, then with its checksums made right, so that what the records say is reached.
void try_file(Bytes bytes) {
  attempt([&] { sr::parse_pth(bytes); });
  sr::test::repair_checksums(bytes);
  attempt([&] { sr::parse_pth(bytes); });
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try_file({bytes.begin(), bytes.end()});
  return 0;
}

#ifndef SR_LIBFUZZER

namespace {

/// Random numbers in a row, the same for the same seed.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    return sr::hash(seed_, index_++, sr::Stream::kPermutation) % limit;
  }

 private:
  std::uint64_t seed_, index_ = 0;
};

/// Values at which arithmetic on lengths, offsets and operations breaks.
void write_edge_value(Bytes& bytes, Numbers& numbers) {
  constexpr std::uint64_t kEdges[] = {0,          1,          0x7f,       0x80,       0xff,
                                      0x7fff,     0xffff,     0x7fffffff, 0x80000000, 0xffffffff,
                                      1ULL << 62, 1ULL << 63, ~0ULL};
  const std::uint64_t edge = kEdges[numbers.below(std::size(kEdges))];
  const std::size_t width = std::size_t{1} << numbers.below(4);
  const std::size_t at = numbers.below(bytes.size());
  for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<std::byte>(edge >> (8 * i));
  }
}

/// Copies a stretch of one file over, or into, another place.
void splice(Bytes& bytes, const Bytes& other, Numbers& numbers) {
  const std::size_t from = numbers.below(other.size());
  const std::size_t length = 1 + numbers.below(std::min<std::size_t>(other.size() - from, 64));
  const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
  const std::size_t at = numbers.below(bytes.size());
  const auto target = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  if (numbers.below(4) == 0) {
    bytes.insert(target, first, first + static_cast<std::ptrdiff_t>(length));
  } else {
    std::copy_n(first, std::min(length, bytes.size() - at), target);
  }
}

Bytes mutate(const std::vector<Bytes>& samples, Numbers& numbers) {
  Bytes bytes = samples[numbers.below(samples.size())];
  for (std::uint64_t left = 1 + numbers.below(6); left > 0 && !bytes.empty(); --left) {
    switch (numbers.below(6)) {
      case 0:
        bytes[numbers.below(bytes.size())] ^= static_cast<std::byte>(1U << numbers.below(8));
        break;
      case 1:
        write_edge_value(bytes, numbers);
        break;
      case 2:
        splice(bytes, samples[numbers.below(samples.size())], numbers);
        break;
      case 3:
        if (numbers.below(8) == 0) {
          bytes.resize(numbers.below(bytes.size()));
        }
        break;
      default:  // most often within the pickle, which comes first
        bytes[numbers.below(std::min<std::size_t>(bytes.size(), 1200))] =
            static_cast<std::byte>(numbers.below(256));
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, const char* const* argv) {
  double seconds = 10;
  std::uint64_t seed = 1;
  std::vector<Bytes> samples;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc) {
      seconds = std::strtod(argv[++i], nullptr);
    } else if (argument == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      samples.push_back(sr::test::bytes_of(sr::test::read_text(argument)));
      if (samples.back().empty()) {
        std::fprintf(stderr, "cannot read %s\n", argv[i]);
        return 2;
      }
    }
  }
  if (samples.empty()) {
    std::fprintf(stderr, "usage: fuzz_pth [--seconds N] [--seed S] sample.pth...\n");
    return 2;
  }
  Numbers numbers(seed);
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (const Bytes& sample : samples) {
    try_file(sample);
  }
  while (elapsed() < seconds) {
    const Bytes bytes = mutate(samples, numbers);
    // Kept on disk while it is tried: what is there after a crash is the culprit.
    std::ofstream("fuzz_pth.current", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    try_file(bytes);
  }
  std::remove("fuzz_pth.current");
  std::printf("seed %llu: %llu files read, %llu refused, %.0f s\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(counts.read),
              static_cast<unsigned long long>(counts.refused), elapsed());
  return 0;
}

#endif
