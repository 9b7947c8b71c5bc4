#include "train/step_graphs.h"

#include <torch/torch.h>

#include <string>
#include <vector>

#include "support/catch.h"

namespace {

using namespace sr;

/// Writes down what it is asked for.
class Work final : public StepWork {
 public:
  explicit Work(std::string& log) : log_(log) {}
  void begin() override { log_ += "begin "; }
  void attempt() override { log_ += "attempt "; }
  BatchImages room() override {
    log_ += "room ";
    return {at::zeros({1}), at::zeros({1})};
  }
  void fill(BatchImages& images) override { log_ += images.lq.defined() ? "fill " : "nothing "; }
  void attempt_on(const BatchImages& images) override {
    log_ += images.lq.defined() ? "attempt_on " : "nothing ";
  }
  void update() override { log_ += "update "; }
  void recording_failed() override { log_ += "failed "; }

 private:
  std::string& log_;
};

/// "Records" by doing the work; a launch is written down.
struct Device {
  struct Graph final : DeviceGraph {
    Graph(std::string& text, int index) : log(text), number(index) {}
    ~Graph() override { log += "gone" + std::to_string(number) + " "; }
    void launch() override { log += "launch" + std::to_string(number) + " "; }
    std::string& log;
    int number;
  };

  std::string log;
  int recorded = 0;
  int refused = 0;  ///< the recording with this number fails; 0 = none
  std::unique_ptr<DeviceMemory> memory = open_device_memory(at::kCPU, std::nullopt);
  Work work{log};
  StepGraphs graphs{*memory, [this](std::int64_t, const std::function<void()>& what) {
                      what();
                      ++recorded;
                      return recorded == refused
                                 ? RecordedGraph{nullptr, "no " + std::to_string(recorded)}
                                 : RecordedGraph{std::make_unique<Graph>(log, recorded), ""};
                    }};

  /// One step of this side, committed.
  std::string step(int side, bool settled = true) {
    log.clear();
    graphs.run(StepShape{.lq_side = side, .samples = 2}, settled, work);
    graphs.commit([this] { log += "commit "; });
    return log;
  }
};

const std::string kQueued = "begin attempt commit ";

}  // namespace

TEST_CASE("without a recorder a step is never recorded", "[train]") {
  const auto memory = open_device_memory(at::kCPU, std::nullopt);
  StepGraphs graphs(*memory, {});
  std::string log;
  Work work(log);
  for (int i = 0; i < 10; ++i) {
    graphs.run(StepShape{.lq_side = 8, .samples = 2}, true, work);
    graphs.commit([] {});
  }
  CHECK_FALSE(graphs.recorded());
}

TEST_CASE("the fourth settled step of a shape is recorded and launched", "[train]") {
  Device device;
  for (int i = 0; i < 3; ++i) {
    CHECK(device.step(8) == kQueued);
  }
  CHECK(device.step(8, /*settled=*/false) == kQueued);
  CHECK(device.step(8) == "begin room attempt_on update fill launch1 launch2 ");
  CHECK(device.graphs.recorded());
  CHECK(device.step(8, /*settled=*/false) == "begin fill launch1 launch2 ");
  CHECK_FALSE(device.graphs.take_problem());
}

TEST_CASE("another shape drops the recording before its batch comes", "[train]") {
  Device device;
  for (int i = 0; i < 4; ++i) {
    device.step(8);
  }
  CHECK(device.step(16) == "gone1 gone2 " + kQueued);
  CHECK_FALSE(device.graphs.recorded());
  device.step(16);
  device.step(16);
  CHECK(device.step(16) == "begin room attempt_on update fill launch3 launch4 ");
}

TEST_CASE("what was dropped for room is recorded again at once", "[train]") {
  Device device;
  for (int i = 0; i < 4; ++i) {
    device.step(8);
  }
  device.graphs.drop();
  CHECK_FALSE(device.graphs.recorded());
  CHECK(device.step(8) == "begin room attempt_on update fill launch3 launch4 ");
}

TEST_CASE("what cannot be recorded is said once and its shape is let alone", "[train]") {
  Device device;
  device.refused = 2;  // the commit's half
  for (int i = 0; i < 3; ++i) {
    device.step(8);
  }
  CHECK(device.step(8) == "begin room attempt_on update gone1 failed attempt commit ");
  CHECK(device.graphs.take_problem() == "no 2");
  CHECK_FALSE(device.graphs.take_problem());
  CHECK(device.step(8) == kQueued);
  device.refused = 3;
  for (int i = 0; i < 3; ++i) {
    device.step(16);
  }
  CHECK(device.step(16) == "begin room attempt_on failed attempt commit ");
  CHECK_FALSE(device.graphs.take_problem());
}
