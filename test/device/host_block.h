#pragma once

// A block of threads on the host: the Machine of device/cuda/conv3x3_tile.h, lane by lane, with the
// fragments that NVIDIA's PTX ISA documents. What would be a fault on the device is a fault here:
// accesses out of bounds or unaligned, shared memory read before it is written or without a
// barrier, and two accesses at once to a bank.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "device/cuda/conv3x3_tile.h"

namespace sr::test {

/// 16 bits of an element.
struct Bf16 {
  static float value(std::uint16_t bits) {
    const std::uint32_t all = static_cast<std::uint32_t>(bits) << 16;
    float result = 0;
    std::memcpy(&result, &all, sizeof(result));
    return result;
  }
  /// To the nearest, ties to even.
  static std::uint16_t bits(float value) {
    std::uint32_t all = 0;
    std::memcpy(&all, &value, sizeof(all));
    return static_cast<std::uint16_t>((all + 0x7fff + (all >> 16 & 1)) >> 16);
  }
};
struct Half {
  static float value(std::uint16_t bits) {
    const int exponent = bits >> 10 & 31;
    const int fraction = bits & 1023;
    const float size = exponent == 0
                           ? std::ldexp(static_cast<float>(fraction), -24)
                           : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    return (bits & 0x8000) != 0 ? -size : size;
  }
  static std::uint16_t bits(float value) {
    const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
    const float size = std::fabs(value);
    if (size == 0) {
      return sign;
    }
    const int exponent = std::max(std::ilogb(size), -14);
    // A fraction that is rounded up to 2048 carries into the exponent by itself.
    const auto fraction = static_cast<int>(std::nearbyint(std::ldexp(size, 10 - exponent)));
    return static_cast<std::uint16_t>(sign | (((exponent + 14) << 10) + fraction));
  }
};

/// Global memory that a kernel may touch, and nothing beside it.
class GlobalMemory {
 public:
  void add(const void* begin, std::size_t bytes, bool writable) {
    ranges_.push_back({address(begin), address(begin) + bytes, writable});
  }
  void check(const void* at, std::size_t bytes, bool write) const {
    const std::uintptr_t begin = address(at);
    const bool inside = std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
      return begin >= range.begin && begin + bytes <= range.end && (range.writable || !write);
    });
    if (!inside || begin % bytes != 0) {
      throw std::logic_error("global memory: out of bounds or not aligned");
    }
  }

 private:
  struct Range {
    std::uintptr_t begin, end;
    bool writable;
  };
  static std::uintptr_t address(const void* at) { return reinterpret_cast<std::uintptr_t>(at); }
  std::vector<Range> ranges_;
};

class HostBlock {
 public:
  static constexpr unsigned kLanes = 32;
  static constexpr unsigned kMostWarps = 8;
  struct Fragment {
    std::array<std::array<std::uint32_t, 4>, kLanes> at{};
  };
  struct Sums {
    std::array<std::array<float, 4>, kLanes> at{};
  };
  template <typename T>
  struct PerWarp {
    std::vector<T> all = std::vector<T>(kMostWarps);
    T& of(unsigned warp) { return all.at(warp); }
  };

  HostBlock(unsigned x, unsigned y, unsigned blocks_x, unsigned warps, unsigned shared_bytes,
            const GlobalMemory& memory)
      : x_(x),
        y_(y),
        blocks_x_(blocks_x),
        warps_(warps),
        memory_(memory),
        shared_(shared_bytes, 0xff),
        words_(shared_bytes / kWord) {}

  unsigned block_x() const { return x_; }
  unsigned block_y() const { return y_; }
  unsigned blocks_x() const { return blocks_x_; }

  template <typename Work>
  void for_each_thread(Work work) {
    for (unsigned thread = 0; thread < warps_ * kLanes; ++thread) {
      warp_ = thread / kLanes;
      work(thread);
    }
  }
  template <typename Work>
  void for_each_warp(Work work) {
    for (unsigned warp = 0; warp < warps_; ++warp) {
      warp_ = warp;
      work(warp);
    }
  }
  template <typename Work>
  void for_each_lane(Work work) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      work(lane);
    }
  }
  void sync() { ++epoch_; }
  void sync_warp() {}

  void copy_async(unsigned thread, unsigned to, const void* from, bool there) {
    if (there) {
      memory_.check(from, 16, /*write=*/false);
    }
    touch(to, 16, /*write=*/true);
    std::fill_n(shared_.begin() + to, 16, std::uint8_t{0xff});
    copies_.push_back({thread, to, from, there});
    for (unsigned word = 0; word < 16 / kWord; ++word) {
      words_[to / kWord + word].on_its_way = true;
    }
    // Threads in eights write 128 bytes at once.
    meet_banks(columns_[{thread / 8, copies_of_[thread]++}], to);
  }
  void wait_for_copies() {
    for (const Copy& copy : copies_) {
      warp_ = copy.thread / kLanes;
      for (unsigned word = 0; word < 16 / kWord; ++word) {
        words_[copy.to / kWord + word].on_its_way = false;
        words_[copy.to / kWord + word].copied_by = copy.thread;
      }
      touch(copy.to, 16, /*write=*/true);
      if (copy.there) {
        std::memcpy(&shared_[copy.to], copy.from, 16);
      } else {
        std::fill_n(shared_.begin() + copy.to, 16, std::uint8_t{0});
      }
    }
    copies_.clear();
    columns_.clear();
    copies_of_.clear();
  }

  template <bool kTransposed, typename Address>
  void ldmatrix(Fragment& to, Address address) {
    for (unsigned m = 0; m < 4; ++m) {
      std::array<std::array<std::uint16_t, 8>, 8> matrix{};
      unsigned columns = 0;
      for (unsigned row = 0; row < 8; ++row) {
        const unsigned from = address(8 * m + row);
        touch(from, 16, /*write=*/false);
        meet_banks(columns, from);
        std::memcpy(matrix[row].data(), &shared_[from], 16);
      }
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        const unsigned row = lane / 4;
        const unsigned column = lane % 4 * 2;
        const std::uint32_t low = kTransposed ? matrix[column][row] : matrix[row][column];
        const std::uint32_t high = kTransposed ? matrix[column + 1][row] : matrix[row][column + 1];
        to.at[lane][m] = low | high << 16;
      }
    }
  }

  template <typename Element>
  void mma(Sums& sums, const Fragment& a, const Fragment& b, unsigned which) {
    std::array<std::array<float, 16>, 16> rows{};
    std::array<std::array<float, 16>, 8> columns{};
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      const unsigned group = lane / 4;
      const unsigned pair = lane % 4 * 2;
      for (unsigned i = 0; i < 8; ++i) {
        const std::uint32_t both = a.at[lane][i / 2];
        rows[group + i / 2 % 2 * 8][pair + i % 2 + i / 4 * 8] = half_of<Element>(both, i % 2);
      }
      for (unsigned i = 0; i < 4; ++i) {
        const std::uint32_t both = b.at[lane][2 * which + i / 2];
        columns[group][pair + i % 2 + i / 2 * 8] = half_of<Element>(both, i % 2);
      }
    }
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      for (unsigned i = 0; i < 4; ++i) {
        const auto& row = rows[lane / 4 + i / 2 * 8];
        const auto& column = columns[lane % 4 * 2 + i % 2];
        for (unsigned k = 0; k < 16; ++k) {
          sums.at[lane][i] += row[k] * column[k];
        }
      }
    }
  }
  static float* of_lane(Sums& sums, unsigned lane) { return sums.at[lane].data(); }
  static const float* of_lane(const Sums& sums, unsigned lane) { return sums.at[lane].data(); }

  void put(unsigned to, float first, float second) {
    const std::array<float, 2> both{first, second};
    write(to, both.data(), sizeof(both));
  }
  void put4(unsigned to, const float* values) { write(to, values, 16); }
  void get4(float* values, unsigned from) {
    touch(from, 16, /*write=*/false);
    std::memcpy(values, &shared_[from], 16);
  }
  void get(float* values, unsigned from) {
    get4(values, from);
    get4(values + 4, from + 16);
  }

  void get2(float* values, unsigned from) {
    touch(from, 8, /*write=*/false);
    std::memcpy(values, &shared_[from], 8);
  }
  /// 8 elements that the thread has copied itself.
  template <typename Element>
  void get(unsigned thread, float* values, unsigned from) {
    touch_own_copy(thread, from, /*write=*/false);
    std::array<std::uint16_t, 8> bits{};
    std::memcpy(bits.data(), &shared_[from], sizeof(bits));
    std::transform(bits.begin(), bits.end(), values, &Element::value);
  }
  template <typename Element>
  void put(unsigned thread, unsigned to, const float* values) {
    touch_own_copy(thread, to, /*write=*/true);
    std::array<std::uint16_t, 8> bits{};
    std::transform(values, values + 8, bits.begin(), &Element::bits);
    std::memcpy(&shared_[to], bits.data(), sizeof(bits));
  }

  float load(const float* from) const {
    memory_.check(from, sizeof(float), /*write=*/false);
    return *from;
  }
  template <typename Element>
  void load(float* values, const unsigned short* from) const {
    memory_.check(from, 16, /*write=*/false);
    std::transform(from, from + 8, values, &Element::value);
  }
  template <typename Element>
  void store(unsigned short* to, const float* values) const {
    memory_.check(to, 16, /*write=*/true);
    std::transform(values, values + 8, to, &Element::bits);
  }
  void store(float* to, float first, float second) const {
    memory_.check(to, 2 * sizeof(float), /*write=*/true);
    to[0] = first;
    to[1] = second;
  }

  /// Pairs of accesses of a copy or of ldmatrix that met at a bank.
  unsigned conflicts() const { return conflicts_; }

 private:
  static constexpr unsigned kWord = 8;  ///< bytes that are watched as one
  struct Word {
    unsigned written_at = 0, written_by = 0;
    unsigned read_at = 0, read_by = 0;  ///< a bit for each warp
    unsigned copied_by = 0;             ///< a thread
    bool on_its_way = false;
  };
  struct Copy {
    unsigned thread, to;
    const void* from;
    bool there;
  };

  template <typename Element>
  static float half_of(std::uint32_t both, unsigned which) {
    return Element::value(static_cast<std::uint16_t>(which == 0 ? both : both >> 16));
  }

  /// An access of the warp at hand: nothing that another warp does since the last barrier.
  void touch(unsigned at, unsigned bytes, bool write) {
    if (at % bytes != 0 || at + bytes > shared_.size()) {
      throw std::logic_error("shared memory: out of bounds or not aligned");
    }
    const unsigned self = 1U << warp_;
    for (unsigned i = at / kWord; i < (at + bytes) / kWord; ++i) {
      Word& word = words_[i];
      const bool written_now = word.written_at == epoch_ && word.written_by != self;
      const bool read_now = word.read_at == epoch_ && (word.read_by & ~self) != 0;
      if (word.on_its_way || written_now || (write && read_now)) {
        throw std::logic_error("shared memory: a barrier is missing");
      }
      if (write) {
        word.written_at = epoch_;
        word.written_by = self;
      } else {
        if (word.written_at == 0) {
          throw std::logic_error("shared memory: read before it was written");
        }
        word.read_by = word.read_at == epoch_ ? word.read_by | self : self;
        word.read_at = epoch_;
      }
    }
  }
  void touch_own_copy(unsigned thread, unsigned at, bool write) {
    touch(at, 16, write);
    if (words_[at / kWord].copied_by != thread) {
      throw std::logic_error("shared memory: another thread's copy before a barrier");
    }
  }
  void write(unsigned to, const void* from, unsigned bytes) {
    touch(to, bytes, /*write=*/true);
    std::memcpy(&shared_[to], from, bytes);
  }
  void meet_banks(unsigned& columns, unsigned at) {
    const unsigned column = 1U << (at / 16 % 8);
    conflicts_ += (columns & column) != 0 ? 1 : 0;
    columns |= column;
  }

  unsigned x_, y_, blocks_x_, warps_;
  const GlobalMemory& memory_;
  std::vector<std::uint8_t> shared_;
  std::vector<Word> words_;
  std::vector<Copy> copies_;
  std::map<std::pair<unsigned, unsigned>, unsigned> columns_;
  std::map<unsigned, unsigned> copies_of_;
  unsigned warp_ = 0;
  unsigned epoch_ = 1;
  unsigned conflicts_ = 0;
};

}  // namespace sr::test
