#include "train/step_graphs.h"

#include <torch/torch.h>

#include "support/catch.h"

using sr::StepGraphs;
using sr::StepShape;

TEST_CASE("on the CPU a step is never recorded", "[train]") {
  const auto memory = sr::open_device_memory(at::kCPU, std::nullopt);
  StepGraphs graphs(at::kCPU, *memory, true);
  graphs.expect(StepShape{.lq_side = 8, .samples = 2});
  for (int i = 0; i < 10; ++i) {
    graphs.committed();
  }
  CHECK_FALSE(graphs.due());
  CHECK_FALSE(graphs.ready());
}

TEST_CASE("what cannot be recorded is said once and its shape is let alone", "[train]") {
  const auto memory = sr::open_device_memory(at::kCPU, std::nullopt);
  StepGraphs graphs(at::kCPU, *memory, true);
  int run = 0;
  for (const int side : {8, 16}) {
    graphs.expect(StepShape{.lq_side = side, .samples = 2});
    CHECK_FALSE(graphs.record([&] { ++run; }, [&] { ++run; }));
    CHECK_FALSE(graphs.ready());
    CHECK_FALSE(graphs.due());
    const auto problem = graphs.take_problem();
    CHECK(problem.has_value() == (side == 8));
  }
  CHECK(run == 0);
}
