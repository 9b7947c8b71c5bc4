#include "checkpoint/safetensors_header.h"

#include "checkpoint/samples.h"
#include "support/catch.h"

using sr::test::complaint;

namespace {

constexpr const char* kOne = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

std::string refusal(const std::string& text, std::uint64_t data_bytes = 8) {
  return complaint<sr::CheckpointError>([&] { sr::parse_safetensors_header(text, data_bytes); });
}

std::string entry(const std::string& fields) {
  return R"({"a":{)" + fields + "}}";
}

}  // namespace

TEST_CASE("a plain header is read", "[checkpoint]") {
  const auto header = sr::parse_safetensors_header(std::string(kOne) + "  ", 8);
  REQUIRE(header.tensors.size() == 1);
  CHECK(header.tensors[0].name == "a");
  CHECK(header.tensors[0].shape == std::vector<std::int64_t>{2});
  CHECK(header.tensors[0].end == 8);
  CHECK(sr::parse_safetensors_header("{}", 0).tensors.empty());
}

TEST_CASE("tensors come by offset whatever their order in the header", "[checkpoint]") {
  const auto header = sr::parse_safetensors_header(
      R"({"b":{"data_offsets":[4,8],"shape":[4],"dtype":"U8"},"e":{"dtype":"F64","shape":[0],"data_offsets":[4,4]},)"
      R"("a":{"dtype":"I32","shape":[],"data_offsets":[0,4]},"__metadata__":{"k":"v"}})",
      8);
  REQUIRE(header.tensors.size() == 3);
  CHECK(header.tensors[0].name == "a");
  CHECK(header.tensors[1].name == "e");
  CHECK(header.tensors[2].name == "b");
  CHECK(header.metadata.at("k") == "v");
}

TEST_CASE("hostile headers are refused with the reason", "[checkpoint]") {
  struct Row {
    std::string text;
    std::string reason;
  };
  using namespace std::string_literals;
  const std::string two_a =
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":)";
  const std::vector<Row> rows = {
      {"", "does not begin with '{'"},
      {"[]", "does not begin with '{'"},
      {" "s + kOne, "does not begin with '{'"},
      {"\xef\xbb\xbf"s + kOne, "does not begin with '{'"},
      {std::string(kOne) + "\n", "not padded with spaces"},
      {std::string(kOne) + " x", "not padded with spaces"},
      {std::string(kOne) + "\0"s + "}", "holds a NUL byte"},
      {std::string(kOne) + "{}", "not valid UTF-8 JSON"},
      {"{", "not padded with spaces"},
      {R"({"a":})", "not valid UTF-8 JSON (at byte 6)"},
      {"{\"\xff\":{}}", "not valid UTF-8 JSON"},
      {"{\"\xc0\xaf\":{}}", "not valid UTF-8 JSON"},  // overlong
      {"{\"\\ud800\":{}}", "not valid UTF-8 JSON"},   // half a surrogate pair
      {R"({"a":1})", "a number is not allowed at key \"a\""},
      {R"({"a":null})", "null is not allowed"},
      {R"({"a":true})", "a boolean is not allowed"},
      {R"({"a":[]})", "a list is not allowed"},
      {R"({"a":{}})", "dtype, shape or data_offsets is missing"},
      {entry(R"("dtype":"F32","shape":[2])"), "dtype, shape or data_offsets is missing"},
      {entry(R"("dtype":"F8_E4M3","shape":[2],"data_offsets":[0,8])"),
       "type \"F8_E4M3\" is not supported"},
      {entry(R"("dtype":7,"shape":[2],"data_offsets":[0,8])"), "a number is not allowed"},
      {entry(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"), "a number is not allowed"},
      {entry(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), "a negative number"},
      {entry(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), "not a 64-bit integer"},
      {entry(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8])"),
       "not a 64-bit integer"},
      {entry(R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8])"),
       "beyond 63 bits"},
      {entry(R"("dtype":"F32","shape":[[2]],"data_offsets":[0,8])"), "a list is not allowed"},
      {entry(R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])"), "a string is not allowed"},
      {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), "must hold two numbers"},
      {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,8])"), "a number is not allowed"},
      {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1)"), "unknown field \"x\""},
      {entry(R"("dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8])"),
       "key \"shape\" comes twice"},
      {R"({"__metadata__":{"k":1}})", "a number is not allowed"},
      {R"({"__metadata__":{"k":{}}})", "an object is not allowed"},
      {R"({"__metadata__":"k"})", "a string is not allowed"},
      {R"({"__metadata__":{"k":"1","k":"2"}})", "key \"k\" comes twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", "key \"__metadata__\" comes twice"},
      {two_a + R"([4,8]},"a":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}})",
       "key \"a\" comes twice"},
      // the same name, written another way
      {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}})",
       "key \"a\" comes twice"},
      {two_a + "[3,7]}}", "begins at byte 3 of the data, expected 4 (overlap)"},
      {two_a + "[0,4]}}", "(overlap)"},
      {two_a + "[5,9]}}", "begins at byte 5 of the data, expected 4 (hole)"},
      {two_a + "[4,9]}}", "do not span the 4 bytes of its shape"},
      {entry(R"("dtype":"F32","shape":[2],"data_offsets":[4,12])"), "(hole)"},
      {entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), "do not span the 8 bytes"},
      {entry(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "(hole)"},
      {entry(R"("dtype":"U8","shape":[4],"data_offsets":[0,4])"), "take 4 bytes, the file holds 8"},
      {entry(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])"),
       "take 16 bytes, the file holds 8"},
      {"{}", "take 0 bytes, the file holds 8"},
      {entry(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8])"),
       "overflows 64 bits"},
      {entry(R"("dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8])"),
       "overflows 64 bits"},
      {entry(R"("dtype":"U8","shape":[9223372036854775807,3,0],"data_offsets":[0,0])"),
       "overflows 64 bits"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const std::string text = refusal(row.text);
    CAPTURE(text);
    CHECK(text.find(row.reason) != std::string::npos);
  }
}

TEST_CASE("deep nesting and endless shapes are refused early", "[checkpoint]") {
  CHECK_FALSE(refusal("{\"a\":" + std::string(1'000'000, '[') + "}").empty());
  CHECK_FALSE(refusal("{\"a\":{\"b\":" + std::string(1'000'000, '{') + "}").empty());
  std::string ones = "1";
  for (int i = 0; i < 100; ++i) {
    ones += ",1";
  }
  CHECK(refusal(entry(R"("dtype":"U8","shape":[)" + ones + R"(],"data_offsets":[0,8])"))
            .find("more than 64 dimensions") != std::string::npos);
}

TEST_CASE("a header that was made is read back and padded to eight bytes", "[checkpoint]") {
  for (std::size_t length = 1; length < 10; ++length) {
    const sr::SafetensorsHeader header{{{std::string(length, 'x'), sr::DType::kInt16, {3}, 0, 6}},
                                       {{"k", "v"}}};
    const std::string text = sr::make_safetensors_header(header);
    CHECK(text.size() % 8 == 0);
    const auto back = sr::parse_safetensors_header(text, 6);
    CHECK(back.tensors.at(0).name == header.tensors[0].name);
    CHECK(back.metadata == header.metadata);
  }
}

TEST_CASE("names are shown without control characters and not without end", "[checkpoint]") {
  CHECK(sr::quote_name("a.b") == "\"a.b\"");
  CHECK(sr::quote_name("\x1b[31m") == "\"\\u001b[31m\"");
  CHECK(sr::quote_name(std::string(1000, 'x')).size() < 120);
  CHECK_NOTHROW(sr::quote_name("\xff\xc3"));
}
