#include "device/cuda/convolution_choice.h"

#include <limits>
#include <new>
#include <vector>

#include "support/catch.h"

namespace {

using namespace sr;

constexpr ConvolutionMeeting kUsual{
    .supported = true, .deterministic = false, .fastest = true, .capturing = false};
constexpr ConvolutionTrial kFaster{.difference = 0.1, .bound = 0.2, .own_ms = 1, .others_ms = 2};

ConvolutionProblem problem_of(std::int64_t width) {
  return {.operation = ConvolutionProblem::Operation::kWeightGradient,
          .extent = {8, 64, width},
          .inputs = 96,
          .outputs = 32,
          .bf16 = true,
          .device = 0};
}

/// A choice, what it said, and the trials it asked for.
struct Chooser {
  std::vector<std::string> said;
  int trials = 0;
  ConvolutionChoice choice{[this](const std::string& text) { said.push_back(text); }};

  bool own(const ConvolutionTrial& trial, std::int64_t width = 64,
           const ConvolutionMeeting& meeting = kUsual,
           OwnConvolutions wanted = OwnConvolutions::kAuto) {
    return choice.own(problem_of(width), meeting, wanted, [&] {
      ++trials;
      return trial;
    });
  }
};

ConvolutionTrial changed(double ConvolutionTrial::*member, double value) {
  ConvolutionTrial trial = kFaster;
  trial.*member = value;
  return trial;
}

ConvolutionMeeting changed(bool ConvolutionMeeting::*member, bool value) {
  ConvolutionMeeting meeting = kUsual;
  meeting.*member = value;
  return meeting;
}

}  // namespace

TEST_CASE("A convolution's own kernels are chosen where they are faster, once for each problem",
          "[device]") {
  Chooser c;
  CHECK(c.own(kFaster));
  CHECK_FALSE(c.own(changed(&ConvolutionTrial::others_ms, 1), 32));
  CHECK(c.trials == 2);
  CHECK(c.own(changed(&ConvolutionTrial::own_ms, 9)));  // as chosen before
  CHECK_FALSE(c.own(kFaster, 32));
  CHECK(c.trials == 2);
  CHECK(c.said.empty());
}

TEST_CASE("Nothing is tried while work is recorded; what is known holds there", "[device]") {
  Chooser c;
  const ConvolutionMeeting recording = changed(&ConvolutionMeeting::capturing, true);
  CHECK_FALSE(c.own(kFaster, 64, recording));
  CHECK(c.trials == 0);
  CHECK(c.own(kFaster));
  CHECK(c.own(kFaster, 64, recording));
}

TEST_CASE("Own convolutions keep out of runs whose choices must not depend on time", "[device]") {
  Chooser c;
  const auto refused = GENERATE(changed(&ConvolutionMeeting::deterministic, true),
                                changed(&ConvolutionMeeting::fastest, false),
                                changed(&ConvolutionMeeting::supported, false));
  CHECK(c.own(kFaster));
  CHECK_FALSE(c.own(kFaster, 64, refused));
  CHECK_FALSE(c.own(kFaster, 32, refused));
  CHECK(c.trials == 1);
}

TEST_CASE("A result that roundings do not explain ends own convolutions with one warning",
          "[device]") {
  const double wrong = GENERATE(0.21, std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN());
  Chooser c;
  CHECK(c.own(kFaster));
  CHECK_FALSE(c.own(changed(&ConvolutionTrial::difference, wrong), 32));
  CHECK_FALSE(c.own(kFaster));
  CHECK_FALSE(c.own(kFaster, 16));
  CHECK(c.trials == 2);
  REQUIRE(c.said.size() == 1);
  CHECK(c.said[0].find("weight gradient, 8 x 64 x 32, 96 -> 32 channels, bfloat16") !=
        std::string::npos);
}

TEST_CASE("Data that tell nothing leave a problem undecided", "[device]") {
  const double bound = GENERATE(0.0, std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN());
  Chooser c;
  CHECK_FALSE(c.own(changed(&ConvolutionTrial::bound, bound)));
  CHECK(c.own(kFaster));
  CHECK(c.said.empty());
}

TEST_CASE("A fault of own kernels is a warning, a lack of memory is not theirs", "[device]") {
  Chooser c;
  CHECK_THROWS_AS(c.choice.own(problem_of(64), kUsual, OwnConvolutions::kAuto,
                               []() -> ConvolutionTrial { throw std::bad_alloc(); }),
                  std::bad_alloc);
  CHECK(c.own(kFaster));
  CHECK_FALSE(c.choice.own(problem_of(32), kUsual, OwnConvolutions::kAuto,
                           []() -> ConvolutionTrial { throw KernelFault("no compiler"); }));
  CHECK_FALSE(c.own(kFaster));
  c.choice.give_up(KernelFault("again"));
  REQUIRE(c.said.size() == 1);
  CHECK(c.said[0].find("no compiler") != std::string::npos);
}

TEST_CASE("SR_OWN_CONVOLUTIONS is off, on or auto", "[device]") {
  CHECK(own_convolutions_of(nullptr) == OwnConvolutions::kAuto);
  CHECK(own_convolutions_of("auto") == OwnConvolutions::kAuto);
  CHECK_FALSE(own_convolutions_of("yes"));
  Chooser c;
  CHECK_FALSE(c.own(kFaster, 64, kUsual, *own_convolutions_of("off")));
  CHECK(
      c.own(kFaster, 64, changed(&ConvolutionMeeting::fastest, false), *own_convolutions_of("on")));
  CHECK_FALSE(c.own(kFaster, 64, changed(&ConvolutionMeeting::deterministic, true),
                    *own_convolutions_of("on")));
  CHECK(c.trials == 0);
}
