#include <string>

#include "commands.h"
#include "inspect/model_info.h"
#include "say.h"

namespace sr::app {
namespace {

/// A file's name may hold bytes that are no UTF-8, which JSON cannot.
std::string text_of(const nlohmann::ordered_json& json, int indentation) {
  return json.dump(indentation, ' ', /*ensure_ascii=*/false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

ExitCode info(const InfoOptions& options) {
  const ModelInfo info = inspect_model(options.path, options.network);
  if (options.json) {
    deliver("{}\n", text_of(info_json(info), 2));
  } else if (options.omdb) {
    deliver("{}\n", text_of(openmodeldb_json(info), 4));
  } else {
    deliver_text(info_text(info));
  }
  return ExitCode::kDone;
}

}  // namespace sr::app
