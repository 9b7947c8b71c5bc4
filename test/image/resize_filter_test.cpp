#include "image/resize_filter.h"

#include <cmath>

#include "support/catch.h"

using sr::Filter;

namespace {

constexpr Filter kAll[] = {Filter::kBox, Filter::kBilinear, Filter::kBicubic, Filter::kMitchell,
                           Filter::kLanczos3};

}  // namespace

TEST_CASE("every filter is found by its own name", "[image]") {
  for (const Filter filter : kAll) {
    INFO(sr::name_of(filter));
    CHECK(sr::filter_named(sr::name_of(filter)) == filter);
  }
  CHECK(sr::filter_names() == "box, bilinear, bicubic, mitchell, lanczos3");
  CHECK(sr::filter_named("Bicubic") == std::nullopt);
  CHECK(sr::filter_named("") == std::nullopt);
}

TEST_CASE("a kernel is symmetric, of area 1 and 0 outside its width", "[image]") {
  for (const Filter filter : kAll) {
    INFO(sr::name_of(filter));
    const sr::Kernel kernel = sr::kernel_of(filter);
    constexpr int kSteps = 6000;
    const double step = (kernel.width + 2.0) / kSteps;
    double area = 0.0;
    for (int i = 0; i < kSteps; ++i) {
      const double x = (i + 0.5) * step - kernel.width / 2.0 - 1.0;
      area += step * kernel.weight(x);
      CHECK(kernel.weight(x) == Approx(kernel.weight(-x)).margin(1e-12));
      if (std::abs(x) > kernel.width / 2.0) {
        CHECK(kernel.weight(x) == 0.0);
      }
    }
    // Lanczos is the one whose area is only near 1: resizing normalises the weights.
    CHECK(area == Approx(1.0).margin(filter == Filter::kLanczos3 ? 0.01 : 1e-3));
  }
}

TEST_CASE("interpolating kernels are 1 at the pixel and 0 at its neighbours", "[image]") {
  for (const Filter filter : {Filter::kBilinear, Filter::kBicubic, Filter::kLanczos3}) {
    INFO(sr::name_of(filter));
    const sr::Kernel kernel = sr::kernel_of(filter);
    CHECK(kernel.weight(0.0) == 1.0);
    for (const double x : {1.0, 2.0, 3.0}) {
      CHECK(kernel.weight(x) == Approx(0.0).margin(1e-12));
    }
  }
  // Mitchell and Netravali, 1988: it blurs a little, 8/9 at the pixel and 1/18 beside it.
  CHECK(sr::kernel_of(Filter::kMitchell).weight(0.0) == Approx(8.0 / 9.0));
  CHECK(sr::kernel_of(Filter::kMitchell).weight(1.0) == Approx(1.0 / 18.0));
}
