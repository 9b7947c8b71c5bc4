#include "train/mean_values.h"

#include <cmath>
#include <limits>

#include <torch/torch.h>

#include "support/catch.h"

namespace {

at::Tensor number(double value) {
  return torch::full({}, value, torch::kFloat32);
}

void add_step(sr::MeanValues& means, double a, double b, double found_inf = 0) {
  means.begin();
  means.add(0, number(a));
  means.add(1, number(b / 2));
  means.add(1, number(b / 2));
  means.commit(number(found_inf));
}

}  // namespace

TEST_CASE("means are over the committed steps since they were taken", "[train]") {
  sr::MeanValues means({"a", "b"}, at::kCPU);
  add_step(means, 1, 10);
  add_step(means, 3, 20);
  const auto taken = means.take();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0] == std::pair<std::string, double>("a", 2.0));
  CHECK(taken[1] == std::pair<std::string, double>("b", 15.0));
  add_step(means, 7, 8);
  CHECK(means.take()[0].second == 7);
}

TEST_CASE("of no steps there is no mean", "[train]") {
  sr::MeanValues means({"a", "b"}, at::kCPU);
  CHECK(means.take().empty());
  add_step(means, 1, std::nan(""), 1);
  CHECK(means.take().empty());
  add_step(means, 0, 2);
  CHECK(means.take() == std::vector<std::pair<std::string, double>>{{"a", 0}, {"b", 2}});
}

TEST_CASE("an attempt that was given up and a skipped step leave no trace in the means",
          "[train]") {
  sr::MeanValues means({"a", "b"}, at::kCPU);
  add_step(means, 1, 1);
  means.begin();
  means.add(0, number(100));
  add_step(means, 3, 3);
  add_step(means, 50, std::numeric_limits<double>::infinity(), 1);
  add_step(means, std::nan(""), 50, 1);
  const auto taken = means.take();
  CHECK(taken[0].second == 2);
  CHECK(taken[1].second == 2);
}
