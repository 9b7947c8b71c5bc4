#include "data/probe_cache.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "core/parallel.h"
#include "data/test_images.h"
#include "support/catch.h"

namespace sr {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;

/// Keeps files however young they are: a test writes them just before.
constexpr ProbeCache::Options kAtOnce{.settle = std::chrono::nanoseconds(0)};
const ProbeCache::Entry kEntry{.width = 40, .height = 20, .frames = 0, .note = {}};

/// Sets the modification time, to the nanosecond, `offset` seconds from what it is.
void shift_modification_time(const fs::path& file, int offset) {
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(offset));
}

}  // namespace

TEST_CASE("what was stored is found by the next process", "[data]") {
  const TempFolder folder;
  const fs::path image = folder.write("a.png", "pixels");
  const fs::path video = folder.write("b.mp4", "frames");
  const ProbeCache::Entry clip{640, 360, 1189, "its frame rate varies"};
  {
    ProbeCache cache(folder / "cache/probes", kAtOnce);
    CHECK_FALSE(cache.find(image));
    cache.store(image, kEntry);
    cache.store(video, clip);
    CHECK(cache.find(image) == kEntry);
    CHECK(cache.save());
  }
  const ProbeCache cache(folder / "cache/probes", kAtOnce);
  CHECK(cache.find(image) == kEntry);
  CHECK(cache.find(video) == clip);
  CHECK_FALSE(cache.find(folder / "c.png"));
}

TEST_CASE("a changed file is unknown", "[data]") {
  const TempFolder folder;
  const fs::path image = folder.write("a.png", "pixels");
  ProbeCache cache("", kAtOnce);
  cache.store(image, kEntry);
  SECTION("by its size") {
    const auto time = fs::last_write_time(image);
    folder.write("a.png", "more pixels");
    fs::last_write_time(image, time);
  }
  SECTION("by its time alone") {
    shift_modification_time(image, 1);
  }
  SECTION("when a file of the same size and time takes its place") {
    const fs::path other = folder.write("other.png", "PIXELS");
    fs::last_write_time(other, fs::last_write_time(image));
    fs::rename(other, image);
  }
  SECTION("when it is gone") {
    fs::remove(image);
  }
  CHECK_FALSE(cache.find(image));
}

TEST_CASE("a file that was just written is known to this process only", "[data]") {
  const TempFolder folder;
  const fs::path image = folder.write("a.png", "pixels");
  const ProbeCache::Options settle_for_a_day{.settle = std::chrono::hours(24)};
  ProbeCache cache(folder / "probes", settle_for_a_day);
  cache.store(image, kEntry);
  CHECK(cache.find(image) == kEntry);
  CHECK(cache.save());
  CHECK_FALSE(ProbeCache(folder / "probes", kAtOnce).find(image));
}

TEST_CASE("a damaged cache is an empty one and is replaced", "[data]") {
  const TempFolder folder;
  const fs::path image = folder.write("a.png", "pixels");
  ProbeCache cache(folder / "probes", kAtOnce);
  cache.store(image, kEntry);
  REQUIRE(cache.save());
  std::string bytes = test::read_text(folder / "probes");
  SECTION("one bit") {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  }
  SECTION("cut off") {
    bytes.resize(bytes.size() - 5);
  }
  SECTION("of another version") {
    ++bytes[bytes.find('\n') - 1];
  }
  SECTION("empty") {
    bytes.clear();
  }
  folder.write("probes", bytes);
  ProbeCache damaged(folder / "probes", kAtOnce);
  CHECK_FALSE(damaged.find(image));
  damaged.store(image, kEntry);
  CHECK(damaged.save());
  CHECK(ProbeCache(folder / "probes", kAtOnce).find(image) == kEntry);
}

TEST_CASE("relative and absolute paths name the same file", "[data]") {
  const TempFolder folder;
  const fs::path image = folder.write("a.png", "pixels");
  ProbeCache cache("", kAtOnce);
  cache.store(fs::relative(image), kEntry);
  CHECK(cache.find(fs::current_path() / fs::relative(image)) == kEntry);
}

TEST_CASE("processes that save after each other keep each other's entries", "[data]") {
  const TempFolder folder;
  const fs::path a = folder.write("a.png", "pixels");
  const fs::path b = folder.write("b.png", "pixels");
  ProbeCache first(folder / "probes", kAtOnce);
  ProbeCache second(folder / "probes", kAtOnce);
  first.store(a, kEntry);
  second.store(b, kEntry);
  CHECK(first.save());
  CHECK(second.save());
  const ProbeCache later(folder / "probes", kAtOnce);
  CHECK(later.find(a) == kEntry);
  CHECK(later.find(b) == kEntry);
}

TEST_CASE("the cache file does not grow beyond its bound", "[data]") {
  const TempFolder folder;
  ProbeCache cache(folder / "probes", {.settle = {}, .most_entries = 3});
  std::vector<fs::path> images;
  for (int i = 0; i < 10; ++i) {
    images.push_back(folder.write(std::to_string(i) + ".png", "pixels"));
    cache.store(images.back(), kEntry);
  }
  CHECK(cache.save());
  const ProbeCache later(folder / "probes", kAtOnce);
  CHECK(std::count_if(images.begin(), images.end(),
                      [&](const fs::path& image) { return later.find(image).has_value(); }) == 3);
}

TEST_CASE("a pipe or link in the place of the cache is neither waited for nor written through",
          "[data]") {
  const TempFolder folder;
  folder.write("a.png", "x");
  const auto save = [&] {
    ProbeCache cache(folder / "cache", {.settle = std::chrono::nanoseconds(0)});
    CHECK_FALSE(cache.find(folder / "a.png"));
    cache.store(folder / "a.png", kEntry);
    CHECK(cache.save());
    CHECK(ProbeCache(folder / "cache").find(folder / "a.png") == kEntry);
    fs::remove(folder / "cache");
  };
  REQUIRE(::mkfifo((folder / "cache").c_str(), 0600) == 0);
  save();
  fs::create_symlink("/dev/zero", folder / "cache");
  save();
  folder.write("victim", "untouched");
  fs::create_symlink(folder / "victim", folder / "cache");
  save();
  CHECK(test::read_text(folder / "victim") == "untouched");
}

TEST_CASE("a cache that cannot be written costs nothing but the cache", "[data]") {
  const TempFolder folder;
  const fs::path image = folder.write("a.png", "pixels");
  folder.write("file", "is no folder");
  for (const fs::path& place : {folder / "file/probes", fs::path()}) {
    ProbeCache cache(place, kAtOnce);
    CHECK(cache.save());  // nothing to write
    cache.store(image, kEntry);
    CHECK_FALSE(cache.save());
    CHECK(cache.find(image) == kEntry);
  }
}

TEST_CASE("threads share a cache", "[data]") {
  const TempFolder folder;
  std::vector<fs::path> images;
  for (int i = 0; i < 50; ++i) {
    images.push_back(folder.write(std::to_string(i) + ".png", "pixels"));
  }
  ProbeCache cache("", kAtOnce);
  for_each_index(500, 8, [&](std::size_t i) {
    const fs::path& image = images[i % images.size()];
    if (!cache.find(image)) {
      cache.store(image, {.width = static_cast<int>(i % images.size()), .height = 1});
    }
  });
  for (std::size_t i = 0; i < images.size(); ++i) {
    CHECK(cache.find(images[i])->width == static_cast<int>(i));
  }
}

TEST_CASE("the cache lies where the XDG specification puts it", "[data]") {
  const auto saved = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string cache_home = saved("XDG_CACHE_HOME");
  const std::string home = saved("HOME");
  ::setenv("HOME", "/home/someone", 1);
  ::setenv("XDG_CACHE_HOME", "/caches", 1);
  CHECK(probe_cache_file().parent_path() == "/caches/sr-train");
  ::setenv("XDG_CACHE_HOME", "not/absolute", 1);
  CHECK(probe_cache_file().parent_path() == "/home/someone/.cache/sr-train");
  ::unsetenv("XDG_CACHE_HOME");
  CHECK(probe_cache_file().parent_path() == "/home/someone/.cache/sr-train");
  ::unsetenv("HOME");
  CHECK(probe_cache_file().empty());
  ::setenv("HOME", home.c_str(), 1);
  if (!cache_home.empty()) {
    ::setenv("XDG_CACHE_HOME", cache_home.c_str(), 1);
  }
}

}  // namespace sr
