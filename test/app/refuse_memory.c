// Preloaded into a program (LD_PRELOAD): the SR_REFUSE_AT-th block of a tensor that it asks for,
// counted from 1, is refused, as by a kernel that has no page left. It tries such a block once more.
// What libraries ask for is let through: not all of them look at the result.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { kTensorAlignment = 64, kTries = 2 };

static atomic_long blocks;
static _Thread_local size_t refused_size;
static _Thread_local int refusals;
static uintptr_t program_begin, program_end;

/// The first object is the program.
static int take_program(struct dl_phdr_info* object, size_t size, void* unused) {
  (void)size, (void)unused;
  program_begin = object->dlpi_addr;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const uintptr_t end = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;
    if (object->dlpi_phdr[i].p_type == PT_LOAD && end > program_end) {
      program_end = end;
    }
  }
  return 1;
}

__attribute__((constructor)) static void find_program(void) {
  dl_iterate_phdr(take_program, NULL);
}

int posix_memalign(void** block, size_t alignment, size_t size) {
  typedef int Memalign(void**, size_t, size_t);
  const uintptr_t caller = (uintptr_t)__builtin_return_address(0);
  const char* at = getenv("SR_REFUSE_AT");
  if (at && alignment == kTensorAlignment && caller >= program_begin && caller < program_end) {
    const int again = refusals > 0 && refusals < kTries && size == refused_size;
    if (again || atomic_fetch_add(&blocks, 1) + 1 == atol(at)) {
      refused_size = size;
      ++refusals;
      return ENOMEM;
    }
  }
  return ((Memalign*)dlsym(RTLD_NEXT, "posix_memalign"))(block, alignment, size);
}
