#include "checkpoint/pickle.h"

#include <string>

#include "checkpoint/pth_samples.h"
#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::CheckpointError;
using sr::pickle::Kind;
using sr::pickle::parse;
using sr::pickle::Pickle;
using sr::pickle::Value;
using sr::test::bytes_of;
using sr::test::complaint;
using namespace std::string_literals;

namespace {

Pickle read(const std::string& code) {
  return parse(bytes_of(code));
}

Value read_one(const std::string& code) {
  const Pickle pickle = read(code);
  return pickle[pickle.root];
}

std::string refused(const std::string& code) {
  return complaint<CheckpointError>([&] { read(code); });
}

}  // namespace

TEST_CASE("numbers, texts and constants are read", "[checkpoint]") {
  CHECK(read_one("\x80\x02N."s).kind == Kind::kNone);
  CHECK(read_one("\x88."s).number == 1);
  CHECK(read_one("\x89."s).kind == Kind::kBool);
  CHECK(read_one("K\xff."s).number == 255);
  CHECK(read_one("M\x01\x02."s).number == 513);
  CHECK(read_one("J\xff\xff\xff\xff."s).number == -1);
  CHECK(read_one("\x8a\x00."s).number == 0);
  CHECK(read_one("\x8a\x01\xfe."s).number == -2);
  CHECK(read_one("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."s).number == INT64_MAX);
  CHECK(read_one("\x8a\x09\0\0\0\0\0\0\0\0\x01."s).kind == Kind::kHugeInt);
  CHECK(read_one("\x8a\x09\0\0\0\0\0\0\0\0\x01."s).text == "\0\0\0\0\0\0\0\0\x01"s);
  CHECK(read_one("G\x3f\xf8\0\0\0\0\0\0."s).real == 1.5);
  CHECK(read_one("X\x03\0\0\0abc."s).text == "abc");
  CHECK(read_one("\x8c\x01x."s).kind == Kind::kText);
  CHECK(read_one("C\x02\xff\0."s).text == "\xff\0"s);
}

TEST_CASE("containers hold what was put into them", "[checkpoint]") {
  CHECK(read_one("(K\1K\2K\3t."s).items.size() == 3);
  CHECK(read_one("K\1K\2\x86."s).kind == Kind::kTuple);
  CHECK(read_one("](K\1K\2eK\3a."s).items.size() == 3);
  CHECK(read_one("}(K\1K\2K\3K\4uK\5K\6s."s).items.size() == 6);
  CHECK(read_one("(K\1K\2d."s).kind == Kind::kDict);
  CHECK(read_one("\x8f(K\1\x90."s).items.size() == 1);
  const Pickle dict = read("}K\7K\x09s."s);
  CHECK(dict[dict[dict.root].items[0]].number == 7);
  CHECK(dict[dict[dict.root].items[1]].number == 9);
}

TEST_CASE("a remembered value is the same value, also inside itself", "[checkpoint]") {
  const Pickle twice = read("]q\0K\5q\1ah\1a."s);
  CHECK(twice[twice.root].items[0] == twice[twice.root].items[1]);
  const Pickle circle = read("]\x94h\0a."s);
  CHECK(circle[circle.root].items[0] == circle.root);
}

TEST_CASE("an OrderedDict is a dict, and its attributes are dropped", "[checkpoint]") {
  const Value dict = read_one("ccollections\nOrderedDict\n)RK\1K\2s}X\1\0\0\0aK\3sb."s);
  CHECK(dict.kind == Kind::kDict);
  CHECK(dict.items.size() == 2);
  // Python 2: OrderedDict([[1, 2]])
  const Value old = read_one("ccollections\nOrderedDict\n(]](K\1K\2eatR."s);
  CHECK(old.kind == Kind::kDict);
  CHECK(old.items.size() == 2);
}

TEST_CASE("a call is written down and not made", "[checkpoint]") {
  const Pickle pickle = read("c__builtin__\nset\n(]K\1atR."s);
  const Value& call = pickle[pickle.root];
  REQUIRE(call.kind == Kind::kCall);
  CHECK(pickle[call.items[0]].text == "builtins.set");
  CHECK(pickle[call.items[1]].items.size() == 1);
}

TEST_CASE("a name that no weight file has is refused with the name", "[checkpoint]") {
  CHECK_THAT(refused("cos\nsystem\n(X\2\0\0\0lstR."s),
             Contains("\"os.system\", which is not part"));
  CHECK_THAT(refused("cposix\nsystem\n."s), Contains("posix.system"));
  CHECK_THAT(refused("\x8c\2os\x8c\6system\x93."s), Contains("os.system"));
  CHECK_THAT(refused("c__builtin__\neval\n."s), Contains("builtins.eval"));
  CHECK_THAT(refused("cx\x1b[31m\ny\n."s), !Contains("\x1b"));
}

TEST_CASE("a malformed pickle is refused", "[checkpoint]") {
  for (const std::string& code : {""s,
                                  "."s,
                                  "K"s,
                                  "K\1"s,
                                  "t."s,
                                  "(."s,
                                  "K\1(0a."s,
                                  "a."s,
                                  "]K\1K\2u."s,
                                  "}(K\1u."s,
                                  "h\0."s,
                                  "q\0."s,
                                  "NNs."s,
                                  "N(u."s,
                                  "K\1)R."s,
                                  "ccollections\nOrderedDict\nNR."s,
                                  "ccollections\nOrderedDict\n(K\1tR."s,
                                  "ccollections\nOrderedDict\n(]K\1atR."s,
                                  "NNb."s,
                                  "Q."s,
                                  "X\xff\xff\xff\xff"s,
                                  "\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s,
                                  "K\1K\2\x93."s,
                                  "ccollections\nOrderedDict"s,
                                  "\x8b\xff\xff\xff\xff."s,
                                  "K\1(K\2\x87."s}) {
    INFO(code);
    CHECK(!refused(code).empty());
  }
  CHECK_THAT(refused("\x80\x06N."s), Contains("protocol 6"));
  CHECK_THAT(refused("\x82\x01."s), Contains("0x82"));
}

TEST_CASE("a pickle cannot take more memory than its length allows", "[checkpoint]") {
  CHECK_THAT(refused(std::string(2000, '(')), Contains("nested"));
  CHECK_THAT(refused(std::string(sr::pickle::kMaxBytes + 1, 'N')), Contains("bytes"));
  CHECK_THAT(refused(std::string(sr::pickle::kMaxValues + 1, 'N')), Contains("values"));
  // A list of 2^16 times the same pair, made into dicts over and over.
  std::string code = "](K\1K\2eq\0"s + "0]q\1("s;
  for (int i = 0; i < 65536; ++i) {
    code += "h\0"s;
  }
  code += "e0ccollections\nOrderedDict\nq\2"s + "0h\1\x85q\3"s + "0"s;
  for (int i = 0; i < 1000; ++i) {
    code += "h\2h\3R0"s;
  }
  CHECK_THAT(refused(code + "N."), Contains("entries"));
}
