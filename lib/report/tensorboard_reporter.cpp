#include <cerrno>
#include <fstream>
#include <iterator>

#include "core/error.h"
#include "report/reporter.h"
#include "report/tfevents.h"
#include "report/time_text.h"

namespace sr {
namespace {

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    throw StorageError(errno_message("cannot read", path, errno));
  }
  return bytes;
}

class TensorBoardReporter : public Reporter {
 public:
  explicit TensorBoardReporter(const std::filesystem::path& folder) : file_(folder / "tb_logger") {}

  void on(const Event& event) override {
    if (const auto* start = std::get_if<StartEvent>(&event.data)) {
      if (start->resumed_from) {
        file_.restart_after(unix_seconds(event.time), event.step);
      }
    } else if (const auto* progress = std::get_if<ProgressEvent>(&event.data)) {
      write(event, *progress);
    } else if (const auto* validation = std::get_if<ValidationEvent>(&event.data)) {
      write(event, *validation);
    }
  }

 private:
  void write(const Event& event, const ProgressEvent& progress) {
    std::string values;
    for (const auto& [name, value] : progress.losses) {
      values += scalar_value("losses/" + name, value);
    }
    values += scalar_value("lr", progress.lr);
    values += scalar_value("size/lq_size", progress.size.lq_size);
    values += scalar_value("size/batch_size", progress.size.batch_size);
    values += scalar_value("memory_usage", progress.memory_usage);
    values += scalar_value("step_ms", progress.step_ms);
    values += scalar_value("data_wait_ms", progress.data_wait_ms);
    file_.write(unix_seconds(event.time), event.step, values);
  }

  void write(const Event& event, const ValidationEvent& validation) {
    std::string values;
    for (const auto& [name, value] : validation.metrics) {
      values += scalar_value("metrics/" + validation.dataset + "/" + name, value);
    }
    for (const auto& [name, png] : validation.images) {
      values += image_value("images/" + validation.dataset + "/" + name, file_bytes(png));
    }
    if (!values.empty()) {
      file_.write(unix_seconds(event.time), event.step, values);
    }
  }

  EventFile file_;
};

}  // namespace

std::unique_ptr<Reporter> make_tensorboard_reporter(const std::filesystem::path& folder) {
  return std::make_unique<TensorBoardReporter>(folder);
}

}  // namespace sr
