#include "image/png_gray_alpha.h"

#include <png.h>
#include <zlib.h>

#include <bit>
#include <csetjmp>
#include <new>

#include <opencv2/core.hpp>

namespace sr {
namespace {

/// libpng behind one call. It leaves it by longjmp, so that nothing with a destructor may live in a
/// frame between setjmp and the library.
class PngWriter {
 public:
  PngWriter() {
    png_ = png_create_write_struct(
        PNG_LIBPNG_VER_STRING, this,
        [](png_structp png, png_const_charp /*text*/) { std::longjmp(self(png).way_out_, 1); },
        [](png_structp /*png*/, png_const_charp /*text*/) {});
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
  }
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  /// False when there is not enough memory.
  bool write(const cv::Mat& pixels) {
    if (info_ == nullptr || setjmp(way_out_) != 0) {
      return false;
    }
    png_set_write_fn(
        png_, this,
        [](png_structp png, png_bytep from, std::size_t count) {
          if (!self(png).take(from, count)) {
            png_error(png, "no memory");
          }
        },
        nullptr);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(pixels.cols),
                 static_cast<png_uint_32>(pixels.rows), pixels.depth() == CV_16U ? 16 : 8,
                 PNG_COLOR_TYPE_GRAY_ALPHA, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    // As OpenCV writes those of other channels.
    png_set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_level(png_, Z_BEST_SPEED);
    png_set_compression_strategy(png_, Z_RLE);
    png_write_info(png_, info_);
    if constexpr (std::endian::native == std::endian::little) {
      png_set_swap(png_);
    }
    for (int y = 0; y < pixels.rows; ++y) {
      png_write_row(png_, pixels.ptr(y));
    }
    png_write_end(png_, info_);
    return true;
  }

  std::vector<std::uint8_t> bytes;

 private:
  static PngWriter& self(png_structp png) {
    return *static_cast<PngWriter*>(png_get_error_ptr(png));
  }

  bool take(const std::uint8_t* from, std::size_t count) noexcept {
    try {
      bytes.insert(bytes.end(), from, from + count);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf way_out_{};
};

}  // namespace

std::vector<std::uint8_t> encode_gray_alpha_png(const cv::Mat& pixels) {
  PngWriter writer;
  if (!writer.write(pixels)) {
    throw std::bad_alloc();
  }
  return std::move(writer.bytes);
}

}  // namespace sr
