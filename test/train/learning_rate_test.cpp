#include "train/learning_rate.h"

#include "support/catch.h"

TEST_CASE("without lr_scaling the factor is always one", "[train]") {
  sr::RunState state;
  state.size = {32, 64};
  sr::follow_batch_size(sr::LrScaling::kNone, 8, state);
  CHECK(sr::lr_factor(state) == 1.0);
}

TEST_CASE("the factor reaches the new batch size linearly over a hundred steps", "[train]") {
  sr::RunState state;
  state.step = 1000;
  state.size = {32, 32};
  sr::follow_batch_size(sr::LrScaling::kSqrt, 8, state);
  CHECK(sr::lr_factor(state) == 1.0);
  state.step = 1050;
  sr::follow_batch_size(sr::LrScaling::kSqrt, 8, state);  // the same size starts no new ramp
  CHECK(sr::lr_factor(state) == Approx(1.5));
  state.step = 1100;
  CHECK(sr::lr_factor(state) == Approx(2.0));
  state.step = 5000;
  CHECK(sr::lr_factor(state) == Approx(2.0));
}

TEST_CASE("a change during a ramp starts from where the factor is", "[train]") {
  sr::RunState state;
  state.size = {32, 16};
  sr::follow_batch_size(sr::LrScaling::kLinear, 8, state);
  state.step = 50;
  state.size = {32, 4};
  sr::follow_batch_size(sr::LrScaling::kLinear, 8, state);
  CHECK(sr::lr_factor(state) == Approx(1.5));
  state.step = 150;
  CHECK(sr::lr_factor(state) == Approx(0.5));
}
