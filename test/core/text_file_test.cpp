#include "core/text_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace std::string_literals;

namespace {

constexpr std::size_t kMost = 100'000;

std::string problem_of(const std::filesystem::path& file) {
  const sr::TextFile read = sr::read_text_file(file, kMost);
  CHECK(read.text.empty());
  return read.problem;
}

}  // namespace

TEST_CASE("a text file is read without its byte order mark", "[core]") {
  const sr::test::TempFolder folder;
  const auto read = [&](const std::string& bytes) {
    const sr::TextFile file = sr::read_text_file(folder.write("x", bytes), kMost);
    CHECK(file.problem.empty());
    return file.text;
  };
  CHECK(read("").empty());
  CHECK(read("Grüße\r\n") == "Grüße\r\n");
  CHECK(read("\xEF\xBB\xBF"
             "a: 1\n") == "a: 1\n");
  CHECK(read("\xFF\xFE"
             "a\0\xE9\0\n\0"s) == "a\u00e9\n");
  CHECK(read("\xFE\xFF\0a\xD8\x3D\xDC\x68"s) == "a\U0001F468");
  CHECK(read("\xFF\xFE"
             "\x3D\xD8"
             "a\0x"s) == "\uFFFDa");  // half a character, and half a unit at the end
}

TEST_CASE("what is no text is told with its line", "[core]") {
  CHECK(sr::text_of_bytes("a\nb\0c"s).problem.starts_with("line 2: holds a NUL byte"));
  CHECK(sr::text_of_bytes("a\0\n\0"s).problem.starts_with("line 1: holds a NUL byte"));
  CHECK(sr::text_of_bytes("a\n\ncaf\xe9\n").problem ==
        "line 3: byte 0xe9 is not UTF-8; save the file as UTF-8");
  CHECK(sr::text_of_bytes("caf\xe9\n", sr::TextBytes::kAny).text == "caf\xe9\n");
}

TEST_CASE("a file of more bytes than allowed is not read", "[core]") {
  const sr::test::TempFolder folder;
  const auto file = folder.write("x", std::string(100, 'a'));
  CHECK(sr::read_text_file(file, 100).text.size() == 100);
  CHECK(sr::read_text_file(file, 99).problem == "holds more than 99 B");
}

TEST_CASE("what is no regular file is refused at once", "[core]") {
  const sr::test::TempFolder folder;
  CHECK(problem_of(folder / "none") == "No such file or directory");
  CHECK(problem_of(folder.path()) == "Is a directory");
  CHECK(problem_of("/dev/zero") == "is a device, not a file");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(problem_of(folder / "pipe") == "is a pipe, not a file");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (folder / "s").c_str(), sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(problem_of(folder / "s") == "is a socket or a pipe, not a file");
  ::close(socket);
  std::filesystem::create_symlink(folder.write("real", "x"), folder / "link");
  CHECK(sr::read_text_file(folder / "link", kMost).text == "x");
  std::filesystem::create_symlink("/dev/zero", folder / "to_device");
  CHECK(problem_of(folder / "to_device") == "is a device, not a file");
}
