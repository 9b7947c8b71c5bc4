#include "data/probe_table.h"

#include "support/catch.h"

namespace sr {
namespace {

NameHash numbered(int i) {
  return name_hash("/data/hr/", std::to_string(i));
}

ProbeTable table_of(int first, int last) {
  ProbeTable table;
  for (int i = first; i < last; ++i) {
    table.put(
        {.name = numbered(i), .stamp = static_cast<std::uint64_t>(i), .width = i, .seen_day = i},
        i % 3 == 0 ? "" : "note " + std::to_string(i % 3));
  }
  return table;
}

}  // namespace

TEST_CASE("a table finds thousands of names and no others, also read back", "[data]") {
  ProbeTable table = table_of(0, 5000);
  const std::string bytes = table.serialized(1'000'000);
  CHECK(bytes.size() < std::size_t{5000} * 48 + 200);
  ProbeTable again = ProbeTable::parse(bytes).value();
  CHECK(again.size() == 5000);
  for (ProbeTable* one : {&table, &again}) {
    for (int i = 0; i < 5000; ++i) {
      const ProbeRecord* record = one->find(numbered(i));
      REQUIRE(record != nullptr);
      REQUIRE(record->width == i);
      REQUIRE(one->note(record->note) == (i % 3 == 0 ? "" : "note " + std::to_string(i % 3)));
    }
    CHECK(one->find(numbered(5000)) == nullptr);
  }
}

TEST_CASE("a second record of one name takes the place of the first", "[data]") {
  ProbeTable table = table_of(0, 3);
  table.put({.name = numbered(1), .width = 77}, "");
  CHECK(table.size() == 3);
  CHECK(table.find(numbered(1))->width == 77);
}

TEST_CASE("what is missing is taken from another table with its notes, the rest is kept",
          "[data]") {
  ProbeTable table = table_of(4, 8);
  table.find(numbered(5))->width = -1;
  table.add_missing(table_of(0, 6));
  CHECK(table.size() == 8);
  CHECK(table.find(numbered(5))->width == -1);
  CHECK(table.note(table.find(numbered(2))->note) == "note 2");
}

TEST_CASE("of more records than are wanted those asked for last are kept", "[data]") {
  ProbeTable some = ProbeTable::parse(table_of(0, 100).serialized(10)).value();
  CHECK(some.size() == 10);
  CHECK(some.find(numbered(99)) != nullptr);
  CHECK(some.find(numbered(89)) == nullptr);
}

TEST_CASE("a note that no written record has is not written", "[data]") {
  ProbeTable table;
  table.put({.name = numbered(0)}, "colours of another profile");
  table.put({.name = numbered(1)}, "sixteen bits");
  table.put({.name = numbered(0)}, "");
  const std::string bytes = table.serialized(100);
  CHECK(bytes.find("profile") == std::string::npos);
  ProbeTable again = ProbeTable::parse(bytes).value();
  CHECK(again.note(again.find(numbered(1))->note) == "sixteen bits");
  CHECK(again.note(again.find(numbered(0))->note).empty());
}

TEST_CASE("names of one length and beginning have other hashes", "[data]") {
  CHECK(name_hash("/a/", "b") == name_hash("/a/b"));
  CHECK(name_hash("/a/b") != name_hash("/a/c"));
  CHECK(name_hash("") != NameHash{});
}

}  // namespace sr
