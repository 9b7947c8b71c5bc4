#include "image/png_general.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>
#include <cstdio>
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

  /// Reads up to the pixels and asks for RGB or RGBA. False: see reason().
  bool start() {
    if (info_ == nullptr || setjmp(way_out_) != 0) {
      return false;
    }
    png_set_read_fn(png_, this, [](png_structp png, png_bytep to, std::size_t count) {
      self(png).read(png, to, count);
    });
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // checked already
    png_read_info(png_, info_);
    png_set_expand(png_);  // palettes, bits below 8, transparent colours
    png_set_gray_to_rgb(png_);
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
  return image;
}

}  // namespace sr
