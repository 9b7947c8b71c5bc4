#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/automation_names.h"
#include "config/discriminator_section.h"
#include "config/loss_section.h"
#include "config/network_section.h"
#include "config/optimization_sections.h"
#include "config/tables.h"
#include "dialect/vocabulary.h"
#include "fields/option_fields.h"
#include "yaml/write_yaml.h"

namespace sr::settings {
namespace {

using Json = nlohmann::ordered_json;

/// 5e3 and 1e-4, which YAML 1.1 takes for texts.
constexpr const char* kNumberInText = "^[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?$";

Json any_of(Json::array_t choices) {
  return choices.size() == 1 ? std::move(choices.front()) : Json{{"anyOf", std::move(choices)}};
}

/// The words in any case, as a regular expression.
std::string in_any_case(const std::vector<std::string>& words) {
  std::string pattern;
  for (const std::string& word : words) {
    pattern += pattern.empty() ? "" : "|";
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalpha(byte) != 0) {
        pattern += fmt::format("[{}{}]", static_cast<char>(std::toupper(byte)),
                               static_cast<char>(std::tolower(byte)));
      } else {
        pattern += std::isalnum(byte) != 0 || c == '_' ? std::string(1, c) : fmt::format("\\{}", c);
      }
    }
  }
  return fmt::format("^({})$", pattern);
}

/// "true" and "off" are truth values in YAML, "2" is a number.
Json value_of_word(const std::string& word) {
  return to_json(plain_node(word));
}

/// Words for completion, and in any case.
Json word_schema(const std::vector<std::string>& words) {
  Json list = Json::array();
  for (const std::string& word : words) {
    list.push_back(word);
    if (const Json value = value_of_word(word); !value.is_string()) {
      list.push_back(value);
    }
  }
  return any_of(
      {{{"enum", std::move(list)}}, {{"type", "string"}, {"pattern", in_any_case(words)}}});
}

Json number_schema(const Shape& shape) {
  Json number{{"type", shape.kind == Shape::Kind::kInteger ? "integer" : "number"}};
  const Range everything;
  if (shape.range.low != everything.low) {
    number[shape.range.low_open ? "exclusiveMinimum" : "minimum"] = shape.range.low;
  }
  if (shape.range.high != everything.high) {
    number[shape.range.high_open ? "exclusiveMaximum" : "maximum"] = shape.range.high;
  }
  return any_of({std::move(number), {{"type", "string"}, {"pattern", kNumberInText}}});
}

Json one_value(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kFlag:
      return any_of({{{"type", "boolean"}}, word_schema({"yes", "no", "on", "off"})});
    case Shape::Kind::kInteger:
    case Shape::Kind::kNumber:
      return number_schema(shape);
    case Shape::Kind::kText:
      return {{"type", {"string", "number", "boolean"}}};
    case Shape::Kind::kWord:
      return word_schema(shape.words);
    case Shape::Kind::kFactors:
      return {{"type", "object"},
              {"additionalProperties", {{"type", "number"}, {"exclusiveMinimum", 0}}}};
    case Shape::Kind::kAny:
    case Shape::Kind::kSection:
      break;
  }
  return Json::object();
}

Json value_schema(const Shape& shape) {
  Json::array_t choices;
  Json one = one_value(shape);
  if (one.empty()) {
    return one;
  }
  if (!shape.list || shape.or_single) {
    choices.push_back(one);
  }
  if (shape.list) {
    Json list{{"type", "array"}, {"items", std::move(one)}};
    if (shape.count > 0) {
      list["minItems"] = list["maxItems"] = shape.count;
    }
    choices.push_back(std::move(list));
  }
  if (!shape.words.empty() && shape.kind != Shape::Kind::kWord) {
    choices.push_back(word_schema(shape.words));
  }
  choices.push_back({{"type", "null"}});
  return any_of(std::move(choices));
}

/// A value that asks for nothing (is_off(), is_inert()).
Json off_schema(std::string_view inert) {
  Json::array_t choices{{{"enum", {nullptr, false, 0, "", Json::array(), Json::object()}}},
                        {{"type", "object"},
                         {"properties", {{"enabled", {{"const", false}}}}},
                         {"required", {"enabled"}}},
                        {{"type", "object"},
                         {"properties", {{"loss_weight", {{"const", 0}}}}},
                         {"required", {"loss_weight"}}}};
  if (!inert.empty()) {
    choices.push_back({{"enum", {std::string(inert)}}});
    choices.push_back({{"type", "object"},
                       {"properties", {{"type", {{"const", std::string(inert)}}}}},
                       {"required", {"type"}}});
  }
  return any_of(std::move(choices));
}

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
  for (const TypeNames& row : type_names()) {
    if (row.kind == kind && std::ranges::count(types, row.alias_of) > 0) {
      const std::vector<std::string> more = words(row.names);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  return names;
}

/// Every name that may stand after `type:`.
Json type_schema(TypeKind kind) {
  std::vector<std::string> names;
  for (const TypeNames& row : type_names()) {
    if (row.kind == kind && row.support != Support::kNotAvailable) {
      const std::vector<std::string> more = words(row.names);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  return word_schema(names);
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

/// A loss of weight 0 is left out, whatever else it says.
Json losses_schema() {
  Json loss = typed_schema(TypeKind::kLoss, "train.losses", loss_section().types());
  loss["required"] = {"type"};
  const Json weightless{{"properties", {{"loss_weight", {{"const", 0}}}}},
                        {"required", {"loss_weight"}}};
  return {{"type", {"array", "null"}},
          {"items", {{"if", weightless}, {"then", Json::object()}, {"else", std::move(loss)}}}};
}

Json metrics_schema() {
  std::vector<std::string> skipped;
  for (const TypeNames& row : type_names()) {
    if (row.kind == TypeKind::kMetric && row.support == Support::kSkipped) {
      const std::vector<std::string> more = words(row.names);
      skipped.insert(skipped.end(), more.begin(), more.end());
    }
  }
  Json metric = Section("val.metrics")
                    .add(metric_fields(), MetricConfig{})
                    .set("type", type_schema(TypeKind::kMetric))
                    .schema();
  return {{"type", {"object", "null"}},
          {"additionalProperties",
           {{"if", typed_as({{"type", "string"}, {"pattern", in_any_case(skipped)}})},
            {"then", Json::object()},
            {"else", std::move(metric)}}}};
}

template <typename S>
void add_automation(Section& automations, const std::vector<std::string>& names) {
  const FieldText enabled{
      "enabled", "true or false", "", "Whether it is on (true).", {Shape::Kind::kFlag}};
  const Json schema = Section("training_automations." + names.front())
                          .add(std::vector{&enabled})
                          .add(option_fields<S>(), S{})
                          .schema();
  for (const std::string& name : names) {
    automations.set(name, schema);
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
      .set("size_schedule", {{"type", {"array", "null"}},
                             {"items", Section("datasets.train.size_schedule")
                                           .add(schedule_fields(), ScheduledSize{})
                                           .schema()}});
  Json schema = set.schema();
  if (!training) {
    schema.erase("required");  // read_validation_set() says what is missing
  }
  return schema;
}

Json datasets_schema() {
  return {{"type", "object"},
          {"properties", {{"train", dataset_schema(true)}}},
          {"patternProperties", {{"^val", dataset_schema(false)}}},
          {"additionalProperties", false},
          {"required", {"train"}}};
}

Json train_schema() {
  const Json optimizer =
      typed_schema(TypeKind::kOptimizer, "train.optim_g", optimizer_section().types());
  return Section("train")
      .add(train_fields(), TrainConfig{})
      .set("optim_g", optimizer)
      .set("optim_d", optimizer)
      .set("scheduler",
           typed_schema(TypeKind::kScheduler, "train.scheduler", scheduler_section().types()))
      .set("losses", losses_schema())
      .set("training_automations", automations_schema())
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
                    .set("network_g", network_schema())
                    .set("network_d", discriminator_schema())
                    .set("path", Section("path").add(path_fields(), PathConfig{}).schema())
                    .set("train", train_schema())
                    .set("val", Section("val")
                                    .add(val_fields(), ValConfig{})
                                    .set("metrics", metrics_schema())
                                    .schema())
                    .set("logger", Section("logger").add(logger_fields(), LoggerConfig{}).schema())
                    .set("training_automations", automations_schema())
                    .schema());
  schema["required"] = {"datasets", "network_g"};
  return schema;
}

}  // namespace sr
