#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "config/automation_names.h"
#include "config/discriminator_section.h"
#include "config/loss_section.h"
#include "config/network_section.h"
#include "config/optimization_sections.h"
#include "config/schema_values.h"
#include "config/tables.h"
#include "dialect/vocabulary.h"
#include "fields/option_fields.h"
#include "yaml/write_yaml.h"

namespace sr::settings {
namespace {

void add_other_keys(Json& properties, const std::string& section) {
  for (const ForeignKeys& row : foreign_keys()) {
    if (row.section != section) {
      continue;
    }
    for (const std::string& key : words(row.keys)) {
      if (properties.contains(key)) {
        continue;
      }
      Json schema = Json::object();
      std::string text(row.text);
      if (row.support == Support::kNotAvailable) {
        schema = off_schema(row.inert);
        text = "Not available: " + text;
      } else if (row.support == Support::kNoEffect) {
        text = "No effect: " + text;
      }
      schema["description"] = text;
      properties[key] = std::move(schema);
    }
  }
}

/// What a section holds, from its fields and the keys of other trainers in `section`.
class Section {
 public:
  explicit Section(std::string section) : section_(std::move(section)) {}

  Section& add(const FieldText& field, Json schema) {
    schema["description"] = field.help;
    properties_[field.key] = schema;
    for (const std::string& alias : field.aliases) {
      schema["description"] = fmt::format("Another name of {}. {}", field.key, field.help);
      properties_[alias] = schema;
    }
    if (field.required && field.aliases.empty()) {
      required_.push_back(field.key);
    }
    return *this;
  }
  Section& add(const std::vector<const FieldText*>& fields) {
    for (const FieldText* field : fields) {
      add(*field, value_schema(field->shape));
    }
    return *this;
  }
  /// With the defaults of the struct.
  template <typename S>
  Section& add(const Fields<S>& fields, const S& defaults) {
    for (const Field<S>& field : fields) {
      Json schema = value_schema(field.shape);
      if (field.shape.kind != Shape::Kind::kSection && field.shape.kind != Shape::Kind::kAny &&
          !field.required && field.default_text.empty()) {
        schema["default"] = to_json(field.write(defaults));
      }
      add(field, std::move(schema));
    }
    return *this;
  }
  Section& set(const std::string& key, Json schema) {
    if (properties_.contains(key) && properties_[key].contains("description")) {
      schema["description"] = properties_[key]["description"];
    }
    properties_[key] = std::move(schema);
    return *this;
  }

  Json schema() const {
    Json properties = properties_;
    add_other_keys(properties, section_);
    Json schema{{"type", {"object", "null"}},
                {"properties", std::move(properties)},
                {"additionalProperties", false}};
    if (!required_.empty()) {
      schema["required"] = required_;
    }
    return schema;
  }

 private:
  std::string section_;
  Json properties_ = Json::object();
  Json required_ = Json::array();
};

/// All spellings of these types: themselves and the names that stand for them.
std::vector<std::string> names_of(TypeKind kind, const std::vector<std::string>& types) {
  std::vector<std::string> names = types;
  const std::vector<std::string> aliases = names_of_types(
      kind, [&](const TypeNames& row) { return std::ranges::count(types, row.alias_of) > 0; });
  names.insert(names.end(), aliases.begin(), aliases.end());
  return names;
}

/// Every name that may stand after `type:`.
Json type_schema(TypeKind kind) {
  return word_schema(names_of_types(
      kind, [](const TypeNames& row) { return row.support != Support::kNotAvailable; }));
}

Json typed_as(const Json& type) {
  return {{"properties", {{"type", type}}}, {"required", {"type"}}};
}

/// A section whose `type` says which other settings it has. The first of `types` is that of a
/// section without `type`, where that may be left out.
Json typed_schema(TypeKind kind, const std::string& section, const std::vector<TypeText>& types) {
  const Json type = type_schema(kind);
  Json::array_t cases;
  for (const TypeText& text : types) {
    Json fields = Section(section).add(text.fields).set("type", Json::object()).schema();
    const std::vector<std::string> names = names_of(kind, text.types);
    cases.push_back({{"if", typed_as({{"type", "string"}, {"pattern", in_any_case(names)}})},
                     {"then", fields}});
    if (&text == &types.front()) {
      cases.push_back({{"if", {{"not", {{"required", {"type"}}}}}}, {"then", std::move(fields)}});
    }
  }
  return {
      {"type", {"object", "null"}}, {"properties", {{"type", type}}}, {"allOf", std::move(cases)}};
}

Json list_of(Json entry) {
  return {{"type", {"array", "null"}}, {"items", std::move(entry)}};
}

/// A loss of weight 0 is left out, whatever it says but for its type, which may be one that is not
/// available.
Json losses_schema() {
  Json loss = typed_schema(TypeKind::kLoss, "train.losses", loss_section().types());
  loss["required"] = {"type"};
  const Json weightless{{"properties", {{"loss_weight", {{"const", 0}}}}},
                        {"required", {"loss_weight"}}};
  const Json known =
      word_schema(names_of_types(TypeKind::kLoss, [](const TypeNames&) { return true; }));
  return list_of({{"if", weightless}, {"then", typed_as(known)}, {"else", std::move(loss)}});
}

/// A section whose type is skipped with a warning is left out, whatever else it says.
Json unless_skipped(TypeKind kind, Json schema) {
  const std::vector<std::string> skipped =
      names_of_types(kind, [](const TypeNames& row) { return row.support == Support::kSkipped; });
  return {{"if", typed_as({{"type", "string"}, {"pattern", in_any_case(skipped)}})},
          {"then", Json::object()},
          {"else", std::move(schema)}};
}

Json metrics_schema() {
  Json metric = Section("val.metrics")
                    .add(metric_fields(), MetricConfig{})
                    .set("type", type_schema(TypeKind::kMetric))
                    .schema();
  return {{"type", {"object", "null"}},
          {"additionalProperties", unless_skipped(TypeKind::kMetric, std::move(metric))}};
}

/// What stands in the schema's definitions under this path.
Json reference(const std::string& path) {
  return {{"$ref", "#/definitions/" + path}};
}

template <typename S>
void add_automation(Section& automations, const std::vector<std::string>& names) {
  const FieldText enabled{
      "enabled", "true or false", "", "Whether it is on (true).", {Shape::Kind::kFlag}};
  automations.set(names.front(), Section("training_automations." + names.front())
                                     .add(std::vector{&enabled})
                                     .add(option_fields<S>(), S{})
                                     .schema());
  for (std::size_t i = 1; i < names.size(); ++i) {
    automations.set(names[i], reference("training_automations/properties/" + names.front()));
  }
}

Json automations_schema() {
  const FieldText enabled{
      "enabled", "true or false", "", "Whether any of them is on (true).", {Shape::Kind::kFlag}};
  Section automations("training_automations");
  automations.add(std::vector{&enabled});
  const AutomationNames& names = automation_names();
  add_automation<SizeOptimizerOptions>(automations, names.size_optimizer);
  add_automation<LearningRateOptions>(automations, names.learning_rate_scheduler);
  add_automation<recipe::GradientClippingOptions>(automations, names.gradient_clipping);
  add_automation<EarlyStoppingOptions>(automations, names.early_stopping);
  return automations.schema();
}

Json dataset_schema(bool training) {
  Section set("datasets");
  set.add(training_fields(), DatasetConfig{})
      .add(degradation_fields(), DegradationConfig{})
      .set("type", type_schema(TypeKind::kDataset))
      .set("size_schedule", list_of(Section("datasets.train.size_schedule")
                                        .add(schedule_fields(), ScheduledSize{})
                                        .schema()));
  Json schema = set.schema();
  if (training) {
    return schema;
  }
  schema.erase("required");  // read_validation_set() says what is missing
  return unless_skipped(TypeKind::kDataset, std::move(schema));
}

Json datasets_schema() {
  return {{"type", "object"},
          {"properties", {{"train", dataset_schema(true)}}},
          {"patternProperties", {{"^val", dataset_schema(false)}}},
          {"additionalProperties", false},
          {"required", {"train"}}};
}

Json train_schema() {
  return Section("train")
      .add(train_fields(), TrainConfig{})
      .set("clock_schedule",
           list_of(Section("train.clock_schedule").add(clock_fields(), ClockReading{}).schema()))
      .set("eco", Section("train.eco").add(eco_fields(), EcoConfig{}).schema())
      .set("optim_g", reference("optimizer"))
      .set("optim_d", reference("optimizer"))
      .set("scheduler",
           typed_schema(TypeKind::kScheduler, "train.scheduler", scheduler_section().types()))
      .set("losses", losses_schema())
      .set("training_automations", reference("training_automations"))
      .schema();
}

Json discriminator_schema() {
  return any_of({off_schema({}), typed_schema(TypeKind::kDiscriminator, "network_d",
                                              discriminator_section().types())});
}

Json network_schema() {
  Json network = typed_schema(TypeKind::kNetwork, "network_g", network_types());
  network["required"] = {"type"};
  return network;
}

Json teacher_schema() {
  return any_of({off_schema({}), reference("network")});
}

}  // namespace
}  // namespace sr::settings

namespace sr {

nlohmann::ordered_json configuration_schema() {
  using namespace settings;
  nlohmann::ordered_json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                                {"title", "A run of sr-train"}};
  schema.update(Section("")
                    .add(degradation_fields(), DegradationConfig{})
                    .add(top_fields(), Config{})
                    .set("datasets", datasets_schema())
                    .set("network_g", reference("network"))
                    .set("network_g_teacher", teacher_schema())
                    .set("network_d", discriminator_schema())
                    .set("path", Section("path").add(path_fields(), PathConfig{}).schema())
                    .set("train", train_schema())
                    .set("val", Section("val")
                                    .add(val_fields(), ValConfig{})
                                    .set("metrics", metrics_schema())
                                    .schema())
                    .set("logger", Section("logger").add(logger_fields(), LoggerConfig{}).schema())
                    .set("dist", Section("dist").add(dist_fields(), DistSettings{}).schema())
                    .set("training_automations", reference("training_automations"))
                    .schema());
  schema["required"] = {"datasets", "network_g"};
  schema["definitions"] = {{"optimizer", typed_schema(TypeKind::kOptimizer, "train.optim_g",
                                                      optimizer_section().types())},
                           {"network", network_schema()},
                           {"training_automations", automations_schema()}};
  return schema;
}

}  // namespace sr
