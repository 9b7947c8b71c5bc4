#include "image/tiff_pixels.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "image/inflate.h"

namespace sr {
namespace {

/// The bytes as the library's file, and the first sign of damage that it has given.
struct Input {
  std::span<const std::uint8_t> bytes;
  std::uint64_t position = 0;
  std::string error;
};

tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t size) {
  Input& input = *static_cast<Input*>(handle);
  const std::uint64_t rest =
      input.bytes.size() - std::min<std::uint64_t>(input.position, input.bytes.size());
  const std::uint64_t count =
      std::min(rest, static_cast<std::uint64_t>(std::max<tmsize_t>(size, 0)));
  std::copy_n(input.bytes.data() + (input.bytes.size() - rest), count,
              static_cast<std::uint8_t*>(to));
  input.position += count;
  return static_cast<tmsize_t>(count);
}

toff_t seek(thandle_t handle, toff_t offset, int origin) {
  Input& input = *static_cast<Input*>(handle);
  input.position = origin == SEEK_SET   ? offset
                   : origin == SEEK_CUR ? input.position + offset
                                        : input.bytes.size() + offset;
  return input.position;
}

int map_bytes(thandle_t handle, void** base, toff_t* size) {
  const Input& input = *static_cast<Input*>(handle);
  *base = const_cast<std::uint8_t*>(input.bytes.data());  // opened for reading: only read
  *size = input.bytes.size();
  return 1;
}

std::string formatted(const char* format, va_list arguments) {
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  return text.data();
}

/// Warnings are mostly of tags that nobody needs; these are of pixels: what libjpeg guessed, codes
/// of a fax line or a PackBits run that do not fit it.
bool is_damage(std::string_view module, std::string_view warning) {
  if (module == "JPEGLib") {
    return warning.find("orrupt") != std::string_view::npos ||
           warning.find("remature") != std::string_view::npos;
  }
  return module.starts_with("Fax") || warning.starts_with("Discarding");
}

void note(Input& input, std::string text) {
  if (input.error.empty()) {
    input.error = std::move(text);
  }
}

int on_error(TIFF*, void* input, const char*, const char* format, va_list arguments) {
  note(*static_cast<Input*>(input), formatted(format, arguments));
  return 1;
}

int on_warning(TIFF*, void* input, const char* module, const char* format, va_list arguments) {
  std::string text = formatted(format, arguments);
  if (is_damage(module == nullptr ? "" : module, text)) {
    note(*static_cast<Input*>(input), std::move(text));
  }
  return 1;
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffFile = std::unique_ptr<TIFF, Close>;

TiffFile open_tiff(Input& input, std::int64_t most_bytes) {
  struct Free {
    void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
  };
  const std::unique_ptr<TIFFOpenOptions, Free> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), most_bytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &input);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &input);
  return TiffFile(TIFFClientOpenExt(
      "", "r", &input, read_bytes, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, seek,
      [](thandle_t) { return 0; },
      [](thandle_t handle) -> toff_t { return static_cast<Input*>(handle)->bytes.size(); },
      map_bytes, [](thandle_t, void*, toff_t) {}, options.get()));
}

template <typename Value>
Value field(TIFF* tiff, std::uint32_t tag) {
  Value value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

/// How the pixels of a gray or RGB image of whole bytes lie.
struct Layout {
  int width = 0, height = 0, samples = 1;
  bool gray = false;
  int depth = CV_8U;
  bool planes = false;
  bool tiled = false;
  int block_width = 0, block_height = 0;  ///< of a strip or tile
  bool multiplied = false;                ///< the colours, by alpha

  int channels_of_block() const { return planes ? 1 : samples; }
  int colours() const { return gray ? 1 : 3; }
  bool alpha() const { return samples > colours(); }
};

/// "Associated alpha" (TIFF 6.0 section 18): the first sample behind the colours says it.
bool has_multiplied_colours(TIFF* tiff) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  return TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1 && count > 0 &&
         kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

/// One sample of a colour, divided by alpha; in range where it was not above alpha.
std::uint32_t divided(std::uint32_t colour, std::uint32_t alpha, std::uint32_t most) {
  return std::min(most, (colour * most + alpha / 2) / alpha);
}
float divided(float colour, float alpha, float) {
  return colour / alpha;
}

/// Makes the colours of RGBA what they were before they were multiplied by alpha. Where alpha is 0
/// they are lost and stay as stored. `Wide` holds the square of `most`, which alpha is where
/// nothing shines through.
template <typename Sample, typename Wide>
void divide_by_alpha(cv::Mat& rgba, Wide most) {
  for (int y = 0; y < rgba.rows; ++y) {
    auto* const row = rgba.ptr<cv::Vec<Sample, 4>>(y);
    for (int x = 0; x < rgba.cols; ++x) {
      const Wide alpha = row[x][3];
      for (int c = 0; c < 3 && alpha > 0; ++c) {
        row[x][c] = static_cast<Sample>(divided(Wide{row[x][c]}, alpha, most));
      }
    }
  }
}

void divide_by_alpha(cv::Mat& rgba) {
  switch (rgba.depth()) {
    case CV_8U:
      return divide_by_alpha<std::uint8_t, std::uint32_t>(rgba, 255);
    case CV_16U:
      return divide_by_alpha<std::uint16_t, std::uint32_t>(rgba, 65535);
    default:
      return divide_by_alpha<float, float>(rgba, 1);
  }
}

Layout layout_of(TIFF* tiff) {
  Layout layout;
  layout.width = static_cast<int>(field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH));
  layout.height = static_cast<int>(field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH));
  layout.samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  layout.gray = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_MINISBLACK;
  const int bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  layout.depth = bits == 8 ? CV_8U : bits == 16 ? CV_16U : bits == 32 ? CV_32F : CV_64F;
  layout.planes = field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  layout.multiplied = has_multiplied_colours(tiff);
  layout.tiled = TIFFIsTiled(tiff) != 0;
  if (layout.tiled) {
    layout.block_width = static_cast<int>(field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH));
    layout.block_height = static_cast<int>(field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH));
  } else {
    layout.block_width = layout.width;
    layout.block_height =
        static_cast<int>(std::min<std::uint32_t>(field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP),
                                                 static_cast<std::uint32_t>(layout.height)));
  }
  return layout;
}

/// Compressions that know the predictor's tag; asking others for it is an error.
bool has_predictor(TIFF* tiff) {
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  return compression == COMPRESSION_LZW || compression == COMPRESSION_ADOBE_DEFLATE ||
         compression == COMPRESSION_DEFLATE;
}

/// libtiff stops when it has its bytes and never looks at the checksum of a Deflate stream, so
/// damage inside one would pass as pixels. False for such a strip or tile; `size` is what it
/// unpacks to.
bool has_sound_stream(TIFF* tiff, const Input& input, std::uint32_t block, std::size_t size) {
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  if ((compression != COMPRESSION_ADOBE_DEFLATE && compression != COMPRESSION_DEFLATE) ||
      field<std::uint16_t>(tiff, TIFFTAG_FILLORDER) != FILLORDER_MSB2LSB) {
    return true;
  }
  const std::uint64_t length = TIFFGetStrileByteCount(tiff, block);
  std::vector<std::uint8_t> packed(std::min<std::uint64_t>(length, input.bytes.size()));
  const auto bytes = static_cast<tmsize_t>(packed.size());
  const tmsize_t count = TIFFIsTiled(tiff) != 0
                             ? TIFFReadRawTile(tiff, block, packed.data(), bytes)
                             : TIFFReadRawStrip(tiff, block, packed.data(), bytes);
  // Some writers fill up the last strip.
  return count == bytes && !inflate_at_most(packed, 2 * size).empty();
}

class BlockReader {
 public:
  BlockReader(const ByteSource& source, TIFF* tiff, const Input& input, std::int64_t most_bytes)
      : source_(source), tiff_(tiff), input_(input), layout_(layout_of(tiff)) {
    std::uint16_t predictor = PREDICTOR_NONE;
    if (layout_.depth >= CV_32F && TIFFIsByteSwapped(tiff) != 0 && has_predictor(tiff) &&
        TIFFGetField(tiff, TIFFTAG_PREDICTOR, &predictor) == 1 &&
        predictor == PREDICTOR_FLOATINGPOINT) {
      source.fail("a big-endian TIFF with the floating-point predictor is not supported");
    }
    const std::int64_t block = layout_.tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    if (block <= 0 || block > most_bytes || layout_.block_width <= 0 || layout_.block_height <= 0) {
      source.fail("damaged: its TIFF directory describes strips or tiles that cannot be");
    }
    buffer_.resize(static_cast<std::size_t>(block));
  }

  cv::Mat read() {
    std::vector<cv::Mat> planes;
    const int planes_read = layout_.planes ? layout_.samples : 1;
    for (int plane = 0; plane < planes_read; ++plane) {
      planes.push_back(read_plane(plane));
    }
    cv::Mat image = planes.front();
    if (planes.size() > 1) {
      cv::merge(planes, image);
    }
    return to_rgb(image);
  }

 private:
  cv::Mat read_plane(int plane) {
    cv::Mat image(layout_.height, layout_.width,
                  CV_MAKETYPE(layout_.depth, layout_.channels_of_block()));
    for (int y = 0; y < layout_.height; y += layout_.block_height) {
      for (int x = 0; x < layout_.width; x += layout_.block_width) {
        read_block(image, x, y, static_cast<std::uint16_t>(plane));
      }
    }
    return image;
  }

  void read_block(cv::Mat& image, int x, int y, std::uint16_t plane) {
    const cv::Rect area(x, y, std::min(layout_.block_width, layout_.width - x),
                        std::min(layout_.block_height, layout_.height - y));
    const auto ux = static_cast<std::uint32_t>(x);
    const auto uy = static_cast<std::uint32_t>(y);
    const std::size_t row = static_cast<std::size_t>(layout_.block_width) * image.elemSize();
    const auto size = static_cast<tmsize_t>(buffer_.size());
    const tmsize_t count =
        layout_.tiled
            ? TIFFReadEncodedTile(tiff_, TIFFComputeTile(tiff_, ux, uy, 0, plane), buffer_.data(),
                                  size)
            : TIFFReadEncodedStrip(tiff_, TIFFComputeStrip(tiff_, uy, plane), buffer_.data(), size);
    const std::size_t needed = row * static_cast<std::size_t>(area.height);
    if (count < 0 || static_cast<std::size_t>(count) < needed || !input_.error.empty()) {
      source_.fail(fmt::format("damaged or incomplete pixel data at row {}{}{}", y,
                               input_.error.empty() ? "" : ": ", input_.error));
    }
    if (const std::uint32_t block = layout_.tiled ? TIFFComputeTile(tiff_, ux, uy, 0, plane)
                                                  : TIFFComputeStrip(tiff_, uy, plane);
        !has_sound_stream(tiff_, input_, block, buffer_.size())) {
      source_.fail(
          fmt::format("damaged or incomplete pixel data at row {}: its checksum does not hold", y));
    }
    for (int i = 0; i < area.height; ++i) {
      std::memcpy(image.ptr(y + i, x), buffer_.data() + row * static_cast<std::size_t>(i),
                  static_cast<std::size_t>(area.width) * image.elemSize());
    }
  }

  /// RGB or RGBA; of more samples the first ones.
  cv::Mat to_rgb(const cv::Mat& image) const {
    cv::Mat rgb(image.size(), CV_MAKETYPE(image.depth(), layout_.alpha() ? 4 : 3));
    const int last = layout_.colours() - 1;
    std::vector<int> from_to{0, 0, std::min(1, last), 1, std::min(2, last), 2};
    if (layout_.alpha()) {
      from_to.insert(from_to.end(), {last + 1, 3});
    }
    cv::mixChannels(std::vector<cv::Mat>{image}, std::vector<cv::Mat>{rgb}, from_to);
    if (rgb.depth() == CV_64F) {
      rgb.convertTo(rgb, CV_32F);
    }
    if (layout_.alpha() && layout_.multiplied) {
      divide_by_alpha(rgb);
    }
    return rgb;
  }

  const ByteSource& source_;
  TIFF* tiff_;
  const Input& input_;
  Layout layout_;
  std::vector<std::uint8_t> buffer_;
};

/// Palettes, samples below 8 bits, white as 0, YCbCr: by the library's own conversion to 8-bit RGB.
cv::Mat read_converted(const ByteSource& source, TIFF* tiff, const Input& input) {
  if (has_multiplied_colours(tiff)) {
    source.fail("TIFF of this kind with colours multiplied by alpha is not supported");
  }
  std::array<char, 1024> reason{};
  TIFFRGBAImage reader{};
  constexpr int kStopOnError = 1;
  if (TIFFRGBAImageOK(tiff, reason.data()) == 0 ||
      TIFFRGBAImageBegin(&reader, tiff, kStopOnError, reason.data()) == 0) {
    source.fail(fmt::format("TIFF of this kind is not supported: {}", reason.data()));
  }
  reader.req_orientation = reader.orientation;  // as stored
  cv::Mat rgba(static_cast<int>(reader.height), static_cast<int>(reader.width), CV_8UC4);
  const bool whole =
      TIFFRGBAImageGet(&reader, rgba.ptr<std::uint32_t>(), reader.width, reader.height) != 0;
  TIFFRGBAImageEnd(&reader);
  if (!whole || !input.error.empty()) {
    source.fail(fmt::format("damaged or incomplete pixel data{}{}", input.error.empty() ? "" : ": ",
                            input.error));
  }
  const tmsize_t block = TIFFIsTiled(tiff) != 0 ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  const std::uint32_t blocks =
      TIFFIsTiled(tiff) != 0 ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    if (!has_sound_stream(tiff, input, i, static_cast<std::size_t>(block))) {
      source.fail(fmt::format(
          "damaged or incomplete pixel data: the checksum of strip or tile {} does not hold", i));
    }
  }
  cv::Mat rgb;
  cv::cvtColor(rgba, rgb, cv::COLOR_RGBA2RGB);
  return rgb;
}

}  // namespace

cv::Mat decode_tiff(const ByteSource& source, std::span<const std::uint8_t> bytes,
                    std::int64_t most_bytes) {
  Input input{bytes, 0, {}};
  const TiffFile file = open_tiff(input, most_bytes);
  TIFF* const tiff = file.get();
  if (tiff == nullptr) {
    source.fail(fmt::format("damaged TIFF: {}", input.error));
  }
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  if (TIFFIsCODECConfigured(compression) == 0) {
    source.fail(fmt::format("TIFF compression {} is not supported", compression));
  }
  input.error.clear();  // of tags that were passed over
  const auto photometric = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC);
  const bool plain = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_RGB;
  if (plain && field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE) >= 8) {
    return BlockReader(source, tiff, input, most_bytes).read();
  }
  return read_converted(source, tiff, input);
}

}  // namespace sr
