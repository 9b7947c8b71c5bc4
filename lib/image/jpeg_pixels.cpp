#include "image/jpeg_pixels.h"

#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>  // needs cstdio before it

#include <jerror.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sr {
namespace {

/// A progressive file of more scans than any encoder writes is made to keep a decoder busy.
constexpr int kMostScans = 500;
/// Before 2.1 some kinds of JPEG came out wrong in part, or crashed.
constexpr bool kLeavesOutWell = LIBJPEG_TURBO_VERSION_NUMBER >= 2001000;
/// What a camera puts between the last code and the end marker: a few equal bytes.
constexpr int kMostPadding = 16;

/// The library behind two calls. It leaves them by longjmp, so that nothing with a destructor may
/// live in a frame between setjmp and the library.
class JpegReader {
 public:
  explicit JpegReader(std::span<const std::uint8_t> bytes) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) { self(info).leave_with_message(); };
    errors_.emit_message = [](j_common_ptr info, int level) {
      if (level < 0 && self(info).is_damage()) {
        self(info).leave_with_message();
      }
    };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr info) { self(info).on_progress(); };
    begin_ = bytes.data();
    created_ = create(bytes);
  }
  ~JpegReader() {
    if (created_) {
      jpeg_destroy_decompress(&info_);
    }
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Up to the first row. False: see reason().
  bool start() {
    if (!created_ || setjmp(way_out_) != 0) {
      return false;
    }
    jpeg_read_header(&info_, TRUE);
    info_.out_color_space = info_.num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info_);
    return true;
  }

  int width() const { return static_cast<int>(info_.output_width); }
  int height() const { return static_cast<int>(info_.output_height); }
  int channels() const { return info_.output_components; }

  bool read_row(std::uint8_t* to) {
    if (setjmp(way_out_) != 0) {
      return false;
    }
    while (jpeg_read_scanlines(&info_, &to, 1) != 1) {
    }
    return true;
  }

  /// Whether the calls below leave out pixels without a trace in others.
  bool can_leave_out() {
    const jpeg_component_info* parts = info_.comp_info;
    const auto is_single = [](const jpeg_component_info& part) {
      return part.h_samp_factor == 1 && part.v_samp_factor == 1;
    };
    const bool common = info_.num_components == 3 ? is_single(parts[1]) && is_single(parts[2])
                                                  : info_.num_components == 1 && is_single(*parts);
    return kLeavesOutWell && common && info_.arith_code == FALSE &&
           jpeg_has_multiple_scans(&info_) == FALSE;
  }
  /// The sides of what is coded together, pixels.
  cv::Size unit() const {
    return {info_.max_h_samp_factor * DCTSIZE, info_.max_v_samp_factor * DCTSIZE};
  }
  /// Before the first row: rows have these columns alone. `left` becomes the beginning of its unit.
  bool narrow(JDIMENSION& left, JDIMENSION& width) {
    if (setjmp(way_out_) != 0) {
      return false;
    }
    jpeg_crop_scanline(&info_, &left, &width);
    return true;
  }
  /// Reads the codes of the rows up to this one, which is not the last, and nothing more.
  bool skip_to(int row) {
    if (setjmp(way_out_) != 0) {
      return false;
    }
    const auto target = static_cast<JDIMENSION>(row);
    if (target > info_.output_scanline) {
      jpeg_skip_scanlines(&info_, target - info_.output_scanline);
    }
    return true;
  }

  /// Looks at what lies between the last row and the end marker.
  bool finish() {
    if (setjmp(way_out_) != 0) {
      return false;
    }
    const bool complete = has_all_scans();
    if (!complete) {
      std::snprintf(reason_.data(), reason_.size(), "it ends before its last scan");
    }
    jpeg_finish_decompress(&info_);
    return complete;
  }

  const char* reason() const { return reason_.data(); }

 private:
  static JpegReader& self(j_common_ptr info) {
    return *static_cast<JpegReader*>(info->client_data);
  }

  bool create(std::span<const std::uint8_t> bytes) {
    if (setjmp(way_out_) != 0) {
      return false;
    }
    info_.client_data = this;
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    jpeg_mem_src(&info_, bytes.data(), bytes.size());
    return true;
  }

  [[noreturn]] void leave_with_message() {
    (*errors_.format_message)(reinterpret_cast<j_common_ptr>(&info_), reason_.data());
    std::longjmp(way_out_, 1);
  }

  /// Called at least once in each scan of a file of several.
  void on_progress() {
    for (int i = 0; i < info_.comps_in_scan; ++i) {
      seen_ |= 1U << static_cast<unsigned>(info_.cur_comp_info[i]->component_index);
    }
    if (info_.input_scan_number > kMostScans) {
      std::snprintf(reason_.data(), reason_.size(), "more than %d scans", kMostScans);
      std::longjmp(way_out_, 1);
    }
  }

  /// Of a file that was cut between two scans, and ended properly then, the library makes a picture
  /// that lacks colour or detail, without a warning.
  bool has_all_scans() const {
    if (info_.coef_bits != nullptr) {  // progressive: bits of each coefficient not yet known
      for (int component = 0; component < info_.num_components; ++component) {
        const auto& bits = info_.coef_bits[component];
        if (std::any_of(std::begin(bits), std::end(bits), [](int b) { return b != 0; })) {
          return false;
        }
      }
      return true;
    }
    const unsigned all = (1U << static_cast<unsigned>(info_.num_components)) - 1;
    return info_.comps_in_scan == info_.num_components || seen_ == all;
  }

  /// Most warnings mean that pixels were guessed. These do not: labels that the library does not
  /// know or need (Adobe's transform, JFIF's version, spectral selection of a sequential scan, an
  /// ICC segment), and padding in front of the end marker.
  bool is_damage() const {
    switch (errors_.msg_code) {
      case JWRN_ADOBE_XFORM:
      case JWRN_JFIF_MAJOR:
      case JWRN_NOT_SEQUENTIAL:
      case JWRN_BOGUS_ICC:
        return false;
      case JWRN_EXTRANEOUS_DATA:
        return !is_padding(errors_.msg_parm.i[0], errors_.msg_parm.i[1]);
      default:
        return true;
    }
  }

  /// The bytes that were passed over lie in front of the marker just read.
  bool is_padding(int count, int marker) const {
    const std::uint8_t* end = info_.src->next_input_byte - 1;
    while (end > begin_ && end[-1] == 0xff) {
      --end;
    }
    if (marker != JPEG_EOI || count > kMostPadding || end - begin_ < count) {
      return false;
    }
    return std::all_of(end - count, end, [&](std::uint8_t byte) { return byte == end[-1]; });
  }

  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf way_out_{};
  std::array<char, JMSG_LENGTH_MAX> reason_{};
  const std::uint8_t* begin_ = nullptr;
  unsigned seen_ = 0;  ///< components that a scan had, one bit each
  bool created_ = false;
};

[[noreturn]] void fail(const ByteSource& source, const JpegReader& reader) {
  constexpr std::string_view kPrefix = "Corrupt JPEG data: ";
  std::string_view reason = reader.reason();
  if (reason.starts_with(kPrefix)) {
    reason.remove_prefix(kPrefix.size());
  }
  source.fail(fmt::format("damaged or incomplete JPEG data: {}", reason));
}

/// Inks are stored inverted: 255 is none.
void multiply_out(const std::vector<std::uint8_t>& cmyk, std::uint8_t* rgb) {
  for (std::size_t i = 0; i + 3 < cmyk.size(); i += 4) {
    for (std::size_t c = 0; c < 3; ++c) {
      *rgb++ = static_cast<std::uint8_t>((cmyk[i + c] * cmyk[i + 3] + 127) / 255);
    }
  }
}

cv::Mat read_all(const ByteSource& source, JpegReader& reader) {
  cv::Mat image(reader.height(), reader.width(), CV_8UC3);
  std::vector<std::uint8_t> inks(reader.channels() == 4 ? image.cols * std::size_t{4} : 0);
  for (int y = 0; y < image.rows; ++y) {
    if (!reader.read_row(inks.empty() ? image.ptr(y) : inks.data())) {
      fail(source, reader);
    }
    multiply_out(inks, image.ptr(y));
  }
  if (!reader.finish()) {
    fail(source, reader);
  }
  return image;
}

/// Decodes one unit more at each side: at the borders of what it decodes the library interpolates
/// colours without the neighbours that they have in the whole image.
cv::Mat read_part(const ByteSource& source, JpegReader& reader, const cv::Rect& wanted,
                  CodesBehind behind) {
  const cv::Size unit = reader.unit();
  const int height = reader.height();
  const int first_row = std::max(0, wanted.y / unit.height - 1) * unit.height;
  const int end_row = std::min(height, ((wanted.br().y - 1) / unit.height + 2) * unit.height);
  const int end_column = std::min(reader.width(), wanted.br().x + unit.width);
  auto left = static_cast<JDIMENSION>(std::max(0, wanted.x - unit.width));
  auto width = static_cast<JDIMENSION>(end_column) - left;
  bool good = reader.narrow(left, width) && reader.skip_to(first_row);

  const cv::Rect columns(wanted.x - static_cast<int>(left), 0, wanted.width, 1);
  cv::Mat row(1, static_cast<int>(width), CV_8UC3);
  cv::Mat part(wanted.size(), CV_8UC3);
  for (int y = first_row; good && y < end_row; ++y) {
    good = reader.read_row(row.ptr());
    if (y >= wanted.y && y < wanted.br().y) {
      row(columns).copyTo(part.row(y - wanted.y));
    }
  }
  if (good && behind == CodesBehind::kLeave) {
    return part;
  }
  // Skipping the last row as well would end the decoder before it has read the codes.
  good = good && reader.skip_to(height - 1);
  if (good && end_row < height) {
    good = reader.read_row(row.ptr());
  }
  if (!good || !reader.finish()) {
    fail(source, reader);
  }
  return part;
}

}  // namespace

cv::Mat decode_jpeg(const ByteSource& source, std::span<const std::uint8_t> bytes) {
  JpegReader reader(bytes);
  if (!reader.start()) {
    fail(source, reader);
  }
  return read_all(source, reader);
}

ImagePart decode_jpeg_part(const ByteSource& source, std::span<const std::uint8_t> bytes,
                           const cv::Rect& wanted, CodesBehind behind) {
  JpegReader reader(bytes);
  if (!reader.start()) {
    fail(source, reader);
  }
  const cv::Size whole(reader.width(), reader.height());
  const bool inside = (wanted & cv::Rect(cv::Point(0, 0), whole)) == wanted && !wanted.empty();
  if (!inside || !reader.can_leave_out()) {
    return read_all(source, reader);
  }
  return {read_part(source, reader, wanted, behind), wanted.tl(), whole};
}

}  // namespace sr
