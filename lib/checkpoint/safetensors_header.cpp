#include "checkpoint/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "core/error.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::size_t kAlignment = 8;
/// More dimensions than LibTorch handles; bounds what a hostile shape may take.
constexpr std::size_t kMaxRank = 64;

[[noreturn]] void refuse(const std::string& reason) {
  throw CheckpointError("header: " + reason);
}

/// Takes the JSON as a stream of events, because a document tree keeps only one of two equal keys
/// and grows without limit. Accepts exactly {"__metadata__": {string: string}, name: {"dtype":
/// string, "shape": [n...], "data_offsets": [begin, end]}}.
class HeaderEvents final : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    unexpected("a number that is not a 64-bit integer");
  }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::kShape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        refuse_tensor("a dimension is beyond 63 bits");
      }
      if (tensor_.shape.size() == kMaxRank) {
        refuse_tensor(fmt::format("more than {} dimensions", kMaxRank));
      }
      tensor_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::kOffsets && offsets_seen_ < 2) {
      (offsets_seen_ == 0 ? tensor_.begin : tensor_.end) = value;
      ++offsets_seen_;
    } else {
      unexpected("a number");
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadata) {
      header_.metadata[key_] = std::move(value);
    } else if (place_ == Place::kTensor && key_ == "dtype") {
      const std::optional<DType> type = dtype_named(value);
      if (!type) {
        refuse_tensor("type " + quote_name(value) + " is not supported");
      }
      tensor_.type = *type;
    } else {
      unexpected("a string");
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::kStart) {
      place_ = Place::kRoot;
    } else if (place_ == Place::kRoot && key_ == kMetadataKey) {
      place_ = Place::kMetadata;
    } else if (place_ == Place::kRoot) {
      tensor_ = TensorEntry{};
      tensor_.name = key_;
      fields_.clear();
      offsets_seen_ = 0;
      place_ = Place::kTensor;
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(string_t& value) override {
    const bool seen = place_ == Place::kMetadata
                          ? header_.metadata.contains(value)
                          : !(place_ == Place::kRoot ? names_ : fields_).insert(value).second;
    if (seen) {
      refuse("key " + quote_name(value) + " comes twice");
    }
    if (place_ == Place::kTensor && value != "dtype" && value != "shape" &&
        value != "data_offsets") {
      refuse_tensor("unknown field " + quote_name(value));
    }
    key_ = std::move(value);
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTensor) {
      if (fields_.size() != 3) {
        refuse_tensor("dtype, shape or data_offsets is missing");
      }
      header_.tensors.push_back(std::move(tensor_));
    }
    place_ = place_ == Place::kRoot ? Place::kEnd : Place::kRoot;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::kTensor && key_ == "shape") {
      place_ = Place::kShape;
    } else if (place_ == Place::kTensor && key_ == "data_offsets") {
      place_ = Place::kOffsets;
    } else {
      unexpected("a list");
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::kOffsets && offsets_seen_ != 2) {
      refuse_tensor("data_offsets must hold two numbers");
    }
    place_ = Place::kTensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    refuse(fmt::format("not valid UTF-8 JSON (at byte {})", position));
  }

 private:
  enum class Place { kStart, kRoot, kMetadata, kTensor, kShape, kOffsets, kEnd };

  [[noreturn]] void refuse_tensor(const std::string& reason) const {
    refuse("tensor " + quote_name(tensor_.name) + ": " + reason);
  }
  [[noreturn]] void unexpected(const std::string& what) const {
    refuse(what + " is not allowed " +
           (place_ == Place::kStart ? "at the top" : "at key " + quote_name(key_)));
  }

  SafetensorsHeader header_;
  Place place_ = Place::kStart;
  std::string key_;
  std::unordered_set<std::string> names_;
  TensorEntry tensor_;
  std::unordered_set<std::string> fields_;  ///< those of tensor_ seen so far
  int offsets_seen_ = 0;
};

/// What the JSON parser would let pass: it stops at a NUL as if the text ended there, skips a byte
/// order mark, and takes any white space where the format has spaces only.
void check_frame(std::string_view text) {
  if (text.empty() || text.front() != '{') {
    refuse("does not begin with '{'");
  }
  if (text.find('\0') != std::string_view::npos) {
    refuse("holds a NUL byte");
  }
  const std::size_t last = text.find_last_not_of(' ');
  if (text[last] != '}') {
    refuse("is not padded with spaces after its closing brace");
  }
}

void check_offsets(const std::vector<TensorEntry>& tensors, std::uint64_t data_bytes) {
  std::uint64_t position = 0;
  for (const TensorEntry& tensor : tensors) {
    const std::string name = "tensor " + quote_name(tensor.name) + ": ";
    if (tensor.begin != position) {
      refuse(name + fmt::format("begins at byte {} of the data, expected {} ({})", tensor.begin,
                                position, tensor.begin < position ? "overlap" : "hole"));
    }
    const std::optional<std::uint64_t> bytes = byte_count(tensor.type, tensor.shape);
    if (!bytes) {
      refuse(name + "its shape overflows 64 bits");
    }
    if (tensor.end < tensor.begin || tensor.end - tensor.begin != *bytes) {
      refuse(name + fmt::format("data_offsets [{}, {}] do not span the {} bytes of its shape",
                                tensor.begin, tensor.end, *bytes));
    }
    position = tensor.end;
  }
  if (position != data_bytes) {
    refuse(
        fmt::format("its tensors take {} bytes, the file holds {} after it", position, data_bytes));
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes) {
  check_frame(text);
  HeaderEvents events;
  nlohmann::json::sax_parse(text, &events);
  SafetensorsHeader header = events.take();
  std::ranges::sort(header.tensors, {},
                    [](const TensorEntry& tensor) { return std::pair(tensor.begin, tensor.end); });
  check_offsets(header.tensors, data_bytes);
  return header;
}

std::string make_safetensors_header(const SafetensorsHeader& header) {
  // Built as text: inserting into an ordered document searches all earlier keys each time.
  std::string text = "{";
  std::unordered_set<std::string_view> names = {kMetadataKey};
  try {
    if (!header.metadata.empty()) {
      text += Json(kMetadataKey).dump() + ":" + Json(header.metadata).dump();
    }
    for (const TensorEntry& tensor : header.tensors) {
      if (!names.insert(tensor.name).second) {
        refuse("tensor " + quote_name(tensor.name) + " comes twice");
      }
      text += text.size() > 1 ? "," : "";
      text += Json(tensor.name).dump() + ":" +
              Json{{"dtype", name_of(tensor.type)},
                   {"shape", tensor.shape},
                   {"data_offsets", {tensor.begin, tensor.end}}}
                  .dump();
    }
  } catch (const nlohmann::json::exception&) {  // dump() throws for nothing else here
    refuse("a name or metadata text is not UTF-8");
  }
  text += '}';
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  if (text.size() > kMaxSafetensorsHeader) {
    refuse(fmt::format("{} bytes, more than the {} allowed", text.size(), kMaxSafetensorsHeader));
  }
  return text;
}

std::string quote_name(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  const bool cut = name.size() > kLongest;
  const std::string text =
      Json(name.substr(0, kLongest)).dump(-1, ' ', true, Json::error_handler_t::replace);
  return cut ? text + "..." : text;
}

}  // namespace sr
