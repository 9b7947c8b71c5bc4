#include "image/video_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include "core/error.h"
#include "core/path_status.h"
#include "image/header.h"
#include "image/jpeg_pixels.h"
#include "image/video_container.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// Failed reads, or frames, in a row after which a file has ended.
constexpr int kMostFailures = 64;

template <auto release>
struct Release {
  template <typename Object>
  void operator()(Object* object) const {
    release(&object);
  }
};
struct ReleaseScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

/// Running out of memory is not the file's fault.
int checked(int result) {
  if (result == AVERROR(ENOMEM)) {
    throw std::bad_alloc();
  }
  return result;
}

const AVInputFormat* format_of(const fs::path& file) {
  FileSource source(file);
  const std::string_view container = sniff_container(source);
  return av_find_input_format(container == "mp4" ? "mov" : container == "mkv" ? "matroska" : "avi");
}

/// Codecs whose own data say how large a picture is, so that a header that lies is found by it. The
/// others, FFV1 and raw video among them, cut rows out of their data by what the container says.
bool says_its_size(AVCodecID codec) {
  static constexpr std::array kCodecs = {
      AV_CODEC_ID_AV1,        AV_CODEC_ID_DNXHD,      AV_CODEC_ID_DVVIDEO,  AV_CODEC_ID_H263,
      AV_CODEC_ID_H264,       AV_CODEC_ID_HEVC,       AV_CODEC_ID_JPEG2000, AV_CODEC_ID_MJPEG,
      AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4,    AV_CODEC_ID_PNG,
      AV_CODEC_ID_PRORES,     AV_CODEC_ID_THEORA,     AV_CODEC_ID_VP8,      AV_CODEC_ID_VP9};
  return std::find(kCodecs.begin(), kCodecs.end(), codec) != kCodecs.end();
}

/// Of the first picture in a packet, as its frame header says; 0 where there is none.
int lines_of_jpeg(const AVPacket& packet) {
  constexpr int kStartOfScan = 0xDA;
  const auto byte = [&](int at) { return static_cast<int>(packet.data[at]); };
  for (int at = 2; at + 6 < packet.size && byte(at) == 0xFF;) {
    const int marker = byte(at + 1);
    if (marker >= 0xC0 && marker <= 0xC2) {
      return byte(at + 5) << 8 | byte(at + 6);
    }
    if (marker == kStartOfScan) {
      break;
    }
    at += 2 + (byte(at + 2) << 8 | byte(at + 3));
  }
  return 0;
}

bool is_sound_jpeg(std::span<const std::uint8_t> bytes) {
  try {
    decode_jpeg(MemorySource("", bytes), bytes);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

/// True for zeros in the middle of a frame's data, which FFmpeg's decoders of these codecs take for
/// codes. None of their coders writes so many in a row, but for Huffman codes of one even area.
bool has_hole(AVCodecID codec, std::span<const std::uint8_t> bytes) {
  constexpr int kFewestZeros = 128;
  switch (codec) {
    case AV_CODEC_ID_FFV1:
    case AV_CODEC_ID_MJPEG:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
      return std::search_n(bytes.begin(), bytes.end(), kFewestZeros, 0) != bytes.end() &&
             (codec != AV_CODEC_ID_MJPEG || !is_sound_jpeg(bytes));
    default:
      return false;
  }
}

}  // namespace

struct VideoDecoder::Impl {
  fs::path file;
  std::unique_ptr<AVFormatContext, Release<avformat_close_input>> input;
  std::unique_ptr<AVCodecContext, Release<avcodec_free_context>> codec;
  std::unique_ptr<AVPacket, Release<av_packet_free>> packet{av_packet_alloc()};
  std::unique_ptr<AVFrame, Release<av_frame_free>> frame{av_frame_alloc()};
  std::unique_ptr<AVFrame, Release<av_frame_free>> converted{av_frame_alloc()};
  std::unique_ptr<SwsContext, ReleaseScaler> scaler;
  AVStream* stream = nullptr;
  std::int64_t number = -1;  ///< of the frame gone to
  bool drained = false;      ///< no packet is left to be read
  int packets = 0;           ///< given to the decoder for the next frame
  int packet_bytes = 0;      ///< of the last one
  int jpeg_lines = 0;        ///< of the last one, if it is a JPEG
  bool holed = false;        ///< of the packets given for the next frame, one
  bool damaged = false;      ///< what follows the last frame that is coded by itself may be wrong

  [[noreturn]] void fail(const std::string& reason) const {
    throw DataError(file.string() + ": " + reason);
  }

  void open_input() {
    // The library writes what it thinks of a damaged file to stderr, without its name. Each time:
    // OpenCV's writer sets another level.
    av_log_set_level(AV_LOG_QUIET);
    AVFormatContext* context = nullptr;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    const std::string url = "file:" + absolute_path(file).string();
    const int result = avformat_open_input(&context, url.c_str(), format_of(file), &options);
    av_dict_free(&options);
    input.reset(context);
    if (checked(result) < 0 || checked(avformat_find_stream_info(context, nullptr)) < 0) {
      fail("holds no video stream that can be decoded");
    }
    for (unsigned i = 0; i < context->nb_streams && stream == nullptr; ++i) {
      AVStream* const candidate = context->streams[i];
      const bool cover = (candidate->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
      if (candidate->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover) {
        stream = candidate;
      } else {
        candidate->discard = AVDISCARD_ALL;
      }
    }
  }

  void open_codec(int threads) {
    const AVCodec* const decoder =
        stream == nullptr ? nullptr : avcodec_find_decoder(stream->codecpar->codec_id);
    if (decoder == nullptr) {
      fail("holds no video stream that can be decoded");
    }
    codec.reset(avcodec_alloc_context3(decoder));
    if (!codec || !packet || !frame || !converted) {
      throw std::bad_alloc();
    }
    codec->thread_count = threads;
    codec->max_pixels = kMaxPixels;
    codec->pkt_timebase = stream->time_base;
    if (checked(avcodec_parameters_to_context(codec.get(), stream->codecpar)) < 0 ||
        checked(avcodec_open2(codec.get(), decoder, nullptr)) < 0) {
      fail("holds no video stream that can be decoded");
    }
  }

  /// An avi says its sides in two places, which must agree where nothing else tells them.
  void check_header() const {
    const AVCodecParameters& stream_says = *stream->codecpar;
    if (says_its_size(stream_says.codec_id)) {
      return;
    }
    FileSource source(file);
    const auto sides = avi_main_sides(source);
    const auto height = static_cast<std::uint32_t>(stream_says.height);  // below 0: rows go down
    if (sides && (sides->first != static_cast<std::uint32_t>(stream_says.width) ||
                  sides->second != (stream_says.height < 0 ? 0U - height : height))) {
      fail(fmt::format("damaged: its main header says {}x{} pixels, that of its stream {}x{}",
                       sides->first, sides->second, stream_says.width, stream_says.height));
    }
  }

  /// Gives the decoder the next packet, or the end.
  void feed() {
    for (int failures = 0; failures < kMostFailures;) {
      const int result = checked(av_read_frame(input.get(), packet.get()));
      if (result == AVERROR_EOF) {
        break;
      }
      if (result < 0) {
        ++failures;
        continue;
      }
      const bool ours = packet->stream_index == stream->index;
      if (ours) {
        ++packets;
        packet_bytes = packet->size;
        jpeg_lines = codec->codec_id == AV_CODEC_ID_MJPEG ? lines_of_jpeg(*packet) : 0;
        const bool rejected =
            checked(avcodec_send_packet(codec.get(), packet.get())) == AVERROR_INVALIDDATA;
        damaged |= rejected;
        holed |= !rejected &&
                 has_hole(codec->codec_id, {packet->data, static_cast<std::size_t>(packet->size)});
      }
      av_packet_unref(packet.get());
      if (ours) {
        return;
      }
    }
    drained = true;
    avcodec_send_packet(codec.get(), nullptr);
  }

  bool next() {
    for (int failures = 0; failures < kMostFailures;) {
      const int result = checked(avcodec_receive_frame(codec.get(), frame.get()));
      if (result == 0) {
        ++number;
        const bool guessed =
            holed || frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
        damaged = guessed || (damaged && frame->pict_type != AV_PICTURE_TYPE_I);
        check_size();
        check_fields();
        check_rows();
        holed = false;
        packets = 0;
        return true;
      }
      if (result == AVERROR_EOF) {
        return false;
      }
      failures += drained ? 1 : 0;
      if (!drained) {
        feed();
      }
    }
    return false;
  }

  /// Of every frame, before its pixels are looked at.
  void check_size() const {
    const AVCodecParameters& claimed = *stream->codecpar;
    if (frame->width != claimed.width || frame->height != claimed.height) {
      fail(number == 0 ? fmt::format("damaged: its header says {}x{} pixels, its frames have {}x{}",
                                     claimed.width, claimed.height, frame->width, frame->height)
                       : fmt::format("frame {} is {}x{}, the frames before are {}x{}", number,
                                     frame->width, frame->height, claimed.width, claimed.height));
    }
    if (frame->width <= 0 || frame->height <= 0 || frame->width > kMaxSide ||
        frame->height > kMaxSide) {
      fail(fmt::format("frame {} is {}x{}", number, frame->width, frame->height));
    }
  }

  /// Motion JPEG tells by the container's height alone that a picture comes in two fields, which
  /// then lie in one packet. From a header that lies, the decoder weaves two pictures into one.
  void check_fields() const {
    if (packets > 1 && jpeg_lines > 0 && frame->height == 2 * jpeg_lines) {
      fail(fmt::format("damaged: its header says more than the {} lines that its pictures have",
                       jpeg_lines));
    }
  }

  /// Raw video has no size but the header's: more rows than it says are rows cut wrongly.
  void check_rows() const {
    constexpr int kRowAlignment = 4;  // of bitmaps
    if (codec->codec_id == AV_CODEC_ID_RAWVIDEO &&
        packet_bytes >= av_image_get_buffer_size(static_cast<AVPixelFormat>(frame->format),
                                                 frame->width, frame->height + 1, kRowAlignment)) {
      fail(
          fmt::format("damaged: its header says {}x{} pixels, frame {} has {} bytes, more than fit",
                      frame->width, frame->height, number, packet_bytes));
    }
  }

  void convert() {
    const auto format = static_cast<AVPixelFormat>(frame->format);
    // The cached context follows a stream that changes its format of pixels.
    scaler.reset(sws_getCachedContext(scaler.release(), frame->width, frame->height, format,
                                      frame->width, frame->height, AV_PIX_FMT_BGR24, SWS_BICUBIC,
                                      nullptr, nullptr, nullptr));
    if (!scaler) {
      fail(fmt::format("frame {}: pixels of format {} are not supported", number, frame->format));
    }
    if (converted->data[0] == nullptr) {
      converted->format = AV_PIX_FMT_BGR24;
      converted->width = frame->width;
      converted->height = frame->height;
      constexpr int kDefaultAlignment = 0;
      if (av_frame_get_buffer(converted.get(), kDefaultAlignment) < 0) {
        throw std::bad_alloc();
      }
    }
    sws_scale(scaler.get(), frame->data, frame->linesize, 0, frame->height, converted->data,
              converted->linesize);
  }
};

VideoDecoder::VideoDecoder(const fs::path& file, int threads) : impl_(std::make_unique<Impl>()) {
  impl_->file = file;
  impl_->open_input();
  impl_->open_codec(threads);
  impl_->check_header();
}

VideoDecoder::~VideoDecoder() = default;

bool VideoDecoder::next() {
  return impl_->next();
}

bool VideoDecoder::is_damaged() const {
  return impl_->damaged;
}

cv::Mat VideoDecoder::bgr() {
  impl_->convert();
  const AVFrame& image = *impl_->converted;
  return {image.height, image.width, CV_8UC3, image.data[0],
          static_cast<std::size_t>(image.linesize[0])};
}

std::int64_t VideoDecoder::claimed_frames() const {
  const AVStream& stream = *impl_->stream;
  if (stream.nb_frames > 0) {
    return stream.nb_frames;
  }
  const double seconds = stream.duration > 0
                             ? static_cast<double>(stream.duration) * av_q2d(stream.time_base)
                             : static_cast<double>(impl_->input->duration) / AV_TIME_BASE;
  const double rate = av_q2d(av_guess_frame_rate(impl_->input.get(), impl_->stream, nullptr));
  const double frames = seconds * rate;
  constexpr double kMost = 1e12;
  return std::isfinite(frames) && frames > 0 && frames < kMost ? std::llround(frames) : 0;
}

}  // namespace sr
