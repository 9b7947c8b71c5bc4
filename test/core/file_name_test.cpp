#include "core/file_name.h"

#include "support/catch.h"

namespace sr {

TEST_CASE("a name that fits stays as it is", "[core]") {
  CHECK(short_name("", 40) == "");
  CHECK(short_name(std::string(40, 'a'), 40) == std::string(40, 'a'));
}

TEST_CASE("names that are cut have the length asked for and stay different", "[core]") {
  const std::string begin(60, 'a');
  const std::string one = short_name(begin + "1", 40);
  CHECK(one.size() == 40);
  CHECK(one.starts_with(std::string(23, 'a') + "~"));
  CHECK(one == short_name(begin + "1", 40));
  CHECK(one != short_name(begin + "2", 40));
}

TEST_CASE("a name is cut between characters", "[core]") {
  std::string name;
  for (int i = 0; i < 30; ++i) {
    name += "\xE3\x81\x82";  // three bytes
  }
  for (std::size_t most = 40; most < 43; ++most) {
    const std::string cut = short_name(name, most);
    CHECK(cut.size() <= most);
    CHECK(cut.find('~') % 3 == 0);
  }
}

}  // namespace sr
