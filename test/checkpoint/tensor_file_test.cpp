#include "checkpoint/tensor_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>

#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/file_size_limit.h"
#include "support/temp_folder.h"

using sr::DType;
using sr::StoredTensor;
using sr::TensorFile;
using sr::test::complaint;
using sr::test::make_tensor;
using sr::test::read_text;
using sr::test::TempFolder;

namespace {

constexpr DType kAllTypes[] = {DType::kBool,    DType::kUInt8,  DType::kInt8,    DType::kInt16,
                               DType::kInt32,   DType::kInt64,  DType::kFloat16, DType::kBFloat16,
                               DType::kFloat32, DType::kFloat64};

/// What scripts/golden/safetensors_file.py prints: a file of the Python package.
std::string python_file() {
  const std::string header =
      R"({"__metadata__":{"arch":"compact"},"count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("a.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
      R"("b.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]},)"
      R"("empty":{"dtype":"F32","shape":[0,3],"data_offsets":[32,32]}}     )";
  using namespace std::string_literals;
  return "\x18\x01\x00\x00\x00\x00\x00\x00"s + header +
         "\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc0\x3f\x00\x00\x80\xbf"s
         "\x00\x00\x80\x3f\x00\x00\x20\xc0\x00\x00\x40\x40\x00\x00\x80\x3e"s;
}

template <typename T>
StoredTensor stored(const std::string& name, DType type, std::vector<std::int64_t> shape,
                    const std::vector<T>& values) {
  StoredTensor tensor{name, type, std::move(shape), {}};
  const auto bytes = std::as_bytes(std::span(values));
  tensor.bytes.assign(bytes.begin(), bytes.end());
  return tensor;
}

TensorFile python_contents() {
  return {{stored<float>("b.weight", DType::kFloat32, {2, 2}, {1.0F, -2.5F, 3.0F, 0.25F}),
           stored<float>("a.bias", DType::kFloat32, {2}, {1.5F, -1.0F}),
           stored<std::int64_t>("count", DType::kInt64, {}, {7}),
           stored<float>("empty", DType::kFloat32, {0, 3}, {})},
          {{"arch", "compact"}}};
}

void check_equal(const TensorFile& found, TensorFile wanted) {
  TensorFile sorted = found;
  std::ranges::sort(sorted.tensors, {}, &StoredTensor::name);
  std::ranges::sort(wanted.tensors, {}, &StoredTensor::name);
  CHECK(sorted.metadata == wanted.metadata);
  REQUIRE(sorted.tensors.size() == wanted.tensors.size());
  for (std::size_t i = 0; i < wanted.tensors.size(); ++i) {
    INFO(wanted.tensors[i].name);
    CHECK(sorted.tensors[i].name == wanted.tensors[i].name);
    CHECK(sorted.tensors[i].type == wanted.tensors[i].type);
    CHECK(sorted.tensors[i].shape == wanted.tensors[i].shape);
    CHECK(sorted.tensors[i].bytes == wanted.tensors[i].bytes);
  }
}

std::string length_prefix(std::uint64_t length) {
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes;
}

}  // namespace

TEST_CASE("every type and empty and scalar tensors come back as they were written",
          "[checkpoint]") {
  const TempFolder folder;
  TensorFile contents;
  for (const DType type : kAllTypes) {
    const std::string name(sr::name_of(type));
    contents.tensors.push_back(make_tensor(name + ".matrix", type, {3, 5}));
    contents.tensors.push_back(make_tensor(name + ".scalar", type, {}));
    contents.tensors.push_back(make_tensor(name + ".empty", type, {4, 0, 2}));
  }
  contents.metadata = {{"arch", "compact"}, {"text", "a \"quoted\"\n line, \xc3\xa4"}, {"", ""}};
  const auto file = folder / "a.safetensors";
  const std::uint64_t written = sr::write_safetensors(file, contents);
  CHECK(written == std::filesystem::file_size(file));
  check_equal(sr::read_safetensors(file), contents);
  CHECK(sr::read_safetensors_metadata(file) == contents.metadata);
}

TEST_CASE("a file without tensors and metadata is valid", "[checkpoint]") {
  const TempFolder folder;
  sr::write_safetensors(folder / "a.safetensors", TensorFile{});
  check_equal(sr::read_safetensors(folder / "a.safetensors"), TensorFile{});
}

TEST_CASE("a file written by the Python package is read", "[checkpoint]") {
  const TempFolder folder;
  check_equal(sr::read_safetensors(folder.write("py.safetensors", python_file())),
              python_contents());
}

TEST_CASE("the same contents give the same bytes as the Python package", "[checkpoint]") {
  const TempFolder folder;
  sr::write_safetensors(folder / "a.safetensors", python_contents());
  CHECK(read_text(folder / "a.safetensors") == python_file());
}

TEST_CASE("each tensor begins at a multiple of its element size", "[checkpoint]") {
  const TempFolder folder;
  TensorFile contents;
  for (const DType type : kAllTypes) {
    contents.tensors.push_back(make_tensor(std::string(sr::name_of(type)), type, {3}));
  }
  sr::write_safetensors(folder / "a.safetensors", contents);
  const std::string text = read_text(folder / "a.safetensors");
  for (const StoredTensor& tensor : sr::read_safetensors(folder / "a.safetensors").tensors) {
    // Eight-byte tensors come first, and each tensor's offset is told by the sizes before it.
    INFO(tensor.name);
    const std::size_t entry = text.find("\"" + tensor.name + "\":{");
    const std::size_t offsets = text.find("offsets\":[", entry) + 10;
    CHECK(std::stoul(text.substr(offsets)) % sr::size_of(tensor.type) == 0);
  }
  std::uint64_t header = 0;
  std::memcpy(&header, text.data(), sizeof(header));
  CHECK(header % 8 == 0);
}

TEST_CASE("the writer makes the folder it writes to", "[checkpoint]") {
  const TempFolder folder;
  sr::write_safetensors(folder / "run/models/a.safetensors", python_contents());
  CHECK(std::filesystem::exists(folder / "run/models/a.safetensors"));
}

TEST_CASE("contents that no reader would accept are not written", "[checkpoint]") {
  const TempFolder folder;
  const auto refused = [&](TensorFile contents, const std::string& reason) {
    INFO(reason);
    const std::string text = complaint<sr::CheckpointError>(
        [&] { sr::write_safetensors(folder / "a.safetensors", contents); });
    CHECK(text.find(reason) != std::string::npos);
    CHECK(text.find("a.safetensors: ") != std::string::npos);
    CHECK(std::filesystem::is_empty(folder.path()));
  };
  TensorFile twice{{make_tensor("x", DType::kInt8, {1}), make_tensor("x", DType::kInt8, {1})}, {}};
  refused(twice, "tensor \"x\" comes twice");
  TensorFile reserved{{make_tensor("__metadata__", DType::kInt8, {1})}, {}};
  refused(reserved, "comes twice");
  TensorFile too_short{{make_tensor("x", DType::kInt32, {2})}, {}};
  too_short.tensors[0].bytes.pop_back();
  refused(too_short, "7 bytes are not what its shape takes");
  TensorFile negative{{make_tensor("x", DType::kInt32, {0})}, {}};
  negative.tensors[0].shape = {-1};
  refused(negative, "0 bytes are not what its shape takes");
  refused(TensorFile{{}, {{"key", "\xff"}}}, "not UTF-8");
  refused(TensorFile{{make_tensor("\xc3", DType::kInt8, {1})}, {}}, "not UTF-8");
}

TEST_CASE("a refused write is a storage error and keeps the file that was there", "[checkpoint]") {
  const TempFolder folder;
  const auto file = folder / "a.safetensors";
  sr::write_safetensors(file, python_contents());
  const TensorFile large{{make_tensor("x", DType::kFloat32, {100'000})}, {}};
  {
    const sr::test::FileSizeLimit limit(4096);
    const std::string text =
        complaint<sr::StorageError>([&] { sr::write_safetensors(file, large); });
    CHECK(text.find(file.string()) != std::string::npos);
  }
  CHECK(read_text(file) == python_file());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file cut at any byte is refused with its name", "[checkpoint]") {
  const TempFolder folder;
  const std::string whole = python_file();
  const auto file = folder.write("cut.safetensors", whole + "x");
  CHECK_THROWS_AS(sr::read_safetensors(file), sr::CheckpointError);  // a byte too long
  std::filesystem::resize_file(file, whole.size());
  CHECK_NOTHROW(sr::read_safetensors(file));
  for (std::size_t length = whole.size(); length-- > 0;) {
    std::filesystem::resize_file(file, length);
    const std::string text = complaint<sr::CheckpointError>([&] { sr::read_safetensors(file); });
    INFO(length);
    CHECK(text.find(file.string() + ": ") == 0);
    CHECK_THROWS_AS(sr::read_safetensors_metadata(file), sr::CheckpointError);
  }
}

TEST_CASE("a changed byte in header or length is refused or read and never crashes",
          "[checkpoint]") {
  const TempFolder folder;
  const std::string whole = python_file();
  const auto file = folder.write("flip.safetensors", whole);
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
      sr::test::set_byte(file, i, static_cast<char>(whole[i] ^ flip));
      const bool read = complaint<sr::CheckpointError>([&] { sr::read_safetensors(file); }).empty();
      refused += read ? 0 : 1;
      // The length, and whatever is no ASCII in the header, are never taken for something else.
      CHECK((!read || i >= 8));
      CHECK((!read || i >= 288 || flip < 0x80));
    }
    sr::test::set_byte(file, i, whole[i]);
  }
  CHECK(refused > 600);  // names, metadata and data may change without harm to the format
}

TEST_CASE("a header length beyond the file or the limit takes no memory", "[checkpoint]") {
  const TempFolder folder;
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{100'000'000}, std::uint64_t{100'000'001},
        std::uint64_t{1} << 40, std::numeric_limits<std::uint64_t>::max(),
        std::numeric_limits<std::uint64_t>::max() - 7}) {
    const auto file = folder.write("a.safetensors", length_prefix(length) + "{}");
    const std::string text = complaint<sr::CheckpointError>([&] { sr::read_safetensors(file); });
    CHECK(text.find("header length " + std::to_string(length) + " in a file of 10 bytes") !=
          std::string::npos);
  }
  // Long enough on disk, as a sparse file, but over the format's limit.
  const auto sparse = folder.write("sparse.safetensors", length_prefix(100'000'001) + "{}");
  std::filesystem::resize_file(sparse, 200'000'000);
  CHECK(complaint<sr::CheckpointError>([&] {
          sr::read_safetensors(sparse);
        }).find("header length 100000001") != std::string::npos);
}

TEST_CASE("what is no regular file is refused and not waited for", "[checkpoint]") {
  const TempFolder folder;
  const auto pipe = folder / "pipe.safetensors";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(complaint<sr::CheckpointError>([&] {
          sr::read_safetensors(pipe);
        }).find("is not a regular file") != std::string::npos);
  CHECK(complaint<sr::CheckpointError>([&] {
          sr::read_safetensors(folder.path());
        }).find("is not a regular file") != std::string::npos);
  CHECK(complaint<sr::CheckpointError>([&] {
          sr::read_safetensors(folder / "none");
        }).find("No such file") != std::string::npos);
}

TEST_CASE("sizes of shapes are exact and checked", "[checkpoint]") {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  using Shape = std::vector<std::int64_t>;
  CHECK(sr::byte_count(DType::kFloat32, Shape{}) == 4);
  CHECK(sr::byte_count(DType::kFloat64, Shape{2, 3}) == 48);
  CHECK(sr::byte_count(DType::kBool, Shape{5, 0}) == 0);
  CHECK(sr::byte_count(DType::kUInt8, Shape{kHuge}) == static_cast<std::uint64_t>(kHuge));
  CHECK_FALSE(sr::byte_count(DType::kFloat32, Shape{kHuge}));
  CHECK_FALSE(sr::byte_count(DType::kUInt8, Shape{kHuge, kHuge, 0}));
  CHECK_FALSE(sr::byte_count(DType::kUInt8, Shape{-1}));
}

TEST_CASE("type names lead back to their types", "[checkpoint]") {
  for (const DType type : kAllTypes) {
    CHECK(sr::dtype_named(sr::name_of(type)) == type);
  }
  CHECK(sr::name_of(DType::kBFloat16) == "BF16");
  CHECK_FALSE(sr::dtype_named("F8_E4M3"));
  CHECK_FALSE(sr::dtype_named("f32"));
}
