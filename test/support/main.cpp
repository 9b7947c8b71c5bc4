#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
int main(int argc, char* argv[]) {
  return Catch::Session().run(argc, argv);
}
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

/// LeakSanitizer asks for it: LibTorch keeps some of each TorchScript file that it refuses, and its
/// parser for good.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libtorch_cpu.so\n";
}

/// ThreadSanitizer asks for it. It does not see the atomic counts of libraries that are not built
/// with it: FFmpeg, GDAL, LibTorch and its OpenMP; races between their threads and ours are then
/// left out as well. lgamma, in the C++ library's Bessel functions, sets a sign that nobody reads.
extern "C" const char* __tsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {
  return "race:libavutil.so\nrace:libavcodec.so\ndeadlock:libgdal.so\n"
         "race:libtorch_cpu.so\nrace:libc10.so\nrace:libgomp.so\nrace:__cyl_bessel_ij\n";
}
