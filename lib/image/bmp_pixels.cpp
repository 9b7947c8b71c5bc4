#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "image/bmp_layout.h"

namespace sr {
namespace {

using Row = std::vector<std::uint8_t>;

class BmpDecoder {
 public:
  explicit BmpDecoder(ByteSource& source)
      : source_(source),
        layout_(read_bmp_layout(source)),
        image_(static_cast<int>(layout_.height), static_cast<int>(layout_.width), CV_8UC3) {}

  cv::Mat decode() {
    if (layout_.bits <= 8) {
      read_palette();
    }
    if (layout_.coding == BmpLayout::Coding::kPlain) {
      decode_plain();
    } else {
      decode_runs();
    }
    return image_;
  }

 private:
  int row_of(int y) const { return layout_.top_row_first ? y : image_.rows - 1 - y; }

  void read_palette() {
    for (int i = 0; i < layout_.palette_entries; ++i) {
      const std::uint64_t at =
          layout_.palette +
          static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(layout_.palette_entry_size);
      palette_.emplace_back(source_.u8(at + 2), source_.u8(at + 1), source_.u8(at));
    }
  }

  const cv::Vec3b& colour(std::size_t index) const {
    if (index >= palette_.size()) {
      source_.fail(fmt::format("damaged: a pixel has colour {} of {}", index, palette_.size()));
    }
    return palette_[index];
  }

  void decode_plain() {
    Row row(layout_.row());
    for (int y = 0; y < image_.rows; ++y) {
      source_.read(layout_.pixels + layout_.row() * static_cast<std::uint64_t>(y), row);
      auto* const to = image_.ptr<cv::Vec3b>(row_of(y));
      for (int x = 0; x < image_.cols; ++x) {
        to[x] = pixel(row, static_cast<std::size_t>(x));
      }
    }
  }

  cv::Vec3b pixel(const Row& row, std::size_t x) const {
    switch (layout_.bits) {
      case 16:
        return by_masks(row[2 * x] | std::uint32_t{row[2 * x + 1]} << 8);
      case 24:
        return {row[3 * x + 2], row[3 * x + 1], row[3 * x]};
      case 32:
        return by_masks(row[4 * x] | std::uint32_t{row[4 * x + 1]} << 8 |
                        std::uint32_t{row[4 * x + 2]} << 16 | std::uint32_t{row[4 * x + 3]} << 24);
      default: {
        const auto bits = static_cast<std::size_t>(layout_.bits);
        const std::size_t shift = 8 - bits - x * bits % 8;
        return colour(row[x * bits / 8] >> shift & ((1U << bits) - 1));
      }
    }
  }

  cv::Vec3b by_masks(std::uint32_t value) const {
    cv::Vec3b rgb;
    for (int i = 0; i < 3; ++i) {
      const std::uint32_t mask = layout_.masks[static_cast<std::size_t>(i)];
      const int shift = std::countr_zero(mask);
      const std::uint64_t most = mask >> shift;
      const std::uint64_t sample = (value & mask) >> shift;
      rgb[i] = static_cast<std::uint8_t>((sample * 255 + most / 2) / most);
    }
    return rgb;
  }

  /// Pairs of bytes: a count and what is repeated; or 0 and 0 (end of row), 1 (end of image), 2
  /// (two bytes: right, up), else so many indices as they are, padded to two bytes.
  void decode_runs() {
    image_.setTo(cv::Scalar(colour(0)));
    std::uint64_t at = layout_.pixels;
    while (source_.has(at, 2)) {
      const std::size_t count = source_.u8(at);
      const std::uint8_t value = source_.u8(at + 1);
      at += 2;
      if (count > 0) {
        repeat(count, value);
      } else if (value == 0) {
        x_ = 0;
        ++y_;
      } else if (value == 1) {
        return;
      } else if (value == 2) {
        x_ += source_.u8(at);
        y_ += source_.u8(at + 1);
        at += 2;
      } else {
        at += copy(at, value);
      }
    }
    // Some programs leave out the end of the image.
    if (y_ + (x_ == image_.cols ? 1 : 0) < image_.rows) {
      source_.fail(
          fmt::format("truncated: it ends after {} bytes, inside its pixels", source_.size()));
    }
  }

  void repeat(std::size_t count, std::uint8_t value) {
    for (std::size_t i = 0; i < count; ++i) {
      put(four_bits() ? (i % 2 == 0 ? value >> 4 : value & 15U) : value);
    }
  }

  std::uint64_t copy(std::uint64_t at, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint8_t byte = source_.u8(at + (four_bits() ? i / 2 : i));
      put(four_bits() ? (i % 2 == 0 ? byte >> 4 : byte & 15U) : byte);
    }
    const std::size_t bytes = four_bits() ? (count + 1) / 2 : count;
    return bytes + bytes % 2;
  }

  bool four_bits() const { return layout_.coding == BmpLayout::Coding::kRunLength4; }

  void put(std::size_t index) {
    if (x_ >= image_.cols || y_ >= image_.rows) {
      source_.fail(fmt::format("damaged: a run of pixels leaves the image at x={} y={}", x_, y_));
    }
    image_.at<cv::Vec3b>(row_of(static_cast<int>(y_)), static_cast<int>(x_++)) = colour(index);
  }

  ByteSource& source_;
  BmpLayout layout_;
  cv::Mat image_;
  std::vector<cv::Vec3b> palette_;
  std::int64_t x_ = 0, y_ = 0;  ///< of the next pixel of a run, rows counted as the file has them
};

}  // namespace

cv::Mat decode_bmp(ByteSource& source) {
  return BmpDecoder(source).decode();
}

}  // namespace sr
