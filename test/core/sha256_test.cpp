#include "core/sha256.h"

#include <string>

#include "support/catch.h"

namespace {

std::string sha256(const std::string& text, std::size_t piece = 1000) {
  sr::Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string part = text.substr(at, piece);
    hash.add(std::as_bytes(std::span(part)));
  }
  return hash.finish();
}

}  // namespace

// FIPS 180-4's examples, by NIST.
TEST_CASE("SHA-256 of the standard's examples", "[core]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on the pieces", "[core]") {
  const std::string text(300, 'x');
  for (const std::size_t piece : {1, 7, 63, 64, 65, 128}) {
    CHECK(sha256(text, piece) == sha256(text));
  }
}
