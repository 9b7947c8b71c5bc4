#include "encoded.h"

#include <algorithm>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace sr::test {
namespace {

std::string bytes(std::uint32_t value, int count, bool little) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += static_cast<char>(value >> 8 * (little ? i : count - 1 - i) & 0xff);
  }
  return text;
}

// Bit by bit on purpose: the code under test uses a table.
std::uint32_t crc32(const std::string& text) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
    }
  }
  return ~crc;
}

// Entropy-coded JPEG data: a zero byte follows every 0xff.
std::string pack_bits(std::string bits) {
  bits.resize((bits.size() + 7) / 8 * 8, '1');
  std::string packed;
  for (std::size_t i = 0; i < bits.size(); i += 8) {
    packed += static_cast<char>(std::strtol(bits.substr(i, 8).c_str(), nullptr, 2));
    if (packed.back() == '\xff') {
      packed += '\0';
    }
  }
  return packed;
}

std::string binary(int value, int digits) {
  std::string text;
  for (int i = digits - 1; i >= 0; --i) {
    text += (value >> i & 1) != 0 ? '1' : '0';
  }
  return text;
}

// T.81 F.1.2.1: the size category in a 4-bit code (see the table below), then the value, then "end
// of block".
std::string dc_block(int value) {
  int category = 0;
  while (std::abs(value) >> category != 0) {
    ++category;
  }
  const int coded = value < 0 ? value + (1 << category) - 1 : value;
  return binary(category, 4) + binary(coded, category) + "0";
}

std::string without_name(const std::string& message, const std::filesystem::path& path) {
  const std::string prefix = path.string() + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

}  // namespace

std::string EncodedFile::probe_refusal() const {
  return without_name(refusal([&] { probe(); }), path_);
}

std::string EncodedFile::decode_refusal() const {
  return without_name(refusal([&] { decode(); }), path_);
}

std::string be16(std::uint32_t value) {
  return bytes(value, 2, false);
}
std::string be32(std::uint32_t value) {
  return bytes(value, 4, false);
}
std::string le16(std::uint32_t value) {
  return bytes(value, 2, true);
}
std::string le32(std::uint32_t value) {
  return bytes(value, 4, true);
}

std::string encode(const cv::Mat& image, const std::string& extension,
                   const std::vector<int>& parameters) {
  cv::Mat bgr;
  if (image.channels() == 1) {
    bgr = image;
  } else {
    cv::cvtColor(image, bgr, image.channels() == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
  }
  std::vector<std::uint8_t> encoded;
  if (!cv::imencode(extension, bgr, encoded, parameters)) {
    throw std::runtime_error("OpenCV cannot encode " + extension);
  }
  return {encoded.begin(), encoded.end()};
}

std::string png_chunk(const std::string& type, const std::string& data) {
  return be32(static_cast<std::uint32_t>(data.size())) + type + data + be32(crc32(type + data));
}

std::string png_start(std::uint32_t width, std::uint32_t height, char bits, char color_type) {
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR", be32(width) + be32(height) + bits + color_type + std::string(3, '\0'));
}

std::string exif_block(int orientation, bool little) {
  const auto n = [&](std::uint32_t value, int count) { return bytes(value, count, little); };
  const auto value = static_cast<std::uint32_t>(orientation);
  return (little ? "II" : "MM") + n(42, 2) + n(8, 4) + n(1, 2) + n(0x0112, 2) + n(3, 2) + n(1, 4) +
         n(value, 2) + n(0, 2) + n(0, 4);
}

std::string jpeg_segment(int marker, const std::string& data) {
  return '\xff' + std::string(1, static_cast<char>(marker)) +
         be16(static_cast<std::uint32_t>(data.size() + 2)) + data;
}

std::string four_component_jpeg(std::array<int, 4> values, bool adobe) {
  const std::string quantization(64, '\x08');  // a DC step is then one level of an 8 x 8 block
  std::string frame = '\x08' + be16(8) + be16(8) + '\x04';
  std::string scan = "\x04";
  std::string bits;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const char id = static_cast<char>(i + 1);
    frame += std::string{id, '\x11', '\0'};
    scan += std::string{id, '\0'};
    bits += dc_block(values[i] - 128);
  }
  scan += std::string{'\0', '\x3f', '\0'};
  const std::string dc_lengths = std::string(3, '\0') + '\x09' + std::string(12, '\0');
  const std::string dc_symbols{0, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::string ac_lengths = '\x01' + std::string(15, '\0');
  std::string file = "\xff\xd8";
  if (adobe) {
    file += jpeg_segment(0xee, "Adobe" + be16(100) + be32(0) + '\0');
  }
  file += jpeg_segment(0xdb, '\0' + quantization) + jpeg_segment(0xc0, frame);
  file += jpeg_segment(0xc4, '\0' + dc_lengths + dc_symbols);
  file += jpeg_segment(0xc4, '\x10' + ac_lengths + '\0');
  return file + jpeg_segment(0xda, scan) + pack_bits(bits) + "\xff\xd9";
}

std::string tiff(int width, int height, std::vector<TiffField> fields, const std::string& pixels,
                 bool little) {
  const auto n = [&](std::size_t value, int count) {
    return bytes(static_cast<std::uint32_t>(value), count, little);
  };
  fields.push_back({256, 4, {static_cast<std::uint32_t>(width)}});
  fields.push_back({257, 4, {static_cast<std::uint32_t>(height)}});
  fields.push_back({273, 4, {8}});
  fields.push_back({278, 4, {static_cast<std::uint32_t>(height)}});
  fields.push_back({279, 4, {static_cast<std::uint32_t>(pixels.size())}});
  std::sort(fields.begin(), fields.end(),
            [](const TiffField& a, const TiffField& b) { return a.tag < b.tag; });

  const std::string body = pixels + std::string(pixels.size() % 2, '\0');
  const std::size_t directory_size = 2 + 12 * fields.size() + 4;
  const std::size_t outside = 8 + body.size() + directory_size;
  std::string directory = n(fields.size(), 2);
  std::string long_values;
  for (const TiffField& field : fields) {
    std::string values;
    for (const std::uint32_t value : field.values) {
      values += n(value, field.type == 7 ? 1 : field.type == 3 ? 2 : 4);
    }
    directory += n(field.tag, 2) + n(field.type, 2) + n(field.values.size(), 4);
    if (values.size() > 4) {
      directory += n(outside + long_values.size(), 4);
      long_values += values;
    } else {
      directory += values + std::string(4 - values.size(), '\0');
    }
  }
  return (little ? "II" : "MM") + n(42, 2) + n(8 + body.size(), 4) + body + directory + n(0, 4) +
         long_values;
}

}  // namespace sr::test
