#include "degrade/poisson.h"

#include <cmath>
#include <map>

#include "support/catch.h"

namespace sr {
namespace {

constexpr std::uint32_t kIndices = 65536;

}  // namespace

TEST_CASE("equal steps of probability give Poisson's distribution", "[degrade]") {
  for (const int exponent : {0, 3, 8}) {
    const PoissonTable& table = PoissonTable::with_exponent(exponent);
    for (const int level : {0, 1, 17, 128, 254, 255}) {
      CAPTURE(exponent, level);
      std::map<int, int> counts;
      int before = 0;
      for (std::uint32_t index = 0; index < kIndices; ++index) {
        const int drawn = table.draw(level, index);
        REQUIRE(drawn >= before);  // inversion: it never falls
        before = drawn;
        ++counts[drawn];
      }
      const double mean = level / 255.0 * (1 << exponent);
      for (const auto& [k, count] : counts) {
        const double log_probability =
            mean > 0 ? k * std::log(mean) - mean - std::lgamma(k + 1) : (k == 0 ? 0 : -1e9);
        CHECK(count / double{kIndices} == Approx(std::exp(log_probability)).margin(1.6e-5));
      }
    }
  }
}

TEST_CASE("Poisson deviates have their mean as mean and as variance", "[degrade]") {
  const PoissonTable& table = PoissonTable::with_exponent(8);
  for (const int level : {2, 40, 200}) {
    double sum = 0, squares = 0;
    for (std::uint32_t index = 0; index < kIndices; ++index) {
      const double drawn = table.draw(level, index);
      sum += drawn;
      squares += drawn * drawn;
    }
    const double mean = level / 255.0 * 256;
    const double found = sum / kIndices;
    CHECK(found == Approx(mean).epsilon(1e-4));
    CHECK(squares / kIndices - found * found == Approx(mean).epsilon(2e-3));
  }
}

TEST_CASE("tables are made once", "[degrade]") {
  CHECK(&PoissonTable::with_exponent(5) == &PoissonTable::with_exponent(5));
  CHECK(&PoissonTable::with_exponent(5) != &PoissonTable::with_exponent(6));
  CHECK_THROWS_AS(PoissonTable::with_exponent(9), std::out_of_range);
}

}  // namespace sr
