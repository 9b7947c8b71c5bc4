#include "nn/amx_support.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sr::tiles {
namespace {

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf, unsigned part) {
  Registers r;
  __get_cpuid_count(leaf, part, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool all_bits(std::uint64_t value, std::initializer_list<int> bits) {
  return std::all_of(bits.begin(), bits.end(),
                     [value](int bit) { return ((value >> bit) & 1U) != 0; });
}

/// Which registers the system keeps when it switches threads.
std::uint64_t kept_registers() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

bool processor_has_amx() {
  constexpr int kFma = 12;
  constexpr int kSystemSaves = 27;
  if (!all_bits(cpuid(1, 0).ecx, {kFma, kSystemSaves})) {
    return false;
  }
  const Registers features = cpuid(7, 0);
  const bool has_avx512 = all_bits(features.ebx, {16, 17, 30, 31});  // F, DQ, BW, VL
  const bool has_amx = all_bits(features.edx, {22, 24});             // bfloat16, tiles
  const bool has_bf16 = all_bits(cpuid(7, 1).eax, {5});              // AVX-512
  // SSE, AVX, the three parts of AVX-512, tile configuration and data
  return has_avx512 && has_amx && has_bf16 && all_bits(kept_registers(), {1, 2, 5, 6, 7, 17, 18});
}

/// Linux gives a process tiles when it asks for them.
bool system_gives_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool has_amx() {
  static const bool has = processor_has_amx() && system_gives_tiles();
  return has;
}

}  // namespace sr::tiles

#else

namespace sr::tiles {

bool has_amx() {
  return false;
}

}  // namespace sr::tiles

#endif
