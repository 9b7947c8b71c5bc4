#include "loss/color_space.h"

#include <torch/torch.h>

#include "support/catch.h"

namespace {

at::Tensor pixel(double r, double g, double b) {
  return torch::tensor({r, g, b}, torch::kFloat64).view({1, 3, 1, 1}) / 255;
}

}  // namespace

TEST_CASE("HSLuv of a colour equals the reference implementation's", "[loss]") {
  const sr::Hsluv color = sr::hsluv(pixel(20, 50, 20));
  REQUIRE(color.hue.item<double>() * 360 == Approx(127.71501294923954).epsilon(1e-9));
  REQUIRE(color.saturation.item<double>() * 100 == Approx(67.94319276530133).epsilon(1e-9));
  REQUIRE(color.lightness.item<double>() * 100 == Approx(17.829530512200364).epsilon(1e-9));
}

TEST_CASE("Pure colours are fully saturated and grays are not at all", "[loss]") {
  for (const auto& color : {pixel(255, 0, 0), pixel(0, 255, 0), pixel(0, 0, 255),
                            pixel(255, 255, 0), pixel(0, 255, 255), pixel(255, 0, 255)}) {
    REQUIRE(sr::hsluv(color).saturation.item<double>() == Approx(1).epsilon(1e-3));
  }
  for (const double level : {0.0, 1.0, 127.0, 254.0, 255.0}) {
    const sr::Hsluv gray = sr::hsluv(pixel(level, level, level).to(torch::kFloat32));
    REQUIRE(gray.saturation.item<double>() < 1e-3);
    REQUIRE(gray.hue.item<double>() == 0);
  }
}

TEST_CASE("Lightness runs from 0 to 1 without a jump", "[loss]") {
  REQUIRE(sr::lightness(pixel(0, 0, 0)).item<double>() == 0);
  REQUIRE(sr::lightness(pixel(255, 255, 255)).item<double>() == Approx(1));
  REQUIRE(sr::lightness(pixel(119, 119, 119)).item<double>() == Approx(0.5).epsilon(0.01));
  const at::Tensor ramp = torch::arange(0, 256, torch::kFloat64).view({1, 1, 1, 256}) / 255;
  const at::Tensor steps = sr::lightness(ramp.expand({1, 3, 1, 256})).diff(1, 3);
  REQUIRE(steps.min().item<double>() > 0);
  REQUIRE(steps.max().item<double>() < 0.006);
}

TEST_CASE("Oklab's chroma of a gray is 0", "[loss]") {
  REQUIRE(sr::oklab_chroma(pixel(90, 90, 90)).abs().max().item<double>() < 1e-6);
  const at::Tensor red = sr::oklab_chroma(pixel(255, 0, 0));
  REQUIRE(red[0][0].item<double>() == Approx(0.2249).epsilon(1e-3));
  REQUIRE(red[0][1].item<double>() == Approx(0.1258).epsilon(1e-3));
}
