// Preloaded into sr-train (LD_PRELOAD): lets chosen calls on chosen files fail, as a full disk, a
// broken one or a server does.
//   SR_FAULT_CALL   write, fsync, rename, read, open (to read) or create (an open to write)
//   SR_FAULT_PATH   a part of the file's path
//   SR_FAULT_ERRNO  the number that the call fails with
//   SR_FAULT_FIRST  the first of the calls that fails, counted from 1; 0 = none
//   SR_FAULT_LAST   the last one; 0 = all from the first on
//   SR_FAULT_COUNT  a file that takes the number of such calls at the end
//   SR_FAULT_LOG    a file that takes a line "<call> <path>" of each call of any of these kinds on
//                   such a path
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static long number(const char* name) {
  const char* text = getenv(name);
  return text ? atol(text) : 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void record(const char* call, const char* path) {
  const char* file = getenv("SR_FAULT_LOG");
  char line[4200];
  const int saved = errno;
  const int log = file ? REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
  if (log >= 0) {
    const int length = snprintf(line, sizeof line, "%s %s\n", call, path);
    if (REAL(write)(log, line, (size_t)length) != length) {
      abort();  // a count that is wrong would be worse
    }
    close(log);
  }
  errno = saved;
}

static int fails(const char* call, const char* path) {
  const char* wanted_call = getenv("SR_FAULT_CALL");
  const char* wanted_path = getenv("SR_FAULT_PATH");
  if (!wanted_call || !wanted_path || !path || !strstr(path, wanted_path)) {
    return 0;
  }
  record(call, path);
  if (strcmp(call, wanted_call) != 0) {
    return 0;
  }
  const long n = atomic_fetch_add(&calls, 1) + 1;
  const long first = number("SR_FAULT_FIRST"), last = number("SR_FAULT_LAST");
  if (first == 0 || n < first || (last != 0 && n > last)) {
    return 0;
  }
  errno = (int)number("SR_FAULT_ERRNO");
  return 1;
}

static int fails_on(const char* call, int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const int saved = errno;
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (length < 0) {
    return 0;
  }
  path[length] = '\0';
  return fails(call, path);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return fails_on("write", descriptor) ? -1 : REAL(write)(descriptor, bytes, size);
}

ssize_t read(int descriptor, void* bytes, size_t size) {
  return fails_on("read", descriptor) ? -1 : REAL(read)(descriptor, bytes, size);
}

int fsync(int descriptor) {
  return fails_on("fsync", descriptor) ? -1 : REAL(fsync)(descriptor);
}

int rename(const char* from, const char* to) {
  return fails("rename", to) ? -1 : REAL(rename)(from, to);
}

static const char* kind_of(int flags) {
  return (flags & O_ACCMODE) == O_RDONLY ? "open" : "create";
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return fails(kind_of(flags), path) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return fails(kind_of(flags), path) ? -1 : REAL(open64)(path, flags, mode);
}

__attribute__((destructor)) static void tell(void) {
  const char* file = getenv("SR_FAULT_COUNT");
  FILE* out = file ? fopen(file, "w") : NULL;
  if (out) {
    fprintf(out, "%ld\n", atomic_load(&calls));
    fclose(out);
  }
}
