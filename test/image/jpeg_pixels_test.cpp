#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "encoded.h"
#include "support/captured_stderr.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::jpeg_segment;
using sr::test::pattern;
using sr::test::same;
using sr::test::TempFolder;

namespace {

/// A picture with edges and texture, so that its codes are of many lengths.
cv::Mat picture() {
  cv::Mat image = pattern(160, 120);
  cv::blur(image, image, {3, 3});
  return image;
}

std::string plain() {
  return encode(picture(), ".jpg", {cv::IMWRITE_JPEG_QUALITY, 90});
}

std::string progressive() {
  return encode(picture(), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
}

std::string with_restarts() {
  return encode(picture(), ".jpg", {cv::IMWRITE_JPEG_RST_INTERVAL, 2});
}

/// Where the coded data of the (first) scan begins.
std::size_t scan_of(const std::string& jpeg) {
  const std::size_t marker = jpeg.find("\xff\xda");
  return marker + 2 +
         (static_cast<std::uint8_t>(jpeg[marker + 2]) << 8 |
          static_cast<std::uint8_t>(jpeg[marker + 3]));
}

/// The marker RSTn, n counted from the beginning of the scan.
std::size_t restart(const std::string& jpeg, int n) {
  std::size_t at = scan_of(jpeg);
  for (int found = -1;; ++at) {
    if (jpeg[at] == '\xff' && (jpeg[at + 1] & '\xf8') == '\xd0' && ++found == n) {
      return at;
    }
  }
}

std::string zeroed(std::string jpeg, double from, double to) {
  const std::size_t begin = scan_of(jpeg);
  const auto size = static_cast<double>(jpeg.size() - 2 - begin);
  for (auto i = static_cast<std::size_t>(from * size); i < static_cast<std::size_t>(to * size);
       ++i) {
    jpeg[begin + i] = '\0';
  }
  return jpeg;
}

std::string before_end(std::string jpeg, const std::string& bytes) {
  return jpeg.insert(jpeg.size() - 2, bytes);
}

bool is_damaged(const std::string& jpeg) {
  const EncodedFile file(jpeg);
  CHECK(file.probe_refusal().empty());
  return file.decode_refusal().starts_with("damaged or incomplete JPEG data: ");
}

}  // namespace

TEST_CASE("JPEG pixels equal OpenCV's for every kind of coding", "[image]") {
  cv::Mat gray;
  cv::extractChannel(picture(), gray, 1);
  const std::vector<std::string> files = {
      plain(),
      progressive(),
      with_restarts(),
      encode(gray, ".jpg"),
      encode(picture(), ".jpg", {cv::IMWRITE_JPEG_QUALITY, 100}),
      encode(picture(), ".jpg", {cv::IMWRITE_JPEG_QUALITY, 20, cv::IMWRITE_JPEG_OPTIMIZE, 1})};
  for (const std::string& bytes : files) {
    const cv::Mat by_opencv =
        cv::imdecode(std::vector<char>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
    cv::Mat expected;
    cv::cvtColor(by_opencv, expected, cv::COLOR_BGR2RGB);
    CHECK(same(EncodedFile(bytes).decode(), expected));
  }
}

TEST_CASE("a JPEG whose codes are damaged is refused", "[image]") {
  for (const std::string& whole : {plain(), progressive(), with_restarts()}) {
    for (const auto& [from, to] : std::vector<std::pair<double, double>>{
             {0.1, 0.2}, {0.3, 0.35}, {0.5, 1.0}, {0.0, 1.0}, {0.9, 1.0}, {0.6, 0.8}}) {
      INFO(whole.size() << ": zeros from " << from << " to " << to);
      CHECK(is_damaged(zeroed(whole, from, to)));
    }
    for (const double part : {0.2, 0.5, 0.8, 0.99}) {  // ended too early
      const std::size_t cut =
          scan_of(whole) +
          static_cast<std::size_t>(part * static_cast<double>(whole.size() - 2 - scan_of(whole)));
      CHECK(is_damaged(whole.substr(0, cut) + "\xff\xd9"));
    }
  }
}

TEST_CASE("a JPEG that was cut between two scans is refused", "[image]") {
  const std::string whole = progressive();
  std::vector<std::size_t> scans;
  for (std::size_t at = whole.find("\xff\xda"); at != std::string::npos;
       at = whole.find("\xff\xda", at + 1)) {
    scans.push_back(at);
  }
  REQUIRE(scans.size() > 3);
  for (std::size_t i = 1; i < scans.size(); ++i) {
    INFO("scan " << i);  // its tables belong to it
    const std::size_t tables = whole.find("\xff\xc4", scans[i - 1]);
    CHECK(is_damaged(whole.substr(0, std::min(tables, scans[i])) + "\xff\xd9"));
  }
}

TEST_CASE("a JPEG without the scan of a colour is refused", "[image]") {
  // 8 x 8 pixels, each component in a scan of its own. The codes have one symbol each, "0": a DC
  // difference of 0 and the end of the block.
  const std::string table =
      std::string(1, '\0') + '\1' + std::string(15, '\0') + std::string(1, '\0');
  std::string start = "\xff\xd8" + jpeg_segment(0xdb, std::string(1, '\0') + std::string(64, '\1'));
  start += jpeg_segment(0xc0, std::string("\x08\0\x08\0\x08\3\1\x11\0\2\x11\0\3\x11\0", 15));
  start += jpeg_segment(0xc4, table) + jpeg_segment(0xc4, '\x10' + table.substr(1));
  const auto scan = [](char component) {
    return jpeg_segment(0xda, std::string("\1") + component + std::string("\0\0\x3f\0", 4)) +
           "\x3f";
  };
  const std::string end = "\xff\xd9";
  CHECK(EncodedFile(start + scan('\1') + scan('\2') + scan('\3') + end).decode_refusal().empty());
  CHECK(is_damaged(start + scan('\1') + scan('\2') + end));
  CHECK(is_damaged(start + scan('\1') + end));
}

TEST_CASE("a JPEG with a stretch cut out or put in is refused", "[image]") {
  const std::string whole = plain();
  const std::size_t middle = (scan_of(whole) + whole.size()) / 2;
  CHECK(is_damaged(std::string(whole).erase(middle, 400)));
  CHECK(is_damaged(std::string(whole).insert(middle, whole.substr(scan_of(whole), 300))));
  CHECK(is_damaged(before_end(whole, std::string(64, '\0'))));
  CHECK(is_damaged(before_end(whole, whole.substr(scan_of(whole), 12))));
}

TEST_CASE("restart markers that are missing, doubled or out of order are damage", "[image]") {
  const std::string whole = with_restarts();
  std::string swapped = whole;
  swapped[restart(whole, 3) + 1] = '\xd7';
  CHECK(is_damaged(swapped));
  std::string missing = whole;
  missing.erase(restart(whole, 2), restart(whole, 3) - restart(whole, 2));
  CHECK(is_damaged(missing));
  std::string doubled = whole;
  doubled.insert(restart(whole, 4),
                 whole.substr(restart(whole, 3), restart(whole, 4) - restart(whole, 3)));
  CHECK(is_damaged(doubled));
}

TEST_CASE("oddities of a JPEG that leave its pixels alone do no harm", "[image]") {
  const std::string whole = plain();
  const cv::Mat expected = EncodedFile(whole).decode();
  std::string version = whole;
  version[version.find("JFIF") + 5] = '\x09';
  std::string spectral = whole;  // end of spectral selection, without a meaning here
  spectral[scan_of(whole) - 2] = '\x3e';
  const std::vector<std::string> files = {
      version,
      spectral,
      before_end(whole, std::string(8, '\0')),    // padding of a camera
      before_end(whole, "\x5a"),                  // and of another
      before_end(whole, std::string(7, '\xff')),  // fill bytes
      whole + std::string(500, '\x5a'),
      whole + whole,  // several pictures in one file
      whole.substr(0, 2) + jpeg_segment(0xfe, "a comment") + whole.substr(2),
      whole.substr(0, 2) +
          jpeg_segment(0xee, "Adobe" + sr::test::be16(100) + sr::test::be32(0) + '\x01') +
          whole.substr(2),
      whole.substr(0, 2) +
          jpeg_segment(0xe2, "ICC_PROFILE" + std::string("\0\x05\x02", 3) + std::string(200, 'x')) +
          whole.substr(2)};
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(i);
    const EncodedFile file(files[i]);
    CHECK(file.decode_refusal().empty());
    CHECK(same(file.decode(), expected));
  }
}

TEST_CASE("a JPEG of endless scans is refused", "[image]") {
  std::string whole = progressive();
  const std::size_t scan = whole.rfind("\xff\xda");
  const std::string last = whole.substr(scan, whole.size() - 2 - scan);
  std::string many = whole.substr(0, whole.size() - 2);
  for (int i = 0; i < 600; ++i) {
    many += last;
  }
  CHECK(is_damaged(many + "\xff\xd9"));
}

TEST_CASE("no decoder writes to stderr, whatever it meets", "[image]") {
  const TempFolder folder;
  const std::string png = encode(pattern(300, 200), ".png");
  std::string bad_png = png;
  bad_png[png.size() / 2] ^= '\x10';
  const std::string tiff = encode(pattern(64, 64), ".tiff");
  std::string bad_tiff = tiff;
  bad_tiff.replace(tiff.size() / 2, 40, std::string(40, '\0'));
  std::string bad_webp = encode(pattern(64, 64), ".webp");
  bad_webp.replace(bad_webp.size() / 2, 40, std::string(40, '\xff'));
  const std::vector<std::string> files = {zeroed(plain(), 0.2, 0.5),
                                          before_end(plain(), "abc"),
                                          zeroed(progressive(), 0.1, 0.3),
                                          bad_png,
                                          bad_tiff,
                                          bad_webp};
  {
    const sr::test::CapturedStderr captured(folder / "stderr");
    for (const std::string& bytes : files) {
      EncodedFile(bytes).decode_refusal();
    }
  }
  CHECK(sr::test::read_text(folder / "stderr").empty());
}
