#include "train/saved_json.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

bool same_kind(const Json& saved, const Json& model) {
  if (model.is_number_integer()) {
    return saved.is_number_integer();
  }
  if (model.is_number()) {
    return saved.is_number();
  }
  return saved.type() == model.type();
}

const char* kind_name(const Json& model) {
  if (model.is_number_integer()) {
    return "integer";
  }
  return model.type_name();
}

}  // namespace

void require_same_kinds(const Json& saved, const Json& model, const std::string& where) {
  if (saved.is_null() || model.is_null()) {
    return;
  }
  if (!same_kind(saved, model)) {
    throw CheckpointError(where + " is no " + kind_name(model));
  }
  if (model.is_object()) {
    for (const auto& [key, child] : model.items()) {
      if (saved.contains(key)) {
        require_same_kinds(saved.at(key), child, where + "/" + key);
      }
    }
  }
}

}  // namespace sr
