#include "report/append_file.h"
#include "report/reporter.h"

namespace sr {
namespace {

class JsonlReporter : public Reporter {
 public:
  explicit JsonlReporter(const std::filesystem::path& folder) : file_(folder / "events.jsonl") {}

  void on(const Event& event) override {
    const nlohmann::ordered_json line = to_json(event);
    if (!line.is_null()) {
      // A file name need not be UTF-8; JSON must be.
      file_.append_line(
          line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    }
  }

 private:
  AppendFile file_;
};

}  // namespace

std::unique_ptr<Reporter> make_jsonl_reporter(const std::filesystem::path& folder) {
  return std::make_unique<JsonlReporter>(folder);
}

}  // namespace sr
