#include <fmt/format.h>

#include <vector>

#include "image/pnm_layout.h"

namespace sr {
namespace {

constexpr std::uint8_t kWhite = 255;

class PnmDecoder {
 public:
  explicit PnmDecoder(ByteSource& source)
      : source_(source),
        layout_(read_pnm_layout(source)),
        image_(static_cast<int>(layout_.height), static_cast<int>(layout_.width),
               CV_MAKETYPE(layout_.maximum > 255 ? CV_16U : CV_8U, layout_.channels())) {}

  cv::Mat decode() {
    for (int y = 0; y < image_.rows; ++y) {
      if (layout_.text()) {
        read_text_row(y);
      } else {
        read_row(y);
      }
    }
    return image_;
  }

 private:
  int samples() const { return image_.cols * image_.channels(); }

  void read_row(int y) {
    const auto size = static_cast<std::size_t>(layout_.row());
    row_.resize(size);
    source_.read(layout_.pixels + static_cast<std::uint64_t>(y) * size, row_);
    for (int i = 0; i < samples(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (layout_.bitmap()) {
        put(y, i, row_[at / 8] >> (7 - at % 8) & 1);
      } else if (layout_.maximum > 255) {
        put(y, i, row_[2 * at] << 8 | row_[2 * at + 1]);
      } else {
        put(y, i, row_[at]);
      }
    }
  }

  void read_text_row(int y) {
    for (int i = 0; i < samples(); ++i) {
      const std::int64_t value =
          layout_.bitmap() ? read_bit() : read_pnm_number(source_, layout_.pixels);
      if (value < 0 || value > layout_.maximum) {
        source_.fail(fmt::format("damaged: no number from 0 to {} for its pixel x={} y={}",
                                 layout_.maximum, i / image_.channels(), y));
      }
      put(y, i, static_cast<int>(value));
    }
  }

  /// Bits need no white space between them.
  std::int64_t read_bit() {
    skip_pnm_space(source_, layout_.pixels);
    return std::int64_t{source_.u8(layout_.pixels++)} - '0';
  }

  void put(int y, int i, int value) {
    if (layout_.maximum > 255) {
      image_.ptr<std::uint16_t>(y)[i] = static_cast<std::uint16_t>(value);
    } else {
      image_.ptr(y)[i] = layout_.bitmap() ? static_cast<std::uint8_t>(value == 0 ? kWhite : 0)
                                          : static_cast<std::uint8_t>(value);
    }
  }

  ByteSource& source_;
  PnmLayout layout_;
  cv::Mat image_;
  std::vector<std::uint8_t> row_;
};

}  // namespace

cv::Mat decode_pnm(ByteSource& source) {
  return PnmDecoder(source).decode();
}

}  // namespace sr
