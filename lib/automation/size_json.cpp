#include "automation/size_json.h"

namespace sr {

void to_json(Json& json, const TrainingSize& size) {
  json = {{"lq_size", size.lq_size}, {"batch_size", size.batch_size}};
}

void from_json(const Json& json, TrainingSize& size) {
  json.at("lq_size").get_to(size.lq_size);
  json.at("batch_size").get_to(size.batch_size);
}

}  // namespace sr
