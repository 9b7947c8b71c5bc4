#include "image/png_general.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <vector>

namespace sr {
namespace {

/// libpng behind a few calls. It leaves them by longjmp, so that nothing with a destructor may live
/// in a frame between setjmp and the library.
class PngReader {
 public:
  explicit PngReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {
    png_ = png_create_read_struct(
        PNG_LIBPNG_VER_STRING, this,
        [](png_structp png, png_const_charp text) { self(png).leave(text); },
        [](png_structp png, png_const_charp text) { self(png).on_warning(text); });
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Reads up to the pixels and asks for RGB, RGBA or, of an image with a palette, indices of a
  /// byte. False: see reason().
  bool start() {
    if (info_ == nullptr || setjmp(way_out_) != 0) {
      return false;
    }
    png_set_read_fn(png_, this, [](png_structp png, png_bytep to, std::size_t count) {
      self(png).read(png, to, count);
    });
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // checked already
    png_read_info(png_, info_);
    if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE) {
      png_set_packing(png_);
    } else {
      png_set_expand_gray_1_2_4_to_8(png_);  // a transparent colour (tRNS) stays opaque
      png_set_gray_to_rgb(png_);
    }
    if constexpr (std::endian::native == std::endian::little) {
      png_set_swap(png_);
    }
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }
  int depth() const { return png_get_bit_depth(png_, info_) == 16 ? CV_16U : CV_8U; }
  int channels() const { return png_get_channels(png_, info_); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

  /// R, G, B and alpha of every colour; the library itself takes black for an index without one.
  std::vector<cv::Vec4b> palette() const {
    png_colorp colours = nullptr;
    png_bytep alpha = nullptr;
    int count = 0, alphas = 0;
    png_get_PLTE(png_, info_, &colours, &count);
    png_get_tRNS(png_, info_, &alpha, &alphas, nullptr);
    std::vector<cv::Vec4b> palette;
    for (int i = 0; i < count; ++i) {
      palette.emplace_back(colours[i].red, colours[i].green, colours[i].blue,
                           i < alphas ? alpha[i] : std::uint8_t{255});
    }
    return palette;
  }
  bool has_transparent_colours() const { return png_get_valid(png_, info_, PNG_INFO_tRNS) != 0; }

  bool read(std::uint8_t** rows) {
    if (setjmp(way_out_) != 0) {
      return false;
    }
    png_read_image(png_, rows);
    return true;
  }

  const char* reason() const { return reason_.data(); }

 private:
  static PngReader& self(png_structp png) {
    return *static_cast<PngReader*>(png_get_error_ptr(png));
  }

  [[noreturn]] void leave(const char* text) {
    std::snprintf(reason_.data(), reason_.size(), "%s", text);
    std::longjmp(way_out_, 1);
  }

  /// Most warnings are of chunks that are not needed. In the pixel data a stream that is longer
  /// than the image is harmless, anything else is not.
  void on_warning(std::string_view text) {
    if (text.starts_with("IDAT") && text.find("oo much") == std::string_view::npos &&
        text.find("xtra") == std::string_view::npos) {
      leave(text.data());
    }
  }

  void read(png_structp png, png_bytep to, std::size_t count) {
    if (count > rest_.size()) {
      png_error(png, "the file ends within its pixel data");
    }
    std::copy_n(rest_.data(), count, to);
    rest_ = rest_.subspan(count);
  }

  std::span<const std::uint8_t> rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf way_out_{};
  std::array<char, 128> reason_{};
};

[[noreturn]] void fail(const ByteSource& source, const PngReader& reader) {
  source.fail(fmt::format("damaged or incomplete PNG data: {}", reader.reason()));
}

/// RGB or RGBA of indices.
cv::Mat coloured(const ByteSource& source, const cv::Mat& indices,
                 const std::vector<cv::Vec4b>& palette, bool with_alpha) {
  cv::Mat image(indices.size(), CV_8UC4);
  for (int y = 0; y < indices.rows; ++y) {
    for (int x = 0; x < indices.cols; ++x) {
      const std::size_t index = indices.at<std::uint8_t>(y, x);
      if (index >= palette.size()) {
        source.fail(fmt::format("damaged: its pixel x={} y={} has colour {} of {}", x, y, index,
                                palette.size()));
      }
      image.at<cv::Vec4b>(y, x) = palette[index];
    }
  }
  if (with_alpha) {
    return image;
  }
  cv::Mat rgb;
  cv::cvtColor(image, rgb, cv::COLOR_RGBA2RGB);
  return rgb;
}

}  // namespace

cv::Mat decode_any_png(const ByteSource& source, std::span<const std::uint8_t> png) {
  PngReader reader(png);
  if (!reader.start()) {
    fail(source, reader);
  }
  cv::Mat image(reader.height(), reader.width(), CV_MAKETYPE(reader.depth(), reader.channels()));
  if (reader.row_bytes() != image.step) {
    source.fail("PNG of this kind is not supported");
  }
  std::vector<std::uint8_t*> rows;
  for (int y = 0; y < image.rows; ++y) {
    rows.push_back(image.ptr(y));
  }
  if (!reader.read(rows.data())) {
    fail(source, reader);
  }
  return image.channels() == 1
             ? coloured(source, image, reader.palette(), reader.has_transparent_colours())
             : image;
}

}  // namespace sr
