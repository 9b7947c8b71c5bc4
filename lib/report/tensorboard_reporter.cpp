#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/error.h"
#include "core/printable_text.h"
#include "core/run_files.h"
#include "report/reporter.h"
#include "report/tfevents.h"
#include "report/time_text.h"

namespace sr {
namespace {

std::string file_bytes(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string bytes;
  std::array<char, 64 * 1024> block{};
  ssize_t count = descriptor < 0 ? -1 : 1;
  while (count > 0 || (count < 0 && descriptor >= 0 && errno == EINTR)) {
    count = ::read(descriptor, block.data(), block.size());
    bytes.append(block.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count)));
  }
  const int error = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (count < 0) {
    throw StorageError(errno_message("cannot read", path, error));
  }
  return bytes;
}

/// Protocol buffers take valid UTF-8 only, and one tag that is not spoils the file for its readers.
std::string tag(const std::string& path) {
  return printable_line(path);
}

class TensorBoardReporter : public Reporter {
 public:
  explicit TensorBoardReporter(const std::filesystem::path& folder)
      : file_(folder / run_files::kTensorBoard) {}

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
      values += scalar_value(tag("losses/" + name), value);
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
    std::string scores;
    for (const auto& [name, value] : validation.metrics) {
      scores += scalar_value(tag("metrics/" + validation.dataset + "/" + name), value);
    }
    if (!scores.empty()) {
      file_.write(unix_seconds(event.time), event.step, scores);
    }
    std::string pictures;  // in a record of their own: one that cannot be read costs no score
    for (const auto& [name, png] : validation.images) {
      pictures += image_value(tag("images/" + validation.dataset + "/" + name), file_bytes(png));
    }
    if (!pictures.empty()) {
      file_.write(unix_seconds(event.time), event.step, pictures);
    }
  }

  EventFile file_;
};

}  // namespace

std::unique_ptr<Reporter> make_tensorboard_reporter(const std::filesystem::path& folder) {
  return std::make_unique<TensorBoardReporter>(folder);
}

}  // namespace sr
