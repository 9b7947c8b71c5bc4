#include "fuzz/driver.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/random.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sr::test::try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}

#ifndef SR_LIBFUZZER

namespace {

constexpr double kSlowest = 20;  // seconds that an input may take, sanitizers and a busy machine

/// Random numbers in a row, the same for the same seed.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    return sr::hash(seed_, index_++, sr::Stream::kPermutation) % std::max<std::uint64_t>(limit, 1);
  }

 private:
  std::uint64_t seed_, index_ = 0;
};

/// Values at which arithmetic on lengths, offsets and operations breaks.
void write_edge_value(std::string& bytes, Numbers& numbers) {
  constexpr std::uint64_t kEdges[] = {0,          1,          0x7f,       0x80,       0xff,
                                      0x7fff,     0xffff,     0x7fffffff, 0x80000000, 0xffffffff,
                                      1ULL << 62, 1ULL << 63, ~0ULL};
  const std::uint64_t edge = kEdges[numbers.below(std::size(kEdges))];
  const std::size_t width = std::size_t{1} << numbers.below(4);
  const std::size_t at = numbers.below(bytes.size());
  for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<char>(edge >> (8 * i));
  }
}

/// Copies a stretch of one input over, or into, another place.
void splice(std::string& bytes, const std::string& other, Numbers& numbers) {
  const std::size_t from = numbers.below(other.size());
  const std::size_t length = 1 + numbers.below(std::min<std::size_t>(other.size() - from, 64));
  const std::string part = other.substr(from, length);
  const std::size_t at = numbers.below(bytes.size());
  if (numbers.below(4) == 0) {
    bytes.insert(at, part);
  } else {
    bytes.replace(at, part.size(), part);
  }
}

/// A word of the format, beside what stands there or in place of it.
void write_word(std::string& bytes, Numbers& numbers) {
  const auto words = sr::test::words_of_inputs();
  if (!words.empty()) {
    const std::string_view word = words[numbers.below(words.size())];
    bytes.replace(numbers.below(bytes.size()), numbers.below(word.size() + 1), word);
  }
}

/// Takes a stretch away, or repeats it, now and then very often.
void cut_or_repeat(std::string& bytes, Numbers& numbers) {
  constexpr std::size_t kLargest = std::size_t{1} << 17;
  const std::size_t from = numbers.below(bytes.size());
  const std::string part = bytes.substr(from, 1 + numbers.below(64));
  if (numbers.below(2) == 0) {
    bytes.erase(from, part.size());
    return;
  }
  const std::size_t times = numbers.below(16) == 0 ? numbers.below(2000) : 1;
  for (std::size_t i = 0; i < times && bytes.size() < kLargest; ++i) {
    bytes.insert(from, part);
  }
}

std::string mutate(const std::vector<std::string>& samples, Numbers& numbers) {
  std::string bytes = samples[numbers.below(samples.size())];
  for (std::uint64_t left = 1 + numbers.below(6); left > 0 && !bytes.empty(); --left) {
    switch (numbers.below(8)) {
      case 0:
        bytes[numbers.below(bytes.size())] ^= static_cast<char>(1U << numbers.below(8));
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
      case 4:
        write_word(bytes, numbers);
        break;
      case 5:
        cut_or_repeat(bytes, numbers);
        break;
      default:  // most often near the front, where headers are
        bytes[numbers.below(std::min<std::size_t>(bytes.size(), 1200))] =
            static_cast<char>(numbers.below(256));
    }
  }
  return bytes;
}

double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

/// Tries inputs and counts; kept on disk while it is tried, what is there after a crash is the
/// culprit.
class Trial {
 public:
  explicit Trial(const char* program) : current_(std::string(program) + ".current") {}

  void operator()(const std::string& bytes) {
    std::ofstream(current_, std::ios::binary).write(bytes.data(), std::ssize(bytes));
    const double start = now();
    (sr::test::try_input(bytes) ? read_ : refused_) += 1;
    const double seconds = now() - start;
    slowest_ = std::max(slowest_, seconds);
    if (seconds > kSlowest) {
      std::fprintf(stderr, "%s takes %.1f s\n", current_.c_str(), seconds);
      std::abort();
    }
  }

  void finish(std::uint64_t seed, double seconds) const {
    std::remove(current_.c_str());
    std::printf("seed %llu: %llu inputs read, %llu refused, %.0f s, the slowest took %.3f s\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(read_),
                static_cast<unsigned long long>(refused_), seconds, slowest_);
  }

 private:
  std::string current_;
  std::uint64_t read_ = 0, refused_ = 0;
  double slowest_ = 0;
};

struct Options {
  double seconds = 10;
  std::uint64_t seed = 1;
  std::vector<std::string> samples;
};

/// False for a sample that cannot be read.
bool read_options(int argc, const char* const* argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc) {
      options.seconds = std::strtod(argv[++i], nullptr);
    } else if (argument == "--seed" && i + 1 < argc) {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::ifstream file(argument, std::ios::binary);
      options.samples.emplace_back(std::istreambuf_iterator<char>(file),
                                   std::istreambuf_iterator<char>());
      if (options.samples.back().empty()) {
        std::fprintf(stderr, "cannot read %s\n", argv[i]);
        return false;
      }
    }
  }
  if (options.samples.empty()) {
    options.samples = sr::test::built_in_samples();
  }
  return !options.samples.empty();
}

}  // namespace

int main(int argc, const char* const* argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fprintf(stderr, "usage: %s [--seconds N] [--seed S] sample...\n", argv[0]);
    return 2;
  }
  Numbers numbers(options.seed);
  Trial trial(argv[0]);
  const double start = now();
  for (const std::string& sample : options.samples) {
    trial(sample);
  }
  while (now() - start < options.seconds) {
    trial(mutate(options.samples, numbers));
  }
  trial.finish(options.seed, now() - start);
  return 0;
}

#endif
