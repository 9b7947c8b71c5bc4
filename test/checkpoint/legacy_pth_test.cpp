#include "checkpoint/legacy_pth.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "checkpoint/pth_reader.h"
#include "checkpoint/pth_samples.h"
#include "checkpoint/samples.h"
#include "core/error.h"
#include "core/random.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::PthFile;
using sr::StoredTensor;
using sr::test::bytes_of;
using sr::test::complaint;
using sr::test::named;
using sr::test::pth_sample;
using sr::test::pth_sample_bytes;
using sr::test::ramp;
using sr::test::values_of;
using Bytes = std::vector<std::byte>;
using Shape = std::vector<std::int64_t>;
using namespace std::string_literals;

namespace {

constexpr const char* kStreams[] = {"legacy.pth", "legacy_params_ema.pth", "legacy_protocol4.pth",
                                    "legacy_views.pth", "legacy_parameters.pth"};

std::vector<StoredTensor> only_group(const std::string& name) {
  PthFile file = sr::read_pth(pth_sample(name));
  REQUIRE(file.groups.size() == 1);
  return std::move(file.groups.begin()->second);
}

void check_conv(const std::vector<StoredTensor>& tensors, float shift) {
  CHECK(named(tensors, "body.0.weight").shape == Shape{2, 3, 2, 2});
  CHECK(values_of<float>(named(tensors, "body.0.weight")) == ramp(1 + shift, 24));
  CHECK(values_of<float>(named(tensors, "body.0.bias")) == ramp(2 + shift, 2));
}

std::string refused(const Bytes& bytes) {
  return complaint<CheckpointError>([&] { sr::parse_pth(bytes); });
}

std::string refused(const std::string& sample) {
  return refused(pth_sample_bytes(sample));
}

/// A sample with `old`, which it has once, replaced.
Bytes changed(const std::string& sample, const std::string& old, const std::string& by) {
  std::string text = sr::test::read_text(pth_sample(sample));
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  REQUIRE(text.find(old, at + 1) == std::string::npos);
  return bytes_of(text.replace(at, old.size(), by));
}

/// legacy.pth with the element count of its first storage, which follows the last pickle.
Bytes with_elements(std::int64_t elements) {
  std::string text = sr::test::read_text(pth_sample("legacy.pth"));
  const std::size_t at = text.rfind("e.") + 2;
  std::memcpy(text.data() + at, &elements, sizeof elements);
  return bytes_of(text);
}

}  // namespace

TEST_CASE("files from before PyTorch 1.6 are read", "[checkpoint]") {
  check_conv(only_group("legacy.pth"), 0);
  check_conv(only_group("legacy_protocol4.pth"), 0);
  const PthFile both = sr::read_pth(pth_sample("legacy_params_ema.pth"));
  REQUIRE(both.groups.size() == 2);
  check_conv(both.groups.at("params"), 0);
  check_conv(both.groups.at("params_ema"), 100);
  const std::vector<StoredTensor> plain = only_group("legacy_parameters.pth");
  CHECK(values_of<float>(named(plain, "weight")) == ramp(1, 4));
  CHECK(values_of<std::uint16_t>(named(plain, "half")) ==
        std::vector<std::uint16_t>{0x4500, 0x4540, 0x4580, 0x45c0});
  CHECK(values_of<std::int64_t>(named(plain, "long")) == std::vector<std::int64_t>{7});
}

TEST_CASE("views in the old format are those of the new one", "[checkpoint]") {
  const std::vector<StoredTensor> old = only_group("legacy_views.pth");
  const std::vector<StoredTensor> now = only_group("views.pth");
  REQUIRE(old.size() == now.size());
  for (std::size_t i = 0; i < old.size(); ++i) {
    INFO(old[i].name);
    CHECK(old[i].name == now[i].name);
    CHECK(old[i].shape == now[i].shape);
    CHECK(old[i].bytes == now[i].bytes);
  }
}

TEST_CASE("a storage that is a view of another is looked at through its window", "[checkpoint]") {
  const std::vector<StoredTensor> found = only_group("legacy_window.pth");
  CHECK(values_of<float>(named(found, "body.0.weight")) == ramp(1.5, 12));
}

TEST_CASE("the tar archives of the first versions are read", "[checkpoint]") {
  const std::vector<StoredTensor> found = only_group("legacy_tar.pth");
  check_conv(found, 0);
  CHECK(values_of<float>(named(found, "window")) == std::vector<float>{2.25, 2.5});
  const std::vector<float> transposed = values_of<float>(named(found, "transposed"));
  CHECK(transposed.at(4) == 1.25);
  CHECK(transposed.at(5) == 2.75);
}

TEST_CASE("storages of a GPU are read as those of the CPU", "[checkpoint]") {
  const Bytes bytes =
      changed("legacy.pth", "ctorch\nFloatStorage\n", "ctorch.cuda\nFloatStorage\n");
  check_conv(sr::parse_pth(bytes).groups.at(""), 0);
}

TEST_CASE("nothing that an old file asks for is run or believed", "[checkpoint]") {
  CHECK_THAT(refused("legacy_os_system.pth"), Contains("posix.system"));
  CHECK_THAT(refused("legacy_whole_model.pth"),
             Contains("__main__.Net") && Contains("state_dict()"));
  CHECK_THAT(refused("legacy_big_endian.pth"), Contains("big-endian"));
  CHECK_THAT(refused("legacy_expansion.pth"), Contains("claimed, not stored"));
  CHECK_THAT(refused("legacy_tar_beyond.pth"), Contains("needs element"));
  CHECK_THAT(refused(changed("legacy.pth", "M\xe9\x03."s, "M\xe8\x03."s)),
             Contains("version 1000"));
  CHECK_THAT(refused(changed("legacy.pth", "FloatStorage", "QInt8Storage")),
             Contains("torch.QInt8Storage"));
  CHECK_THAT(refused(changed("legacy.pth", "torch\nFloat", "torch\nHalf")), Contains("storage"));
  CHECK_THAT(refused(bytes_of("\x80\x02}."s)), Contains("bare pickle"));
}

TEST_CASE("a storage that lies about its length is refused", "[checkpoint]") {
  for (const std::int64_t elements : {std::int64_t{-1}, INT64_MIN, INT64_MAX, INT64_MAX / 4 + 1,
                                      std::int64_t{1} << 32, std::int64_t{1000}}) {
    INFO(elements);
    CHECK_THAT(refused(with_elements(elements)), Contains("cut short"));
  }
  for (const std::int64_t elements : {0, 1, 3}) {
    INFO(elements);
    CHECK_FALSE(refused(with_elements(elements)).empty());
  }
}

TEST_CASE("a window may not leave its storage", "[checkpoint]") {
  const std::string window = "K\x02K\x16tt"s;
  for (const std::string& other :
       {"K\x03K\x16tt"s, "K\x19K\0tt"s, "K\x02K\xfftt"s, "K\x02J\xff\xff\xff\xfftt"s,
        "K\x02K\x0btt"s, "K\x02K\x16K\1tt"s}) {
    CHECK_FALSE(refused(changed("legacy_window.pth", window, other)).empty());
  }
}

TEST_CASE("storages are listed once each and all are needed", "[checkpoint]") {
  std::string text = sr::test::read_text(pth_sample("legacy.pth"));
  const std::size_t list = text.rfind("]q");
  const std::size_t first = text.find("X", list), second = text.find("X", first + 18);
  const std::string key = text.substr(second, 19);
  std::string twice = text;
  CHECK_THAT(refused(bytes_of(twice.replace(first, 19, key))), Contains("twice"));
  std::string unknown = text;
  unknown[first + 6] = unknown[first + 6] == '1' ? '2' : '1';
  CHECK_THAT(refused(bytes_of(unknown)), Contains("nothing in it refers to"));
  CHECK_THAT(refused(bytes_of(text.substr(0, list) + "].")),
             Contains("a storage that the file does not have"));
}

TEST_CASE("an old file that is cut short anywhere is refused", "[checkpoint]") {
  for (const char* name : kStreams) {
    const Bytes whole = pth_sample_bytes(name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      INFO(name << " cut to " << length);
      CHECK_THROWS_AS(sr::parse_pth(part), CheckpointError);
    }
  }
}

TEST_CASE("an old file with a wrong byte is read or refused, and nothing else", "[checkpoint]") {
  int read = 0;
  for (const char* name : {"legacy.pth", "legacy_params_ema.pth", "legacy_protocol4.pth",
                           "legacy_views.pth", "legacy_window.pth", "legacy_tar.pth"}) {
    Bytes bytes = pth_sample_bytes(name);
    for (std::uint64_t i = 0; i < 1500; ++i) {
      const std::uint64_t random = sr::hash(19, i, sr::Stream::kPermutation);
      std::byte& byte = bytes[random % std::min<std::size_t>(bytes.size(), 6000)];
      const std::byte before = byte;
      byte ^= static_cast<std::byte>(1 + (random >> 32U) % 255);
      read += refused(bytes).empty() ? 1 : 0;  // any other exception fails the test
      byte = before;
    }
  }
  CHECK(read > 1000);  // values have no checksum
}
