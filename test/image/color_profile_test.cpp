#include "image/color_profile.h"

#include <cmath>
#include <span>
#include <vector>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::be16;
using sr::test::be32;
using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::jpeg_segment;
using sr::test::le32;
using sr::test::pattern;
using sr::test::png_chunk;

namespace {

struct Tag {
  std::string name, data;
};

std::string fixed(double value) {
  return be32(static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(value * 65536))));
}
std::string xyz(double x, double y, double z) {
  return "XYZ " + be32(0) + fixed(x) + fixed(y) + fixed(z);
}
std::string gamma_curve(double value) {
  return "curv" + be32(0) + be32(1) + be16(static_cast<std::uint32_t>(std::lround(value * 256)));
}
std::string srgb_function() {  // parametric, kind 3
  return "para" + be32(0) + be16(3) + be16(0) + fixed(2.4) + fixed(1 / 1.055) +
         fixed(0.055 / 1.055) + fixed(1 / 12.92) + fixed(0.04045);
}
std::string srgb_table(double power_of_all = 1.0) {
  std::string text = "curv" + be32(0) + be32(1024);
  for (int i = 0; i < 1024; ++i) {
    const double x = i / 1023.0;
    const double light = x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
    text += be16(static_cast<std::uint32_t>(std::lround(65535 * std::pow(light, power_of_all))));
  }
  return text;
}
std::string old_name(const std::string& name) {
  return "desc" + be32(0) + be32(static_cast<std::uint32_t>(name.size() + 1)) + name + '\0';
}
std::string new_name(const std::string& name) {
  std::string wide;
  for (const char c : name) {
    wide += std::string(1, '\0') + c;
  }
  return "mluc" + be32(0) + be32(1) + be32(12) + "enUS" +
         be32(static_cast<std::uint32_t>(wide.size())) + be32(28) + wide;
}

std::string profile(const std::string& space, const std::vector<Tag>& tags) {
  std::string table = be32(static_cast<std::uint32_t>(tags.size()));
  std::string data;
  const std::size_t front = 128 + 4 + 12 * tags.size();
  for (const Tag& tag : tags) {
    table += tag.name + be32(static_cast<std::uint32_t>(front + data.size())) +
             be32(static_cast<std::uint32_t>(tag.data.size()));
    data += tag.data;
  }
  std::string header(128, '\0');
  header.replace(16, 4, space);
  header.replace(36, 4, "acsp");
  return header + table + data;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

enum class Primaries { kSrgb, kDisplayP3, kAdobe };

std::string rgb_profile(Primaries primaries, const std::string& curve, const std::string& name) {
  const std::vector<std::vector<Tag>> all = {{{"rXYZ", xyz(0.4361, 0.2225, 0.0139)},
                                              {"gXYZ", xyz(0.3851, 0.7169, 0.0971)},
                                              {"bXYZ", xyz(0.1431, 0.0606, 0.7141)}},
                                             {{"rXYZ", xyz(0.5151, 0.2412, -0.0011)},
                                              {"gXYZ", xyz(0.2920, 0.6922, 0.0419)},
                                              {"bXYZ", xyz(0.1571, 0.0666, 0.7841)}},
                                             {{"rXYZ", xyz(0.6097, 0.3111, 0.0195)},
                                              {"gXYZ", xyz(0.2053, 0.6257, 0.0609)},
                                              {"bXYZ", xyz(0.1492, 0.0632, 0.7446)}}};
  std::vector<Tag> tags = all[static_cast<std::size_t>(primaries)];
  for (const char* channel : {"rTRC", "gTRC", "bTRC"}) {
    tags.push_back({channel, curve});
  }
  tags.push_back({"desc", name});
  return profile("RGB ", tags);
}

std::string foreign(const std::string& icc) {
  return sr::foreign_profile({reinterpret_cast<const std::uint8_t*>(icc.data()), icc.size()});
}

const std::string kP3 = rgb_profile(Primaries::kDisplayP3, srgb_function(), new_name("Display P3"));
const std::string kSrgb = rgb_profile(Primaries::kSrgb, srgb_function(), new_name("sRGB"));

/// A zlib stream that is stored, not packed.
std::string stored(const std::string& bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<std::uint8_t>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return std::string("\x78\x01\x01", 3) + sr::test::le16(size) + sr::test::le16(0xffff - size) +
         bytes + be16(b) + be16(a);
}

std::string png_with(const std::string& chunk) {
  const std::string png = encode(pattern(8, 8), ".png");
  return png.substr(0, 33) + chunk + png.substr(33);
}
std::string iccp(const std::string& icc) {
  return png_chunk("iCCP", "name" + std::string(2, '\0') + stored(icc));
}
std::string jpeg_with(const std::string& segments) {
  const std::string jpeg = encode(pattern(8, 8), ".jpg");
  return jpeg.substr(0, 2) + segments + jpeg.substr(2);
}
std::string icc_segment(int number, int count, const std::string& part) {
  return jpeg_segment(0xe2, "ICC_PROFILE" + std::string(1, '\0') + static_cast<char>(number) +
                                static_cast<char>(count) + part);
}
std::string webp_with(const std::string& icc) {
  const std::string plain = encode(pattern(8, 8), ".webp");
  const std::string extended = std::string("VP8X\x0a\0\0\0\x20\0\0\0\x07\0\0\x07\0\0", 18);
  const std::string padded = icc + std::string(icc.size() % 2, '\0');
  const std::string body = "WEBP" + extended + "ICCP" +
                           le32(static_cast<std::uint32_t>(icc.size())) + padded + plain.substr(12);
  return "RIFF" + le32(static_cast<std::uint32_t>(body.size())) + body;
}
/// EXIF whose interoperability index says Adobe RGB.
std::string exif_of_adobe_rgb() {
  const auto entry = [](std::uint32_t tag, std::uint32_t type, std::uint32_t count,
                        const std::string& value) {
    return be16(tag) + be16(type) + be32(count) + value;
  };
  return "MM" + be16(42) + be32(8) + be16(1) + entry(0x8769, 4, 1, be32(26)) + be32(0) +  // to 26
         be16(1) + entry(0xa005, 4, 1, be32(44)) + be32(0) +                              // to 44
         be16(1) + entry(1, 2, 4, std::string("R03\0", 4)) + be32(0);
}

}  // namespace

TEST_CASE("profiles near sRGB are not foreign, whoever made them", "[image]") {
  CHECK(foreign(kSrgb).empty());
  CHECK(
      foreign(rgb_profile(Primaries::kSrgb, srgb_table(), old_name("sRGB IEC61966-2.1"))).empty());
  CHECK(foreign(rgb_profile(Primaries::kSrgb, gamma_curve(2.2), old_name("c2"))).empty());
  CHECK(foreign(profile("GRAY", {{"kTRC", gamma_curve(2.2)}, {"desc", old_name("Gray Gamma 2.2")}}))
            .empty());
  CHECK(foreign(profile("RGB ", {{"A2B0", "mft2"}, {"desc", new_name("sRGB v4 ICC preference")}}))
            .empty());
}

TEST_CASE("profiles of other colours are named", "[image]") {
  CHECK(foreign(kP3) == "Display P3");
  CHECK(foreign(rgb_profile(Primaries::kAdobe, gamma_curve(2.2), old_name("Adobe RGB (1998)"))) ==
        "Adobe RGB (1998)");
  CHECK(foreign(rgb_profile(Primaries::kSrgb, gamma_curve(1.0), old_name("linear"))) == "linear");
  CHECK(foreign(rgb_profile(Primaries::kSrgb, gamma_curve(1.8), old_name("Apple"))) == "Apple");
  CHECK(foreign(rgb_profile(Primaries::kSrgb, srgb_table(0.8), old_name("table"))) == "table");
  CHECK(foreign(rgb_profile(Primaries::kSrgb, "curv" + be32(0) + be32(0), old_name("none"))) ==
        "none");
  CHECK(foreign(profile("GRAY", {{"kTRC", gamma_curve(1.75)},
                                 {"desc", old_name("Dot Gain 20%")}})) == "Dot Gain 20%");
  CHECK(foreign(profile("CMYK", {{"desc", old_name("Coated FOGRA39")}})) == "Coated FOGRA39");
  CHECK(foreign(profile("RGB ", {{"A2B0", "mft2"}, {"desc", old_name("scanner")}})) == "scanner");
  CHECK(foreign(profile("RGB ", {})).empty());  // it says nothing of its colours
  CHECK(foreign(rgb_profile(Primaries::kAdobe, gamma_curve(2.2), old_name("\x1b[31mred\x07"))) ==
        "[31mred");
}

TEST_CASE("bytes that are no profile are none, cut ones do no harm", "[image]") {
  CHECK(foreign("").empty());
  CHECK(foreign(std::string(3000, 'x')).empty());
  for (std::size_t size = 0; size < kP3.size(); ++size) {
    foreign(kP3.substr(0, size));
  }
  std::string wild = kP3;
  for (std::size_t i = 128; i < 132 + 7 * 12; ++i) {  // table of tags
    wild[i] = '\xff';
  }
  CHECK(foreign(wild) == "a profile without a name");
}

TEST_CASE("gamma and primaries of a PNG count where nothing better is there", "[image]") {
  const auto of = [](const std::string& chunks) {
    return EncodedFile(png_with(chunks)).probe().color_profile;
  };
  const auto gamma = [](std::uint32_t value) { return png_chunk("gAMA", sr::test::be32(value)); };
  const auto primaries = [](std::uint32_t red_x) {
    std::string text = sr::test::be32(31270) + sr::test::be32(32900) + sr::test::be32(red_x);
    for (const std::uint32_t value : {33000, 30000, 60000, 15000, 6000}) {
      text += sr::test::be32(value);
    }
    return png_chunk("cHRM", text);
  };
  CHECK(of(gamma(45455) + primaries(64000)).empty());
  CHECK(of(gamma(100000)) == "gamma 1");
  CHECK(of(gamma(55556) + primaries(68000)) == "gamma 0.556");
  CHECK(of(gamma(45455) + primaries(68000)) == "other primaries (cHRM)");
  CHECK(of(png_chunk("sRGB", std::string(1, '\0')) + gamma(100000) + primaries(68000)).empty());
  CHECK(of(gamma(100000) + iccp(kSrgb)).empty());
}

TEST_CASE("the profile is found in every format that may hold one", "[image]") {
  const auto of = [](const std::string& bytes) {
    const EncodedFile file(bytes);
    CHECK(file.decode_refusal().empty());
    return file.probe().color_profile;
  };
  CHECK(of(encode(pattern(8, 8), ".png")).empty());
  CHECK(of(encode(pattern(8, 8), ".jpg")).empty());
  CHECK(of(png_with(iccp(kP3))) == "Display P3");
  CHECK(of(png_with(iccp(kSrgb))).empty());
  CHECK(of(jpeg_with(icc_segment(1, 1, kP3))) == "Display P3");
  CHECK(of(jpeg_with(icc_segment(1, 2, kP3.substr(0, 300)) + icc_segment(2, 2, kP3.substr(300)))) ==
        "Display P3");
  CHECK(of(jpeg_with(icc_segment(2, 2, kP3.substr(300)) + icc_segment(1, 2, kP3.substr(0, 300)))) ==
        "Display P3");
  CHECK(of(jpeg_with(icc_segment(1, 1, kSrgb))).empty());
  CHECK(of(webp_with(kP3)) == "Display P3");
  CHECK(of(webp_with(kSrgb)).empty());
  CHECK(of(jpeg_with(jpeg_segment(0xe1, std::string("Exif\0\0", 6) + exif_of_adobe_rgb()))) ==
        "Adobe RGB (by its EXIF block)");
  CHECK(of(png_with(png_chunk("cICP", std::string("\x0c\x0d\0\x01", 4)))) ==
        "primaries 12 and transfer 13 of H.273");
  CHECK(of(png_with(png_chunk("cICP", std::string("\x09\x10\0\x01", 4)) + iccp(kSrgb))) ==
        "primaries 9 and transfer 16 of H.273");
  CHECK(of(png_with(png_chunk("cICP", std::string("\x01\x0d\0\x01", 4)))).empty());
  std::vector<std::uint32_t> as_fields(kP3.begin(), kP3.end());
  for (std::uint32_t& byte : as_fields) {
    byte &= 0xff;
  }
  CHECK(
      of(sr::test::tiff(
          2, 2,
          {{258, 3, {8, 8, 8}}, {259, 3, {1}}, {262, 3, {2}}, {277, 3, {3}}, {34675, 7, as_fields}},
          std::string(12, '\0'))) == "Display P3");
}

TEST_CASE("a profile fits pixels of the channels that it is for", "[image]") {
  for (const bool gray : {true, false}) {
    CHECK(sr::profile_fits(bytes_of(profile("GRAY", {})), gray) == gray);
    CHECK(sr::profile_fits(bytes_of(profile("RGB ", {})), gray) != gray);
    CHECK(sr::profile_fits(bytes_of("cut off"), gray));
    CHECK(sr::profile_fits({}, gray));
  }
}
